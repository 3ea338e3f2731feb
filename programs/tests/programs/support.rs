//! Programs with a broker in this process.

use std::net::Ipv4Addr;

use relaismq_broker::{Broker, Builder, StoreConfig};
use tokio::net::TcpSocket;

pub(crate) use crate::running::{Ended, Mistakes, PATIENCE, Running, refuses, run};

pub(crate) async fn memory_broker() -> Broker {
    let address = "tcp://127.0.0.1:0".parse().unwrap();
    serving(Broker::builder().listen(address).store(StoreConfig::Memory)).await
}

/// Starts a broker, and waits until it serves.
pub(crate) async fn serving(broker: Builder) -> Broker {
    let broker = broker.start();
    broker.serving().await.unwrap();
    broker
}

/// The URI that the programs are given.
pub(crate) fn failover(broker: &Broker) -> String {
    format!("failover:({})", broker.url())
}

/// Runs a program with a broker to its end.
pub(crate) async fn run_on(broker: &Broker, program: &str, arguments: &[&str]) -> Ended {
    let mut running = Running::start(program, &on(broker, arguments));
    running.stdin.take();
    running.end().await
}

/// Arguments with the broker's URI in front.
pub(crate) fn on<'a>(broker: &Broker, arguments: &[&'a str]) -> Vec<&'a str> {
    let uri: &'static str = Box::leak(failover(broker).into_boxed_str());
    [&["--brokerUrl", uri], arguments].concat()
}

/// A port that nobody else gets, and on which a broker may listen again and again.
pub(crate) struct ReservedPort(TcpSocket);

impl ReservedPort {
    pub(crate) fn take() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        Self(socket)
    }

    pub(crate) fn number(&self) -> u16 {
        self.0.local_addr().unwrap().port()
    }
}

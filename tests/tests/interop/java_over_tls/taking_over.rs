//! A master behind TLS that is killed, and its slave.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use relaismq_tests::activemq::Version;
use relaismq_tests::peer::{AckMode, JmsMessage};
use relaismq_tests::ports;
use relaismq_tests::server::Server;
use tempfile::{TempDir, tempdir};
use tokio::net::TcpStream;

use super::Files;
use crate::brokers::SOON;

/// A master and a slave on one folder.
struct Pair {
    master: Server,
    slave: Server,
    ports: [u16; 2],
    _folder: TempDir,
}

impl Pair {
    async fn start(files: &Files) -> Result<Self> {
        let (ports, folder) = ([ports::free()?, ports::free()?], tempdir()?);
        let broker = |port| files.broker(port, "").directory(folder.path());
        let master = broker(ports[0]).name("master").start().await?;
        let slave = broker(ports[1]).name("slave").start().await?;
        ensure!(master.is_ready() && !slave.is_ready());
        ensure!(TcpStream::connect(("127.0.0.1", ports[1])).await.is_err(), "the slave listens");
        Ok(Self { master, slave, ports, _folder: folder })
    }

    fn uri(&self) -> String {
        let [one, two] = self.ports.map(|port| format!("ssl://127.0.0.1:{port}"));
        format!("failover:({one},{two})")
    }

    async fn take_over(&mut self) -> Result<()> {
        self.master.kill().await?;
        self.slave.until_ready(SOON).await
    }
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn java_goes_on_with_the_slave() -> Result<()> {
    let files = Files::new()?;
    let mut pair = Pair::start(&files).await?;
    let mut peer = files.peer(Version::Five, None)?;
    let uri = format!("{}?initialReconnectDelay=10&maxReconnectDelay=100", pair.uri());
    let connection = peer.connect(&uri).await?;
    let session = connection.session(AckMode::Auto).await?;
    let producer = session.producer("orders").await?;
    for number in 0..50 {
        producer.send(&JmsMessage::text(&number.to_string())).await?;
    }
    pair.take_over().await?;
    peer.event_of("interrupted", SOON).await?;
    peer.event_of("resumed", SOON).await?;
    for number in 50..100 {
        producer.send(&JmsMessage::text(&number.to_string())).await?;
    }
    let consumer = session.consumer("orders").await?;
    let mut seen = BTreeSet::new();
    while seen.len() < 100 {
        let message = consumer.receive(SOON).await?.with_context(|| format!("only {seen:?}"))?;
        seen.insert(message.text().context("no text")?);
    }
    Ok(())
}

//! What a URI asks for, on real sockets.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use relaismq::{ConnectError, Connection, Event, Message};
use relaismq_openwire::Command;

use crate::broker::{Broker, reserved_address, soon};

/// What is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn options_without_effect_are_logged_once_and_what_is_odd_is_a_warning() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).finish();
    let address = reserved_address();
    let uri =
        format!("failover:(tcp://{address}?ioBufferSize=8192&jms.clientID=c)?trackMessages=true");
    let builder = Connection::builder(uri);
    assert_eq!(builder.uri_warnings().len(), 3);
    let connecting = || builder.clone().connect_in_background();
    let connection = tracing::subscriber::with_default(subscriber, connecting).unwrap();
    connection.close().await;
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let line = |option: &str| {
        let lines: Vec<_> = logged.lines().filter(|line| line.contains(option)).collect();
        assert_eq!(lines.len(), 1, "{logged}");
        lines[0].to_owned()
    };
    for (option, level) in
        [("ioBufferSize", "INFO"), ("trackMessages", "INFO"), ("jms.clientID", "WARN")]
    {
        assert!(line(option).contains(level), "{logged}");
    }
}

#[tokio::test]
async fn a_connection_may_come_from_a_given_port() {
    let broker = Broker::bind().await;
    let local = reserved_address();
    let uri = format!("tcp://{}/localhost:{}", broker.address, local.port());
    let connection = Connection::builder(uri).connect_in_background().unwrap();
    let socket = broker.accept_raw().await;
    assert_eq!(socket.peer_addr().unwrap(), local);
    connection.close().await;
}

#[tokio::test]
async fn a_broker_that_takes_no_bytes_for_the_write_timeout_counts_as_dead() {
    let broker = Broker::bind().await;
    let uri = format!("{}&nested.soWriteTimeout=200", broker.uri());
    let (connection, mut peer) =
        tokio::join!(Connection::builder(uri).connect(), broker.accept_login());
    let connection = connection.unwrap();
    let mut events = connection.events();
    let opening = connection.producer("q").window(1 << 30).build();
    let (producer, _) =
        tokio::join!(opening, peer.answer_until(|it| matches!(it, Command::ProducerInfo(_))));
    let producer = producer.unwrap();
    // More than the buffers of both sockets take.
    let receipt = producer.enqueue(Message::bytes(vec![0; 20 << 20])).await.unwrap();
    let lost = async {
        loop {
            if let Event::Interrupted { reason, .. } = events.recv().await.unwrap() {
                return reason;
            }
        }
    };
    assert_eq!(soon(lost).await, "the broker takes no more bytes");
    drop(receipt);
}

#[tokio::test]
async fn brokers_are_found_in_the_file_that_the_uri_names() {
    let broker = Broker::bind().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("brokers");
    std::fs::write(&file, format!("tcp://{}\n", broker.address)).unwrap();
    let uri = format!("failover:()?updateURIsURL=file:{}", file.display());
    let (connection, _peer) =
        tokio::join!(Connection::builder(uri).connect(), broker.accept_login());
    connection.unwrap();
}

#[tokio::test]
async fn a_missing_file_is_named_when_no_other_broker_is_known() {
    let builder = Connection::builder("failover:()?updateURIsURL=file:/no/such/list");
    let error = builder.connect_timeout(Duration::from_millis(200)).connect().await.unwrap_err();
    assert!(matches!(error, ConnectError::NoList(_)) && error.is_retryable(), "{error:?}");
    assert_eq!(
        error.to_string(),
        "no broker is known: the list at updateURIsURL cannot be used: \
         /no/such/list: No such file or directory (os error 2)"
    );
}

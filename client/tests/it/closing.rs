//! Closing never hangs, whatever is going on.

use std::time::Duration;

use relaismq::{Connection, Event, Message, ReceiveError, State};
use relaismq_openwire::Command;
use tokio::time::{Instant, timeout};

use crate::broker::{Broker, Peer, soon};

/// Closes, and fails if that takes long.
async fn close(connection: &Connection) {
    let begun = Instant::now();
    connection.close().await;
    let took = begun.elapsed();
    assert!(took < Duration::from_millis(100), "close took {took:?}");
    assert_eq!(connection.state(), State::Closed { reason: None });
}

#[tokio::test]
async fn closes_at_once_before_any_broker_answers() {
    let silent = Broker::bind().await;
    let connection = Connection::builder(silent.uri()).connect_in_background().unwrap();
    let _peer = silent.accept_raw().await;
    close(&connection).await;
    close(&connection).await;
}

#[tokio::test]
async fn closes_at_once_while_waiting_between_attempts() {
    let broker = Broker::bind().await;
    let address = broker.address;
    drop(broker);
    let uri = format!("failover:(tcp://{address})?initialReconnectDelay=60000");
    let connection = Connection::builder(uri).connect_in_background().unwrap();
    let mut events = connection.events();
    while !matches!(soon(events.recv()).await, Some(Event::Waiting { .. })) {}
    close(&connection).await;
}

#[tokio::test]
async fn closes_at_once_in_the_middle_of_a_restore() {
    let broker = Broker::bind().await;
    let (connection, mut peer) =
        tokio::join!(Connection::builder(broker.uri()).connect(), broker.accept_login());
    let connection = connection.unwrap();
    let opening = connection.consumer("q").build();
    let (consumer, _) = tokio::join!(opening, peer.answer_consumer());
    let mut consumer = consumer.unwrap();
    drop(peer);
    let mut peer = broker.accept_login().await;
    peer.read_until(|it| matches!(it, Command::ConsumerInfo(_))).await;
    close(&connection).await;
    let ended = soon(consumer.receive()).await.unwrap_err();
    assert!(matches!(ended, ReceiveError::Ended(_)), "{ended}");
}

#[tokio::test]
async fn closes_in_order_when_connected() {
    let broker = Broker::bind().await;
    let (connection, mut peer) =
        tokio::join!(Connection::builder(broker.uri()).connect(), broker.accept_login());
    let connection = connection.unwrap();
    let ((), ()) = tokio::join!(close(&connection), async {
        peer.answer_until(|it| matches!(it, Command::RemoveInfo(_))).await;
        peer.read_until(|it| matches!(it, Command::ShutdownInfo(_))).await;
    });
    assert!(soon(peer.next()).await.is_none());
}

#[tokio::test]
async fn a_broker_that_does_not_answer_the_farewell_is_left_at_the_deadline() {
    let broker = Broker::bind().await;
    let limit = Duration::from_millis(100);
    let builder = Connection::builder(broker.uri()).close_timeout(limit);
    let (connection, _peer) = tokio::join!(builder.connect(), broker.accept_login());
    let connection = connection.unwrap();
    timeout(limit * 3, connection.close()).await.unwrap();
}

#[tokio::test]
async fn dropping_the_last_handle_closes() {
    let broker = Broker::bind().await;
    let (connection, mut peer) =
        tokio::join!(Connection::builder(broker.uri()).connect(), broker.accept_login());
    let opening = connection.as_ref().unwrap().consumer("q").build();
    let (consumer, _) = tokio::join!(opening, peer.answer_consumer());
    drop((connection, consumer));
    let is_connection = |command: &Command| match command {
        Command::RemoveInfo(info) => {
            matches!(info.object_id.as_deref(), Some(Command::ConnectionId(_)))
        }
        _ => false,
    };
    peer.answer_until(is_connection).await;
    while soon(peer.next()).await.is_some() {}
}

/// Hands messages over that nobody confirms, and closes while the broker reads nothing.
pub(crate) async fn closes_when_the_broker_has_read(connection: Connection, mut peer: Peer) {
    let opening = connection.producer("q").persistent(false).build();
    let (producer, _) =
        tokio::join!(opening, peer.answer_until(|it| matches!(it, Command::ProducerInfo(_))));
    let producer = producer.unwrap();
    let mut events = connection.events();
    for _ in 0..MESSAGES {
        soon(producer.send(Message::bytes(vec![0; 1 << 16]))).await.unwrap();
    }
    let closing = connection.close();
    tokio::pin!(closing);
    let early = timeout(Duration::from_millis(300), &mut closing).await;
    assert!(early.is_err(), "left messages behind");
    let reading = async {
        let mut messages = 0;
        while let Some(command) = peer.next().await {
            messages += u32::from(matches!(command, Command::Message(_)));
            peer.answer(&command).await;
        }
        messages
    };
    let ((), messages) = soon(async { tokio::join!(closing, reading) }).await;
    assert_eq!(messages, MESSAGES);
    while let Some(event) = soon(events.recv()).await {
        assert!(!matches!(event, Event::Warning(_)), "{event}");
    }
}

/// More than the sockets take, so that most of it waits in the client.
const MESSAGES: u32 = 500;

/// The broker counted as dead after a tenth of a second, and what was under way was lost.
#[tokio::test]
async fn a_broker_that_reads_late_gets_everything() {
    let broker = Broker::bind().await;
    let (connection, peer) =
        tokio::join!(Connection::builder(broker.uri()).connect(), broker.accept_login());
    closes_when_the_broker_has_read(connection.unwrap(), peer).await;
}

#[tokio::test]
async fn what_a_broker_has_not_read_at_the_limit_is_counted() {
    let broker = Broker::bind().await;
    let limit = Duration::from_millis(300);
    let builder = Connection::builder(broker.uri()).close_timeout(limit);
    let (connection, mut peer) = tokio::join!(builder.connect(), broker.accept_login());
    let connection = connection.unwrap();
    let opening = connection.producer("q").persistent(false).build();
    let (producer, _) =
        tokio::join!(opening, peer.answer_until(|it| matches!(it, Command::ProducerInfo(_))));
    let producer = producer.unwrap();
    let mut events = connection.events();
    for _ in 0..MESSAGES {
        soon(producer.send(Message::bytes(vec![0; 1 << 16]))).await.unwrap();
    }
    timeout(limit * 3, connection.close()).await.unwrap();
    let mut counted = 0;
    while let Some(event) = soon(events.recv()).await {
        if let Event::Warning(text) = event {
            counted += text.split(' ').next().unwrap().parse::<u32>().unwrap();
        }
    }
    assert_eq!(counted, MESSAGES);
}

/// What was handed over used to have two seconds from then on.
#[tokio::test]
async fn a_broker_that_reads_late_gets_everything_when_the_last_handle_is_dropped() {
    let broker = Broker::bind().await;
    let (connection, mut peer) =
        tokio::join!(Connection::builder(broker.uri()).connect(), broker.accept_login());
    let connection = connection.unwrap();
    let opening = connection.producer("q").persistent(false).build();
    let (producer, _) =
        tokio::join!(opening, peer.answer_until(|it| matches!(it, Command::ProducerInfo(_))));
    let producer = producer.unwrap();
    soon(producer.send(Message::bytes(vec![0; 1 << 25]))).await.unwrap();
    let mut events = connection.events();
    drop((connection, producer));
    let early = timeout(Duration::from_millis(2500), events.recv()).await;
    assert!(early.is_err(), "{early:?}");
    peer.answer_message().await;
    peer.serve().await;
    assert_eq!(soon(events.recv()).await, Some(Event::Closed { reason: None }));
}

#[tokio::test]
async fn what_was_handed_over_before_is_sent_first() {
    let broker = Broker::bind().await;
    let (connection, mut peer) =
        tokio::join!(Connection::builder(broker.uri()).connect(), broker.accept_login());
    let connection = connection.unwrap();
    let opening = connection.producer("q").persistent(false).build();
    let (producer, _) =
        tokio::join!(opening, peer.answer_until(|it| matches!(it, Command::ProducerInfo(_))));
    let producer = producer.unwrap();
    let counting = tokio::spawn(async move {
        let mut messages = 0;
        while let Some(command) = peer.next().await {
            messages += u32::from(matches!(command, Command::Message(_)));
            peer.answer(&command).await;
        }
        messages
    });
    for number in 0..5000 {
        producer.send(format!("{number}")).await.unwrap();
    }
    soon(connection.close()).await;
    assert_eq!(soon(counting).await.unwrap(), 5000);
}

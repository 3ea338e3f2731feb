//! Connections that end in another way than by being closed: all handles dropped, the runtime gone.

use std::time::Duration;

use relaismq::{Connection, Event, Message, SendOutcome, State};
use relaismq_openwire::Command;
use tokio::runtime::Runtime;

use crate::broker::{Broker, reserved_address, soon};

async fn until_closed(mut events: relaismq::Events) {
    soon(async { while events.recv().await.is_some() {} }).await;
}

/// A `close` without a broker used to take its request back when the driver was not quick enough.
#[tokio::test(flavor = "multi_thread")]
async fn closing_closes_however_busy_the_machine_is() {
    let nowhere = format!("failover:(tcp://{})", reserved_address());
    for turn in 0..200 {
        let connection = Connection::builder(&nowhere).connect_in_background().unwrap();
        for _ in 0..turn % 7 {
            tokio::task::yield_now().await;
        }
        soon(connection.close()).await;
        assert_eq!(connection.state(), State::Closed { reason: None });
    }
}

/// Whoever came to listen after the end used to wait for ever.
#[tokio::test]
async fn a_late_listener_finds_the_end() {
    let nowhere = format!("failover:(tcp://{})", reserved_address());
    let connection = Connection::builder(nowhere).connect_in_background().unwrap();
    connection.close().await;
    let mut events = connection.events();
    assert_eq!(soon(events.recv()).await, Some(Event::Closed { reason: None }));
    assert_eq!(soon(events.recv()).await, None);
}

/// With more waiting than the core takes, the driver used to look for a broker for ever although
/// nobody could ask it for anything any more.
#[tokio::test]
async fn a_full_connection_without_handles_ends_without_a_broker() {
    let broker = Broker::bind().await;
    let (connection, mut peer) =
        tokio::join!(Connection::builder(broker.uri()).connect(), broker.accept_login());
    let connection = connection.unwrap();
    let mut events = connection.events();
    let opening = connection.producer("q").window(1 << 30).build();
    let (producer, _) =
        tokio::join!(opening, peer.answer_until(|it| matches!(it, Command::ProducerInfo(_))));
    let producer = producer.unwrap();
    drop((peer, broker));
    while !matches!(soon(events.recv()).await, Some(Event::Interrupted { .. })) {}
    for _ in 0..80 {
        drop(soon(producer.enqueue(Message::bytes(vec![0; 1 << 20]))).await.unwrap());
    }
    drop((connection, producer));
    until_closed(events).await;
}

/// Consumers and events of a connection whose runtime was shut down used to wait for ever.
#[test]
fn everything_ends_with_the_runtime() {
    let runtime = Runtime::new().unwrap();
    let (connection, producer, mut consumer, events) = runtime.block_on(async {
        let broker = Broker::bind().await;
        let uri = broker.uri();
        tokio::spawn(broker.serve());
        let connection = soon(Connection::builder(uri).connect()).await.unwrap();
        let producer = connection.producer("q").build().await.unwrap();
        let consumer = connection.consumer("q").build().await.unwrap();
        let events = connection.events();
        (connection, producer, consumer, events)
    });
    runtime.shutdown_timeout(Duration::from_secs(1));
    Runtime::new().unwrap().block_on(async {
        let error = soon(consumer.receive()).await.unwrap_err();
        assert!(error.to_string().contains("runtime"), "{error}");
        until_closed(events).await;
        let error = soon(producer.send(Message::text("late"))).await.unwrap_err();
        assert_eq!(error.outcome(), SendOutcome::NotSent, "{error}");
        assert!(matches!(connection.state(), State::Closed { reason: Some(_) }));
        soon(connection.close()).await;
    });
}

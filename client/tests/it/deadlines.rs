//! Every operation ends in time while no broker is there.

use std::time::Duration;

use relaismq::{AckMode, Connection};
use tokio::time::Instant;

use crate::broker::{Broker, PATIENCE, reserved_address};

const LIMIT: Duration = Duration::from_millis(300);

/// An address where nobody listens.
fn nowhere() -> String {
    format!("failover:(tcp://{})", reserved_address())
}

async fn in_time<T>(name: &str, operation: impl Future<Output = T>) -> T {
    let begun = Instant::now();
    let result = tokio::time::timeout(PATIENCE, operation).await;
    let took = begun.elapsed();
    assert!(took < LIMIT + Duration::from_millis(250), "{name} took {took:?}");
    result.expect(name)
}

#[tokio::test]
async fn connecting_ends_at_its_deadline_and_says_what_was_tried() {
    let uri = nowhere();
    let connecting = Connection::builder(uri).connect_timeout(LIMIT).connect();
    let error = in_time("connect", connecting).await.unwrap_err();
    assert!(error.is_retryable() && error.to_string().contains("127.0.0.1"), "{error}");
}

#[tokio::test]
async fn every_request_ends_at_its_deadline_without_a_broker() {
    let connection = Connection::builder(nowhere())
        .request_timeout(LIMIT)
        .send_timeout(LIMIT)
        .connect_in_background()
        .unwrap();
    in_time("wait", connection.wait_connected(LIMIT)).await.unwrap_err();
    in_time("producer", connection.producer("q").build()).await.unwrap_err();
    in_time("consumer", connection.consumer("q").build()).await.unwrap_err();
    in_time("browser", connection.browser("q")).await.unwrap_err();
    in_time("temporary", connection.temporary_queue()).await.unwrap_err();
    in_time("unsubscribe", connection.unsubscribe("s")).await.unwrap_err();
    in_time("request", connection.request("q", "?", LIMIT)).await.unwrap_err();
    let session = in_time("session", connection.session(AckMode::Client)).await.unwrap();
    in_time("recover", session.recover()).await.unwrap();
    let tx = in_time("transaction", connection.transaction()).await.unwrap();
    in_time("send in it", tx.send("q", "x")).await.unwrap_err();
    in_time("commit", tx.commit()).await.unwrap();
    in_time("close", connection.close()).await;
}

#[tokio::test]
async fn open_things_keep_their_deadlines_when_the_broker_goes_away() {
    let broker = Broker::bind().await;
    let builder = Connection::builder(broker.uri()).request_timeout(LIMIT).send_timeout(LIMIT);
    let (connection, mut peer) = tokio::join!(builder.connect(), broker.accept_login());
    let connection = connection.unwrap();
    let opening = async {
        let producer = connection.producer("q").build().await.unwrap();
        let consumer = connection.consumer("q").build().await.unwrap();
        let quick = connection.producer("q").persistent(false).build().await.unwrap();
        let tx = connection.transaction().await.unwrap();
        tx.send("q", "in the transaction").await.unwrap();
        (producer, consumer, quick, tx)
    };
    let (producer, mut consumer, quick, tx) = tokio::select! {
        opened = opening => opened,
        () = peer.serve() => panic!("the client hung up"),
    };
    drop((peer, broker));
    let mut state = connection.events();
    while matches!(connection.state(), relaismq::State::Connected { .. }) {
        crate::broker::soon(state.recv()).await;
    }
    in_time("send", producer.send("x")).await.unwrap_err();
    in_time("enqueue", async { producer.enqueue("x").await?.await }).await.unwrap_err();
    in_time("quick send", quick.send("x")).await.unwrap_err();
    assert!(in_time("receive", consumer.receive_timeout(LIMIT)).await.unwrap().is_none());
    in_time("commit", tx.commit()).await.unwrap_err();
    in_time("close consumer", consumer.close()).await.ok();
    in_time("close", connection.close()).await;
}

#[tokio::test]
async fn the_timeout_of_the_uri_limits_the_wait_for_a_broker() {
    let uri = format!("{}?timeout=300", nowhere());
    let connection = Connection::builder(uri).connect_in_background().unwrap();
    in_time("producer", connection.producer("q").build()).await.unwrap_err();
}

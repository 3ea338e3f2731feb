//! What makes no sense is refused at once, and the error says what would.

use std::time::Duration;

use relaismq::{AckMode, Connection, Queue, Topic};

use crate::broker::{Broker, reserved_address, soon};

async fn connected() -> Connection {
    let broker = Broker::bind().await;
    let uri = broker.uri();
    tokio::spawn(broker.serve());
    soon(Connection::builder(uri).connect()).await.unwrap()
}

fn says<T>(result: Result<T, impl std::error::Error>, text: &str) {
    let error = result.err().expect("an error").to_string();
    assert!(error.contains(text), "{error}");
}

/// Without a client id a subscription was made under the random name of the connection: nobody could
/// ever find it again, and the broker kept every message for it.
#[tokio::test]
async fn a_durable_subscription_needs_a_client_id_a_topic_and_a_name() {
    let connection = connected().await;
    let durable = |topic: &str, name: &str| {
        let consumer = connection.consumer(Topic::new(topic)).durable(name);
        soon(consumer.build())
    };
    says(durable("t", "name").await, "client_id");
    says(durable("t", "").await, "a name");
    says(soon(connection.unsubscribe("name")).await, "client_id");
    let on_queue = connection.consumer(Queue::new("q")).durable("name").build();
    says(soon(on_queue).await, "topic");
}

#[tokio::test]
async fn only_queues_are_browsed_and_only_own_temporary_queues_consumed() {
    let connection = connected().await;
    says(soon(connection.browser(Topic::new("t"))).await, "only queues");
    let foreign = connected().await.temporary_queue().await.unwrap();
    says(soon(connection.consumer(&foreign).build()).await, "another connection");
    let own = connection.temporary_queue().await.unwrap();
    soon(connection.consumer(&own).ack(AckMode::Client).build()).await.unwrap();
}

#[tokio::test]
async fn a_producer_without_destination_says_how_to_name_one() {
    let producer = connected().await.anonymous_producer().build().await.unwrap();
    says(soon(producer.send("x")).await, "send_to");
}

#[tokio::test]
async fn the_timeout_of_the_uri_holds_for_the_first_connection_too() {
    let uri = format!("failover:(tcp://{})?timeout=50", reserved_address());
    let connecting = Connection::builder(uri).connect_timeout(Duration::MAX).connect();
    says(soon(connecting).await, "no broker");
}

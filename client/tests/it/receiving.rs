use std::time::Duration;

use futures::StreamExt;
use relaismq::{AckError, AckMode, Connection, Consumer};
use relaismq_openwire::{Command, ConsumerInfo, Message, MessageAck, MessageId};

use crate::broker::{Broker, Peer, soon};

fn message(number: i64) -> Message {
    Message {
        message_id: Some(MessageId { producer_sequence_id: number, ..MessageId::default() }),
        ..Message::new_text(&format!("m{number}")).unwrap()
    }
}

async fn consumer(
    broker: &Broker,
    mode: AckMode,
) -> (Connection, Consumer, Peer, Box<ConsumerInfo>) {
    let (connection, mut peer) =
        tokio::join!(Connection::builder(broker.uri()).connect(), broker.accept_login());
    let connection = connection.unwrap();
    let opening = connection.consumer("orders").ack(mode).selector("a = 1").prefetch(10).build();
    let (consumer, info) = tokio::join!(opening, peer.answer_consumer());
    assert_eq!(info.selector.as_deref(), Some("a = 1"));
    assert_eq!(info.prefetch_size, 10);
    (connection, consumer.unwrap(), peer, info)
}

async fn next_ack(peer: &mut Peer) -> MessageAck {
    match peer.read_until(|command| matches!(command, Command::MessageAck(_))).await {
        Command::MessageAck(ack) => *ack,
        other => panic!("{other:?}"),
    }
}

/// With `jms.prefetchPolicy.all=0`, browsing used to show nothing and never end.
#[tokio::test]
async fn a_browser_has_a_window_even_where_consumers_have_none() {
    let broker = Broker::bind().await;
    let uri = format!("{}&jms.prefetchPolicy.all=0", broker.uri());
    let (connection, mut peer) =
        tokio::join!(Connection::builder(uri).connect(), broker.accept_login());
    let connection = connection.unwrap();
    let (browser, info) = tokio::join!(connection.browser("q"), peer.answer_consumer());
    browser.unwrap();
    assert_eq!(info.prefetch_size, 1);
}

#[tokio::test]
async fn receive_acknowledges_what_it_returns() {
    let broker = Broker::bind().await;
    let (_connection, mut consumer, mut peer, info) = consumer(&broker, AckMode::Auto).await;
    peer.dispatch(&info, message(1)).await;
    let delivery = soon(consumer.receive()).await.unwrap();
    assert_eq!(delivery.text().unwrap(), "m1");
    let ack = next_ack(&mut peer).await;
    assert_eq!((ack.ack_type, ack.message_count), (MessageAck::STANDARD, 1));
    assert!(soon(consumer.receive_now()).await.unwrap().is_none());
}

#[tokio::test]
async fn the_stream_acknowledges_when_the_next_is_asked_for() {
    let broker = Broker::bind().await;
    let (_connection, mut consumer, mut peer, info) = consumer(&broker, AckMode::Auto).await;
    peer.dispatch(&info, message(1)).await;
    peer.dispatch(&info, message(2)).await;
    soon(consumer.next()).await.unwrap().unwrap();
    soon(consumer.next()).await.unwrap().unwrap();
    let ack = next_ack(&mut peer).await;
    assert_eq!(ack.last_message_id.unwrap().producer_sequence_id, 1, "2 is still in hand");
    drop(consumer);
    peer.answer_until(|command| matches!(command, Command::RemoveInfo(_))).await;
}

#[tokio::test]
async fn dropping_receive_loses_no_message() {
    let broker = Broker::bind().await;
    let (_connection, mut consumer, mut peer, info) = consumer(&broker, AckMode::Auto).await;
    for number in 1..=50 {
        let mut receiving = Box::pin(consumer.receive());
        assert!(futures::poll!(&mut receiving).is_pending());
        drop(receiving);
        peer.dispatch(&info, message(number)).await;
        let delivery = soon(consumer.receive()).await.unwrap();
        assert_eq!(delivery.text().unwrap(), format!("m{number}").as_str());
    }
}

#[tokio::test]
async fn receive_timeout_never_returns_early() {
    let broker = Broker::bind().await;
    let (_connection, mut consumer, peer, _info) = consumer(&broker, AckMode::Auto).await;
    drop((peer, broker));
    let begun = tokio::time::Instant::now();
    let limit = Duration::from_millis(150);
    assert!(soon(consumer.receive_timeout(limit)).await.unwrap().is_none());
    assert!(begun.elapsed() >= limit, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn an_acknowledgement_over_a_lost_link_is_stale() {
    let broker = Broker::bind().await;
    let (connection, mut consumer, mut peer, info) = consumer(&broker, AckMode::Individual).await;
    let mut events = connection.events();
    peer.dispatch(&info, message(1)).await;
    let held = soon(consumer.receive()).await.unwrap();
    drop(peer);
    tokio::spawn(broker.serve());
    let is_resumed = |event: &relaismq::Event| matches!(event, relaismq::Event::Resumed { .. });
    while !is_resumed(&soon(events.recv()).await.expect("more events")) {}
    assert_eq!(soon(held.ack()).await, Err(AckError::StaleDelivery));
}

#[tokio::test]
async fn a_consumer_that_the_broker_closes_says_why_and_ends() {
    let broker = Broker::bind().await;
    let (_connection, mut consumer, mut peer, info) = consumer(&broker, AckMode::Auto).await;
    let control = relaismq_openwire::ConsumerControl {
        consumer_id: info.consumer_id.clone(),
        close: true,
        ..Default::default()
    };
    peer.send(control).await;
    let error = soon(consumer.next()).await.unwrap().unwrap_err();
    assert!(error.to_string().contains("lost"), "{error}");
    assert!(soon(consumer.next()).await.is_none());
}

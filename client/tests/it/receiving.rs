use std::time::Duration;

use futures::StreamExt;
use relaismq::AckMode;
use relaismq_openwire::{Command, MessageAck};

use crate::broker::{Broker, soon};
use crate::consuming::{consumer, message, next_ack};
use relaismq::Connection;

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

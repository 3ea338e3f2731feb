use std::time::Duration;

use futures::StreamExt;
use relaismq::AckMode;
use relaismq_openwire::{Command, MessageAck};

use crate::broker::{Broker, Peer, soon};
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

/// How far the consumer was, by its farewell, and what it acknowledged before that: last message and
/// count.
async fn farewell(peer: &mut Peer) -> (i64, Vec<(i64, i32)>) {
    let mut acks = Vec::new();
    loop {
        let command = soon(peer.next()).await.expect("a farewell");
        peer.answer(&command).await;
        match command {
            Command::MessageAck(ack) => {
                acks.push((ack.last_message_id.unwrap().broker_sequence_id, ack.message_count));
            }
            Command::RemoveInfo(info)
                if matches!(info.object_id.as_deref(), Some(Command::ConsumerId(_))) =>
            {
                return (info.last_delivered_sequence_id, acks);
            }
            _ => {}
        }
    }
}

/// Of three messages taken from a stream one came back after an orderly end.
#[tokio::test]
async fn closing_the_consumer_or_the_connection_acknowledges_what_the_stream_gave_out() {
    for whole in [false, true] {
        let broker = Broker::bind().await;
        let (connection, mut consumer, mut peer, info) = consumer(&broker, AckMode::Auto).await;
        for number in 1..=5 {
            peer.dispatch(&info, message(number)).await;
        }
        for _ in 0..3 {
            soon(consumer.next()).await.unwrap().unwrap();
        }
        let serving = tokio::spawn(async move {
            let farewell = farewell(&mut peer).await;
            peer.serve().await;
            farewell
        });
        if whole {
            soon(connection.close()).await;
        } else {
            soon(consumer.close()).await.unwrap();
            drop(connection);
        }
        let (last, acks) = serving.await.unwrap();
        assert_eq!((last, acks.iter().map(|ack| ack.1).sum::<i32>()), (3, 3));
        assert_eq!(acks.last().unwrap().0, 3);
    }
}

#[tokio::test]
async fn dropping_the_stream_does_not_acknowledge_its_last_message_but_tells_that_it_was_seen() {
    let broker = Broker::bind().await;
    let (_connection, consumer, mut peer, info) = consumer(&broker, AckMode::Auto).await;
    for number in 1..=5 {
        peer.dispatch(&info, message(number)).await;
    }
    let taken: Vec<_> = soon(consumer.take(3).collect()).await;
    assert_eq!(taken.len(), 3);
    let (last, acks) = farewell(&mut peer).await;
    assert_eq!((last, acks.iter().map(|ack| ack.1).sum::<i32>()), (3, 2));
}

#[tokio::test]
async fn a_message_whose_handler_has_not_come_to_its_end_is_not_acknowledged_by_closing() {
    let broker = Broker::bind().await;
    let (connection, mut consumer, mut peer, info) = consumer(&broker, AckMode::Auto).await;
    for number in 1..=3 {
        peer.dispatch(&info, message(number)).await;
    }
    let (entered, mut inside) = tokio::sync::watch::channel(0);
    let listening = tokio::spawn(async move {
        let handler = |delivery: relaismq::Delivery| {
            entered.send_modify(|count| *count += 1);
            async move {
                if delivery.text().unwrap() == "m2" {
                    std::future::pending::<()>().await;
                }
                Ok::<(), std::io::Error>(())
            }
        };
        consumer.listen(handler).await
    });
    soon(inside.wait_for(|count| *count == 2)).await.unwrap();
    let serving = tokio::spawn(async move {
        let farewell = farewell(&mut peer).await;
        peer.serve().await;
        farewell
    });
    soon(connection.close()).await;
    listening.abort();
    assert_eq!(serving.await.unwrap(), (2, vec![(1, 1)]));
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

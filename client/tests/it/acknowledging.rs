//! `ack()`: handed over by the call, confirmed by the broker.

use std::future::poll_fn;
use std::task::Poll;

use futures::stream::{FuturesUnordered, StreamExt};
use relaismq::{AckError, AckFuture, AckMode, Cause, Connection, Consumer, Delivery};
use relaismq_openwire::{Command, ConsumerInfo, MessageAck};

use crate::broker::{Broker, Peer, soon};
use crate::consuming::{consumer, message, next_ack};

/// A consumer that has received so many messages.
async fn holding(broker: &Broker, count: i64) -> (Connection, Consumer, Peer, Vec<Delivery>) {
    let (connection, mut consumer, mut peer, info) = consumer(broker, AckMode::Individual).await;
    let deliveries = received(&mut consumer, &mut peer, &info, count).await;
    (connection, consumer, peer, deliveries)
}

async fn received(
    consumer: &mut Consumer,
    peer: &mut Peer,
    info: &ConsumerInfo,
    count: i64,
) -> Vec<Delivery> {
    let mut deliveries = Vec::new();
    for number in 1..=count {
        peer.dispatch(info, message(number)).await;
        deliveries.push(soon(consumer.receive()).await.unwrap());
    }
    deliveries
}

/// Lets the driver work, without waiting for anything in particular.
async fn is_pending(acked: &mut AckFuture) -> bool {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    poll_fn(|context| Poll::Ready(std::pin::Pin::new(&mut *acked).poll(context).is_pending())).await
}

/// It used to be done after a millisecond, on a link that carried nothing any more.
#[tokio::test]
async fn ack_waits_for_the_broker() {
    let broker = Broker::bind().await;
    let (_connection, _consumer, mut peer, held) = holding(&broker, 1).await;
    let mut acked = held[0].ack();
    let ack = next_ack(&mut peer).await;
    assert!(ack.response_required);
    assert!(is_pending(&mut acked).await);
    peer.answer(&ack.into()).await;
    assert_eq!(soon(acked).await, Ok(()));
}

#[tokio::test]
async fn an_acknowledgement_is_handed_over_by_the_call_and_not_taken_back_by_dropping() {
    let broker = Broker::bind().await;
    let (_connection, _consumer, mut peer, held) = holding(&broker, 2).await;
    drop(held[1].ack());
    let ack = next_ack(&mut peer).await;
    assert_eq!(ack.last_message_id.unwrap().producer_sequence_id, 2);
}

#[tokio::test]
async fn many_acknowledgements_under_way_share_confirmations() {
    let broker = Broker::bind().await;
    let (_connection, _consumer, mut peer, held) = holding(&broker, 100).await;
    let mut acks: FuturesUnordered<_> = held.iter().map(Delivery::ack).collect();
    let confirming = async {
        let (mut covered, mut commands) = (0, 0);
        while covered < 100 {
            let ack = next_ack(&mut peer).await;
            if ack.ack_type != MessageAck::DELIVERED {
                (covered, commands) = (covered + ack.message_count, commands + 1);
                peer.answer(&ack.into()).await;
            }
        }
        commands
    };
    let all = async {
        while let Some(outcome) = acks.next().await {
            outcome.unwrap();
        }
    };
    let (commands, ()) = soon(async { tokio::join!(confirming, all) }).await;
    assert!(commands <= 3, "{commands} commands");
}

#[tokio::test]
async fn a_link_lost_before_the_confirmation_leaves_it_unknown_and_one_lost_before_the_call_stale()
{
    let broker = Broker::bind().await;
    let (connection, _consumer, mut peer, held) = holding(&broker, 2).await;
    let mut events = connection.events();
    let acked = held[0].ack();
    next_ack(&mut peer).await;
    drop(peer);
    assert_eq!(soon(acked).await, Err(AckError::Unknown(Cause::LinkLost)));
    tokio::spawn(broker.serve());
    let is_resumed = |event: &relaismq::Event| matches!(event, relaismq::Event::Resumed { .. });
    while !is_resumed(&soon(events.recv()).await.expect("more events")) {}
    for delivery in held {
        assert_eq!(soon(delivery.ack()).await, Err(AckError::StaleDelivery));
    }
}

#[tokio::test]
async fn a_refusal_is_told() {
    let broker = Broker::bind().await;
    let (_connection, _consumer, mut peer, held) = holding(&broker, 1).await;
    let acked = held[0].ack();
    let ack = next_ack(&mut peer).await;
    peer.refuse(&ack.into(), "javax.jms.JMSException", "no such message").await;
    assert!(matches!(soon(acked).await, Err(AckError::Refused(_))));
}

#[tokio::test]
async fn after_the_end_of_the_connection_an_acknowledgement_is_not_done() {
    let broker = Broker::bind().await;
    let (connection, _consumer, mut peer, held) = holding(&broker, 1).await;
    let ((), ()) = tokio::join!(connection.close(), async {
        peer.answer_until(|command| matches!(command, Command::RemoveInfo(_))).await;
        peer.serve().await;
    });
    assert_eq!(soon(held[0].ack()).await, Err(AckError::NotDone(Cause::Closed(None))));
}

#[tokio::test]
async fn who_wants_it_hands_over_by_the_uri_or_by_the_builder() {
    for by_uri in [true, false] {
        let broker = Broker::bind().await;
        let option = if by_uri { "&jms.sendAcksAsync=true" } else { "&jms.sendAcksAsync=false" };
        let uri = format!("{}{option}", broker.uri());
        let (connection, mut peer) =
            tokio::join!(Connection::builder(uri).connect(), broker.accept_login());
        let connection = connection.unwrap();
        let builder = connection.consumer("q").ack(AckMode::Individual);
        let builder = if by_uri { builder } else { builder.confirm_acks(false) };
        let (consumer, info) = tokio::join!(builder.build(), peer.answer_consumer());
        let held = received(&mut consumer.unwrap(), &mut peer, &info, 1).await;
        assert_eq!(soon(held[0].ack()).await, Ok(()));
        let ack = next_ack(&mut peer).await;
        assert!(!ack.response_required);
    }
}

#[tokio::test]
async fn an_automatic_acknowledgement_over_a_lost_link_is_no_success() {
    let broker = Broker::bind().await;
    let (connection, mut consumer, mut peer, info) = consumer(&broker, AckMode::Auto).await;
    let mut events = connection.events();
    peer.dispatch(&info, message(1)).await;
    let held = soon(consumer.next()).await.unwrap().unwrap();
    drop(peer);
    let is_interrupted =
        |event: &relaismq::Event| matches!(event, relaismq::Event::Interrupted { .. });
    while !is_interrupted(&soon(events.recv()).await.expect("more events")) {}
    assert_eq!(soon(held.ack()).await, Err(AckError::StaleDelivery));
}

#[tokio::test]
async fn a_handler_goes_on_while_acknowledgements_are_under_way_but_not_without_bound() {
    let broker = Broker::bind().await;
    let (connection, mut peer) =
        tokio::join!(Connection::builder(broker.uri()).connect(), broker.accept_login());
    let connection = connection.unwrap();
    let opening = connection.consumer("q").ack(AckMode::Individual).prefetch(2000).build();
    let (consumer, info) = tokio::join!(opening, peer.answer_consumer());
    let mut consumer = consumer.unwrap();
    for number in 1..=1500 {
        peer.dispatch(&info, message(number)).await;
    }
    let (handled, mut seen) = tokio::sync::watch::channel(0);
    let listening = tokio::spawn(async move {
        let count = |_| {
            handled.send_modify(|handled| *handled += 1);
            std::future::ready(Ok::<(), std::io::Error>(()))
        };
        consumer.listen(count).await
    });
    let first = next_ack(&mut peer).await;
    soon(seen.wait_for(|handled| *handled == 1000)).await.unwrap();
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(*seen.borrow(), 1000);
    peer.answer(&first.into()).await;
    tokio::spawn(async move { peer.serve().await });
    soon(seen.wait_for(|handled| *handled == 1500)).await.unwrap();
    listening.abort();
}

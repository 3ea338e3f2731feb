//! What is given back, handlers at the same time, and limits of single sends.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use futures::StreamExt;
use relaismq::options::RedeliveryPolicy;
use relaismq::{
    AckError, AckMode, Cause, Connection, Error, Event, OperationError, SendOptions, SendOutcome,
};
use relaismq_openwire::{Destination, MessageAck};

use crate::broker::{Broker, soon};
use crate::consuming::{consumer, message, next_ack};

#[tokio::test]
async fn a_rejected_message_of_a_stream_is_not_acknowledged_by_asking_for_the_next() {
    let broker = Broker::bind().await;
    let (_connection, mut consumer, mut peer, info) = consumer(&broker, AckMode::Auto).await;
    for number in 1..=2 {
        peer.dispatch(&info, message(number)).await;
    }
    let first = soon(consumer.next()).await.unwrap().unwrap();
    assert_eq!(soon(first.reject()).await, Ok(()));
    let ack = next_ack(&mut peer).await;
    assert_eq!(ack.ack_type, MessageAck::REDELIVERED);
    let again = soon(consumer.next()).await.unwrap().unwrap();
    assert_eq!((again.text().unwrap().as_str(), again.delivery_count()), ("m1", 2));
    soon(consumer.next()).await.unwrap().unwrap();
    let ack = next_ack(&mut peer).await;
    assert_eq!((ack.ack_type, ack.message_count), (MessageAck::STANDARD, 1));
}

/// A handler that gives its message back and returns `Ok` would acknowledge it, when it comes again at once.
#[tokio::test]
async fn what_a_handler_has_rejected_is_not_acknowledged_by_its_success() {
    let broker = Broker::bind().await;
    let policy = RedeliveryPolicy::default().initial_redelivery_delay(Duration::ZERO);
    let builder = Connection::builder(broker.uri()).redelivery(policy);
    let (connection, mut peer) = tokio::join!(builder.connect(), broker.accept_login());
    let connection = connection.unwrap();
    let opening = connection.consumer("orders").build();
    let (consumer, info) = tokio::join!(opening, peer.answer_consumer());
    let mut consumer = consumer.unwrap();
    peer.dispatch(&info, message(1)).await;
    let mut counts = Vec::new();
    let listening = consumer.listen(|delivery| {
        counts.push(delivery.delivery_count());
        let rejects = counts.len() < 3;
        async move {
            if rejects {
                delivery.reject().await.unwrap();
            }
            Ok::<(), Error>(())
        }
    });
    let mut kinds = Vec::new();
    let acking = async {
        while kinds.last() != Some(&MessageAck::STANDARD) {
            kinds.push(next_ack(&mut peer).await.ack_type);
        }
    };
    soon(async {
        tokio::select! {
            ended = listening => panic!("{ended:?}"),
            () = acking => {}
        }
    })
    .await;
    let given_back = MessageAck::REDELIVERED;
    assert_eq!(kinds, [given_back, given_back, MessageAck::STANDARD]);
    assert_eq!(counts, [1, 2, 3]);
}

#[tokio::test]
async fn a_message_is_buried_when_the_broker_has_said_so() {
    let broker = Broker::bind().await;
    let (_connection, mut consumer, mut peer, info) = consumer(&broker, AckMode::Individual).await;
    peer.dispatch(&info, message(1)).await;
    let delivery = soon(consumer.receive()).await.unwrap();
    let buried = delivery.dead_letter("no such customer");
    let ack = next_ack(&mut peer).await;
    assert_eq!((ack.ack_type, ack.response_required), (MessageAck::POISON, true));
    let cause = ack.poison_cause.clone().and_then(|cause| cause.message);
    assert_eq!(cause.as_deref(), Some("no such customer"));
    peer.answer(&ack.into()).await;
    assert_eq!(soon(buried).await, Ok(()));
    let late = soon(delivery.reject()).await;
    assert!(matches!(late, Err(AckError::NotDone(Cause::Gone(_)))), "{late:?}");
}

#[tokio::test]
async fn a_destination_may_have_a_redelivery_policy_of_its_own() {
    let broker = Broker::bind().await;
    let never = RedeliveryPolicy::default().maximum_redeliveries(Some(0));
    let builder =
        Connection::builder(broker.uri()).redelivery_for(Destination::queue("orders"), never);
    let (connection, mut peer) = tokio::join!(builder.connect(), broker.accept_login());
    let connection = connection.unwrap();
    let opening = connection.consumer("orders").ack(AckMode::Individual).build();
    let (consumer, info) = tokio::join!(opening, peer.answer_consumer());
    peer.dispatch(&info, message(1)).await;
    let delivery = soon(consumer.unwrap().receive()).await.unwrap();
    drop(delivery.reject());
    assert_eq!(next_ack(&mut peer).await.ack_type, MessageAck::POISON);
}

#[tokio::test]
async fn handlers_work_at_the_same_time_and_each_settles_its_own_message() {
    let broker = Broker::bind().await;
    let (_connection, mut consumer, mut peer, info) = consumer(&broker, AckMode::Individual).await;
    for number in 1..=4 {
        peer.dispatch(&info, message(number)).await;
    }
    let (running, most) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    let listening = consumer.listen_concurrently(3, |delivery| {
        let (running, most) = (Rc::clone(&running), Rc::clone(&most));
        async move {
            running.set(running.get() + 1);
            most.set(most.get().max(running.get()));
            // As long as others can begin.
            while most.get() < 3 {
                tokio::task::yield_now().await;
            }
            running.set(running.get() - 1);
            if delivery.text().unwrap() == "m2" { Err("bad") } else { Ok(()) }
        }
    });
    let settling = async {
        let mut kinds = Vec::new();
        while kinds.len() < 4 {
            let ack = next_ack(&mut peer).await;
            kinds.push((ack.last_message_id.clone().unwrap().producer_sequence_id, ack.ack_type));
            peer.answer(&ack.into()).await;
        }
        kinds.sort_unstable();
        kinds
    };
    let kinds = soon(async {
        tokio::select! {
            ended = listening => panic!("{ended:?}"),
            kinds = settling => kinds,
        }
    });
    let individual = MessageAck::INDIVIDUAL;
    let expected =
        [(1, individual), (2, MessageAck::REDELIVERED), (3, individual), (4, individual)];
    assert_eq!(kinds.await, expected);
    assert_eq!(most.get(), 3);
}

#[tokio::test]
async fn handlers_at_the_same_time_need_individual_acknowledgement() {
    let broker = Broker::bind().await;
    let (_connection, mut consumer, _peer, _) = consumer(&broker, AckMode::Auto).await;
    let listening = consumer.listen_concurrently(2, |_| async { Ok::<(), Error>(()) });
    let refused = soon(listening).await.unwrap_err();
    assert!(matches!(refused, Error::Operation(OperationError::NotDone(Cause::Misuse(_)))));
}

#[tokio::test]
async fn a_send_may_have_a_limit_of_its_own() {
    let broker = Broker::bind().await;
    let (connection, mut peer) =
        tokio::join!(Connection::builder(broker.uri()).connect(), broker.accept_login());
    let connection = connection.unwrap();
    let producer = connection.producer("orders").timeout(Duration::from_secs(60)).build();
    let (producer, _) = tokio::join!(producer, peer.answer_until(|it| it.name() == "ProducerInfo"));
    let limit = SendOptions::default().timeout(Duration::from_millis(50));
    let late = soon(producer.unwrap().send_with("x", &limit)).await.unwrap_err();
    assert_eq!(late.outcome(), SendOutcome::Unknown);
}

#[tokio::test]
async fn a_mock_refuses_and_cuts_on_purpose() {
    let broker = Broker::bind().await;
    let uri = format!(
        "failover:(mock:(tcp://{})?refuseFirst=1&cutAfter=100)?initialReconnectDelay=10",
        broker.address
    );
    let connection = Connection::builder(uri).connect_in_background().unwrap();
    let mut events = connection.events();
    tokio::spawn(broker.serve());
    let mut story = String::new();
    while !story.contains("resumed") {
        let event = soon(events.recv()).await.unwrap();
        assert!(!matches!(event, Event::Closed { .. }), "{event}");
        story.push_str(&format!("{event}\n"));
    }
    assert!(story.contains("refused by mock:") && story.contains("cut by mock:"), "{story}");
    connection.close().await;
}

//! Batches both ways, and waiting without a runtime of one's own.

use std::time::Duration;

use futures::FutureExt;
use relaismq::blocking::{Background, wait_for};
use relaismq::{AckMode, Connection, Event, Producer, SendOptions, SendOutcome};
use relaismq_openwire::Command;

use crate::broker::{Broker, PATIENCE, Peer, soon};
use crate::consuming::{consumer, message, next_ack};

fn is_message(command: &Command) -> bool {
    matches!(command, Command::Message(_))
}

async fn producer(broker: &Broker, limit: Duration) -> (Connection, Producer, Peer) {
    let builder = Connection::builder(broker.uri()).send_timeout(limit);
    let (connection, mut peer) = tokio::join!(builder.connect(), broker.accept_login());
    let connection = connection.unwrap();
    let opening = connection.producer("q").build();
    let (producer, _) =
        tokio::join!(opening, peer.answer_until(|it| matches!(it, Command::ProducerInfo(_))));
    (connection, producer.unwrap(), peer)
}

#[tokio::test]
async fn a_batch_is_all_that_has_come_and_one_acknowledgement() {
    let broker = Broker::bind().await;
    let (_connection, mut consumer, mut peer, info) = consumer(&broker, AckMode::Auto).await;
    assert!(consumer.ready().now_or_never().is_none());
    for number in 1..=5 {
        peer.dispatch(&info, message(number)).await;
    }
    let mut taken = Vec::new();
    while taken.len() < 5 {
        let batch = soon(consumer.receive_many(3)).await.unwrap();
        assert!((1..=3).contains(&batch.len()));
        taken.extend(batch);
    }
    let texts: Vec<_> = taken.iter().map(|it| it.text().unwrap().to_string()).collect();
    assert_eq!(texts, ["m1", "m2", "m3", "m4", "m5"]);
    while next_ack(&mut peer).await.last_message_id.unwrap().producer_sequence_id < 5 {}
}

#[tokio::test]
async fn waiting_for_messages_takes_none() {
    let broker = Broker::bind().await;
    let (_connection, mut consumer, mut peer, info) = consumer(&broker, AckMode::Auto).await;
    peer.dispatch(&info, message(1)).await;
    soon(consumer.ready()).await.unwrap();
    soon(consumer.ready()).await.unwrap();
    assert_eq!(consumer.receive_many_now(9).len(), 1);
    assert!(consumer.receive_many_now(9).is_empty());
}

#[tokio::test]
async fn what_is_lent_is_acknowledged_when_it_is_done_and_comes_again_when_given_back() {
    let broker = Broker::bind().await;
    let (_connection, mut consumer, mut peer, info) = consumer(&broker, AckMode::Auto).await;
    peer.dispatch(&info, message(1)).await;
    peer.dispatch(&info, message(2)).await;
    soon(consumer.ready()).await.unwrap();
    let first = consumer.lend_now().unwrap().unwrap();
    consumer.done(&first);
    assert_eq!(next_ack(&mut peer).await.last_message_id.unwrap().producer_sequence_id, 1);
    soon(consumer.ready()).await.unwrap();
    let second = consumer.lend_now().unwrap().unwrap();
    soon(consumer.give_back(&second)).await.unwrap();
    soon(consumer.ready()).await.unwrap();
    let again = consumer.lend_now().unwrap().unwrap();
    assert_eq!((again.text().unwrap().as_str(), again.delivery_count()), ("m2", 2));
}

#[tokio::test]
async fn outcomes_of_a_pipeline_gather_under_their_numbers() {
    let broker = Broker::bind().await;
    let (_connection, producer, mut peer) = producer(&broker, PATIENCE).await;
    let pipeline = producer.pipeline();
    for tag in 1..=3 {
        soon(pipeline.send(tag, format!("m{tag}"))).await.unwrap();
    }
    assert_eq!((pipeline.under_way(), pipeline.settled_now().len()), (3, 0));
    let refused = peer.read_until(is_message).await;
    peer.refuse(&refused, "java.lang.SecurityException", "not for you").await;
    peer.answer_until(is_message).await;
    peer.answer_until(is_message).await;
    let mut settled = Vec::new();
    while pipeline.under_way() > 0 || settled.len() < 3 {
        settled.extend(soon(pipeline.settled()).await);
    }
    assert_eq!(settled.iter().map(|it| it.tag).collect::<Vec<_>>(), [1, 2, 3]);
    let error = settled[0].outcome.clone().unwrap_err();
    assert_eq!(error.outcome(), SendOutcome::Refused);
    assert!(settled[1..].iter().all(|it| it.outcome.as_ref().unwrap().confirmed()));
    assert!(soon(pipeline.settled()).await.is_empty(), "nothing is under way");
}

#[tokio::test]
async fn what_a_pipeline_could_not_send_in_time_was_not_sent() {
    let broker = Broker::bind().await;
    let limit = Duration::from_millis(300);
    let (connection, producer, mut peer) = producer(&broker, limit).await;
    let mut events = connection.events();
    let pipeline = producer.pipeline();
    drop(broker);
    soon(pipeline.send(1, "written")).await.unwrap();
    peer.read_until(is_message).await;
    drop(peer);
    while !matches!(soon(events.recv()).await, Some(Event::Interrupted { .. })) {}
    soon(pipeline.send(2, "kept for a broker that does not come")).await.unwrap();
    let mut settled = soon(pipeline.settled()).await;
    while settled.len() < 2 {
        settled.extend(soon(pipeline.settled()).await);
    }
    settled.sort_by_key(|it| it.tag);
    let outcomes = settled.into_iter().map(|it| it.outcome.unwrap_err().outcome());
    assert_eq!(outcomes.collect::<Vec<_>>(), [SendOutcome::Unknown, SendOutcome::NotSent]);
}

/// Nobody waits for each of them, so the driver itself must not forget those that it has not begun.
#[tokio::test]
async fn a_pipeline_hears_of_all_of_thousands_that_no_broker_took() {
    let broker = Broker::bind().await;
    let limit = Duration::from_millis(300);
    let (_connection, producer, peer) = producer(&broker, limit).await;
    let pipeline = producer.pipeline();
    drop((broker, peer));
    let mut accepted = 0;
    for number in 0..3000 {
        accepted += u64::from(soon(pipeline.send(number, "x")).await.is_ok());
    }
    let mut settled = 0;
    while pipeline.under_way() > 0 {
        settled += soon(pipeline.settled()).await.len() as u64;
    }
    settled += pipeline.settled_now().len() as u64;
    assert!(accepted > 1000, "{accepted}");
    assert_eq!(settled, accepted);
}

#[tokio::test]
async fn closing_the_connection_settles_a_pipeline() {
    let broker = Broker::bind().await;
    let (connection, producer, mut peer) = producer(&broker, PATIENCE).await;
    let pipeline = producer.pipeline();
    soon(pipeline.send_with(7, "x", &SendOptions::default())).await.unwrap();
    peer.read_until(is_message).await;
    tokio::spawn(async move { peer.serve().await });
    soon(connection.close()).await;
    let settled = soon(pipeline.settled()).await;
    assert_eq!(settled[0].outcome.clone().unwrap_err().outcome(), SendOutcome::Unknown);
    assert_eq!(pipeline.under_way(), 0);
}

#[test]
fn a_program_without_a_runtime_connects_sends_and_closes() {
    let background = Background::new().unwrap();
    let broker = background.wait(Broker::bind());
    let uri = broker.uri();
    background.handle().spawn(broker.serve());
    let builder = Connection::builder(uri).runtime(background.handle().clone());
    let connection = background.wait(builder.connect()).unwrap();
    let producer = background.wait(connection.producer("q").build()).unwrap();
    assert!(background.wait(producer.send("x")).unwrap().confirmed());
    background.wait(connection.close());
    background.stop(PATIENCE);
}

#[test]
fn a_wait_that_ends_too_early_can_be_taken_up_again() {
    let background = Background::new().unwrap();
    let (sender, mut receiver) = tokio::sync::oneshot::channel();
    assert!(wait_for(background.handle(), &mut receiver, Duration::from_millis(1)).is_none());
    background.handle().spawn(async move { sender.send(7) });
    assert_eq!(wait_for(background.handle(), &mut receiver, PATIENCE), Some(Ok(7)));
}

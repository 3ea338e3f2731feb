//! Expiry, and the dead letter queue.

use std::time::Duration;

use relaismq_openwire::{MessageAck, Value};

use super::{Answer, Rig, queue, topic};

const DLQ: &str = "ActiveMQ.DLQ";

#[test]
fn an_expired_message_is_confirmed_and_buried_on_arrival() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    let mut producer = rig.producer(&peer, queue("Q"));
    let past = rig.now.unix_ms - 1;
    let (answer, id) = rig.send_with(&mut producer, "1", |message| message.expiration = past);
    assert_eq!(answer, Answer::Done);
    assert_eq!(rig.texts(&consumer), [""; 0]);
    let dead = rig.consumer(&peer, queue(DLQ));
    let given = rig.deliveries(&dead);
    let message = given[0].message.as_ref().unwrap();
    assert_eq!(given[0].id(), id);
    assert_eq!((message.expiration, message.persistent), (0, true));
    assert_eq!(message.original_destination, Some(queue("Q")));
    assert_eq!(message.property("originalExpiration").unwrap(), Some(Value::Long(past)));
    let cause = message.property("dlqDeliveryFailureCause").unwrap();
    assert_eq!(
        cause,
        Some(Value::Text(
            format!("java.lang.Throwable: Message Expired. Expiration:{past}").into()
        ))
    );
}

#[test]
fn an_expired_message_is_confirmed_only_when_its_dead_letter_is_stored() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    rig.frozen = true;
    let (answer, _) = rig.send_with(&mut producer, "1", |message| message.expiration = 1);
    let number = answer.command();
    rig.thaw();
    assert_eq!(rig.answer_to(peer.link, number), Answer::Done);
}

#[test]
fn the_sweep_finds_expired_messages_in_the_middle() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    let soon = rig.now.unix_ms + 1000;
    rig.send(&mut producer, "1");
    rig.send_with(&mut producer, "2", |message| message.expiration = soon);
    rig.send(&mut producer, "3");
    rig.advance(Duration::from_secs(29));
    assert_eq!(rig.kept_in_queue("Q"), 3);
    rig.advance(Duration::from_secs(2));
    assert_eq!((rig.kept_in_queue("Q"), rig.kept_in_queue(DLQ)), (2, 1));
}

#[test]
fn expired_messages_are_not_dispatched() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    let soon = rig.now.unix_ms + 1000;
    rig.send_with(&mut producer, "1", |message| message.expiration = soon);
    rig.send(&mut producer, "2");
    rig.advance(Duration::from_secs(2));
    let consumer = rig.consumer(&peer, queue("Q"));
    assert_eq!(rig.texts(&consumer), ["2"]);
    assert_eq!(rig.kept_in_queue(DLQ), 1);
}

#[test]
fn expired_messages_are_not_dispatched_to_choosy_consumers_either() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    let soon = rig.now.unix_ms + 1000;
    for text in ["1", "2"] {
        rig.send_with(&mut producer, text, |message| message.expiration = soon);
    }
    rig.send(&mut producer, "3");
    rig.advance(Duration::from_secs(2));
    let consumer = rig.consumer_with(&peer, queue("Q"), |info| {
        info.selector = Some("JMSPriority = 4".into());
    });
    assert_eq!(rig.texts(&consumer), ["3"]);
    assert_eq!(rig.kept_in_queue(DLQ), 2);
}

#[test]
fn light_messages_are_dropped() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    let mut producer = rig.producer(&peer, queue("Q"));
    rig.fire(&mut producer, "1");
    let given = rig.deliveries(&consumer);
    assert_eq!(rig.ack(&consumer, MessageAck::POISON, &given), Answer::Done);
    let dead = rig.consumer(&peer, queue(DLQ));
    assert_eq!(rig.texts(&dead), [""; 0]);
}

#[test]
fn what_is_on_the_dead_letter_queue_is_not_buried_again() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    rig.send_with(&mut producer, "1", |message| message.expiration = 1);
    let dead = rig.consumer(&peer, queue(DLQ));
    let given = rig.deliveries(&dead);
    assert_eq!(rig.ack(&dead, MessageAck::POISON, &given), Answer::Done);
    assert_eq!(rig.texts(&dead), [""; 0]);
    assert_eq!(rig.kept_in_queue(DLQ), 0);
}

#[test]
fn the_same_message_is_not_buried_twice() {
    let mut rig = Rig::new();
    let peers = [rig.connect("a"), rig.connect("b")];
    let consumers = [0, 1].map(|index| {
        rig.consumer_with(&peers[index], topic("T"), |info| {
            info.subscription_name = Some("news".into());
        })
    });
    let mut producer = rig.producer(&peers[0], topic("T"));
    rig.send(&mut producer, "1");
    for consumer in &consumers {
        let given = rig.deliveries(consumer);
        assert_eq!(rig.ack(consumer, MessageAck::POISON, &given), Answer::Done);
    }
    assert_eq!(rig.kept_in_queue(DLQ), 1);
}

#[test]
fn a_dead_letter_leaves_its_queue_and_arrives_in_one_batch() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    let mut producer = rig.producer(&peer, queue("Q"));
    rig.send(&mut producer, "1");
    let given = rig.deliveries(&consumer);
    let before = rig.batches.len();
    assert_eq!(rig.ack(&consumer, MessageAck::POISON, &given), Answer::Done);
    assert_eq!(rig.batches.len(), before + 1);
    assert_eq!((rig.kept_in_queue("Q"), rig.kept_in_queue(DLQ)), (0, 1));
}

#[test]
fn a_dead_letter_that_finds_no_room_is_not_lost() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    let mut producer = rig.producer(&peer, queue("Q"));
    rig.send(&mut producer, "1");
    let given = rig.deliveries(&consumer);
    rig.full = true;
    rig.tell(peer.link, consumer.ack(MessageAck::POISON, &given));
    assert_eq!(rig.kept_in_queue("Q"), 1, "the store still has it");
    rig.full = false;
    rig.close(&consumer, -2);
    let again = rig.consumer(&peer, queue("Q"));
    assert_eq!(rig.texts(&again), ["1"], "and so does the queue");
}

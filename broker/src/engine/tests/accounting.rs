//! Bounds hold, and what is counted is given back.

use relaismq_openwire::{ConsumerInfo, MessageAck};

use super::{Answer, Consumer, Rig, queue, topic};
use crate::{
    engine::{Settings, WhenFull},
    model::Change,
};

#[test]
fn dead_letters_find_their_queue_although_there_are_as_many_destinations_as_may_be() {
    let mut rig = Rig::with(Settings { destinations: 1, ..Settings::default() });
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    let consumer = rig.consumer(&peer, queue("Q"));
    rig.send(&mut producer, "1");
    let given = rig.deliveries(&consumer);
    assert_eq!(rig.ack(&consumer, MessageAck::POISON, &given), Answer::Done);
    assert_eq!(rig.kept_in_queue("ActiveMQ.DLQ"), 1);
}

#[test]
fn what_found_no_room_in_the_store_is_not_counted() {
    let settings = Settings {
        queue_memory_bytes: 3000,
        store_bytes: Some(20_000),
        when_full: WhenFull::Refuse,
        ..Settings::default()
    };
    let mut rig = Rig::with(settings);
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    for _ in 0..5 {
        rig.send(&mut producer, "kept");
    }
    rig.full = true;
    for _ in 0..100 {
        let (answer, _) = rig.send_with(&mut producer, "refused", |_| ());
        assert_eq!(answer.class(), "javax.jms.ResourceAllocationException");
        rig.fire(&mut producer, "lost");
    }
    rig.full = false;
    rig.send(&mut producer, "kept again");
}

#[test]
fn messages_that_a_restart_has_found_count() {
    let settings = Settings { store_bytes: Some(20_000), ..Settings::default() };
    let mut rig = Rig::with(settings);
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    for _ in 0..5 {
        rig.send(&mut producer, "1");
    }
    rig.restart();
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    let given = rig.deliveries(&consumer);
    rig.consume(&consumer, &given);
    let mut producer = rig.producer(&peer, queue("Q"));
    rig.send(&mut producer, "2");
    assert_eq!(rig.texts(&consumer), ["2"]);
}

#[test]
fn consumed_messages_leave_a_full_store_although_senders_go_on_trying() {
    let mut rig = Rig::refusing();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    let consumer = rig.consumer(&peer, queue("Q"));
    rig.send(&mut producer, "1");
    let given = rig.deliveries(&consumer);
    rig.full = true;
    rig.tell(peer.link, consumer.ack(MessageAck::STANDARD, &given));
    let (answer, _) = rig.send_with(&mut producer, "2", |_| ());
    assert_eq!(answer.class(), "javax.jms.ResourceAllocationException");
    let last = rig.batches.last().expect("a batch");
    assert!(matches!(last.changes.as_slice(), [Change::Remove { .. }]), "{last:?}");
}

#[test]
fn advisory_topics_and_durable_subscriptions_are_bounded_too() {
    let mut rig = Rig::with(Settings { destinations: 10, ..Settings::default() });
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, topic("T"));
    let forged = (0..30).map(|number| {
        rig.send_with(&mut producer, "x", |message| {
            message.destination = Some(topic(&format!("ActiveMQ.Advisory.{number}")));
        })
    });
    let refused = forged.filter(|(answer, _)| *answer != Answer::Done).count();
    assert_eq!(refused, 11, "one topic and as many again as there may be destinations");
    let mut accepted = 0;
    for number in 0..30 {
        let id = peer.session().consumer(1000 + number);
        let info = Consumer { link: peer.link, id: id.clone(), destination: topic("T") }.info();
        let subscription_name = Some(format!("name {number}").into());
        accepted += usize::from(
            rig.request(&peer, ConsumerInfo { subscription_name, ..info }) == Answer::Done,
        );
        rig.remove(peer.link, id, -2);
    }
    assert_eq!(accepted, 10);
}

#[test]
fn a_message_for_very_many_destinations_is_refused() {
    let mut rig = Rig::with(Settings { transaction_bytes: 10_000, ..Settings::default() });
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    let names: Vec<String> = (0..20).map(|number| format!("Q{number}")).collect();
    let (answer, _) = rig.send_with(&mut producer, "x", |message| {
        message.destination = Some(queue(&names.join(",")));
    });
    assert_eq!(answer.class(), "javax.jms.ResourceAllocationException");
    assert_eq!(rig.kept_in_queue("Q0"), 0);
}

#[test]
fn a_redelivery_may_be_announced_before_its_rollback() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    let consumer = rig.consumer(&peer, queue("Q"));
    rig.send(&mut producer, "1");
    let given = rig.deliveries(&consumer);
    let within = rig.begin(&peer);
    assert_eq!(rig.ack_in(&consumer, MessageAck::STANDARD, &given, &within), Answer::Done);
    assert_eq!(rig.ack(&consumer, MessageAck::REDELIVERED, &given), Answer::Done);
    assert_eq!(rig.roll_back(&peer, &within), Answer::Done);
    rig.consume(&consumer, &given);
}

#[test]
fn a_consumer_that_acknowledges_nothing_gets_a_bounded_amount() {
    let mut rig = Rig::with(Settings { in_flight_bytes: 4000, ..Settings::default() });
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    let consumer = rig.consumer(&peer, queue("Q"));
    for number in 0..50 {
        rig.send(&mut producer, &number.to_string());
    }
    let mut seen = Vec::new();
    for _ in 0..20 {
        let given = rig.deliveries(&consumer);
        // The first ones whole, then no more than must be remembered of each.
        assert!(given.len() <= 20, "{}", given.len());
        seen.extend(given.iter().map(super::Delivery::text));
        if given.is_empty() {
            break;
        }
        let within = rig.begin(&peer);
        rig.ack_in(&consumer, MessageAck::STANDARD, &given, &within);
        assert_eq!(rig.deliveries(&consumer).len(), 0, "a transaction does not make it more");
        rig.commit(&peer, &within);
    }
    assert_eq!(seen.len(), 50);
}

#[test]
fn a_message_larger_than_any_bound_is_delivered_all_the_same() {
    let mut rig = Rig::with(Settings { in_flight_bytes: 1, ..Settings::default() });
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    let consumer = rig.consumer(&peer, queue("Q"));
    rig.send(&mut producer, "1");
    rig.send(&mut producer, "2");
    let given = rig.deliveries(&consumer);
    assert_eq!(given.len(), 1);
    rig.consume(&consumer, &given);
    assert_eq!(rig.texts(&consumer), ["2"]);
    rig.close(&consumer, -2);
    let consumer = rig.consumer(&peer, queue("Q"));
    assert_eq!(rig.texts(&consumer), ["2"], "what comes back is not counted twice");
}

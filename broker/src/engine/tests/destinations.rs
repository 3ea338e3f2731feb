//! Composite, wildcard, temporary and removed destinations; virtual topics.

use relaismq_openwire::{Destination, DestinationInfo};

use super::{Answer, Peer, Rig, queue, topic};
use crate::engine::Settings;

const INVALID: &str = "javax.jms.InvalidDestinationException";

pub(super) fn removal(destination: &Destination) -> DestinationInfo {
    DestinationInfo {
        destination: Some(destination.clone()),
        operation_type: DestinationInfo::REMOVE,
        ..DestinationInfo::default()
    }
}

pub(super) fn creation(destination: &Destination) -> DestinationInfo {
    DestinationInfo { operation_type: DestinationInfo::ADD, ..removal(destination) }
}

pub(super) fn temporary(peer: &Peer, number: u32) -> Destination {
    Destination::temp_queue(format!("{}:{number}", peer.connection))
}

#[test]
fn a_composite_send_makes_one_copy_for_each_part() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let listener = rig.consumer(&peer, topic("T"));
    let all = queue("A,B,topic://T,A");
    let mut producer = rig.producer(&peer, all.clone());
    let id = rig.send(&mut producer, "1");
    for (name, destination) in [("A", queue("A")), ("B", queue("B"))] {
        let consumer = rig.consumer(&peer, queue(name));
        let given = rig.deliveries(&consumer);
        assert_eq!(given.len(), 1);
        let message = given[0].message.as_ref().unwrap();
        assert_eq!(message.destination, Some(destination.clone()));
        assert_eq!(message.original_destination, Some(all.clone()));
        assert_eq!(given[0].id(), id);
        assert_eq!(given[0].destination, Some(destination));
    }
    let given = rig.deliveries(&listener);
    assert_eq!(given[0].destination, Some(topic("T")));
}

#[test]
fn a_composite_send_is_one_batch() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("A,B"));
    let before = rig.batches.len();
    rig.send(&mut producer, "1");
    assert_eq!(rig.batches.len(), before + 1);
}

#[test]
fn a_composite_consumer_listens_to_each_part() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("A,B"));
    for name in ["A", "B", "C"] {
        let mut producer = rig.producer(&peer, queue(name));
        rig.send(&mut producer, name);
    }
    let given = rig.deliveries(&consumer);
    let shown: Vec<_> = given.iter().map(|it| (it.text(), it.destination.clone())).collect();
    let expected = ["A", "B"].map(|name| (name.to_owned(), Some(queue(name))));
    assert_eq!(shown, expected);
    rig.consume(&consumer, &given);
    assert_eq!((rig.kept_in_queue("A"), rig.kept_in_queue("B")), (0, 0));
}

#[test]
fn a_pattern_listens_to_old_and_new_destinations() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let send = |rig: &mut Rig, destination: Destination| {
        let mut producer = rig.producer(&peer, destination.clone());
        rig.send(&mut producer, &destination.to_string());
    };
    send(&mut rig, queue("A.B"));
    let star = rig.consumer(&peer, queue("A.*"));
    let rest = rig.consumer(&peer, topic("A.>"));
    for name in ["A.C", "A.C.D", "a.C", "A"] {
        send(&mut rig, queue(name));
        send(&mut rig, topic(name));
    }
    assert_eq!(rig.texts(&star), ["queue://A.B", "queue://A.C"]);
    assert_eq!(rig.texts(&rest), ["topic://A.C", "topic://A.C.D", "topic://A"]);
}

#[test]
fn messages_of_many_destinations_share_a_window() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer_with(&peer, queue("A.*"), |info| info.prefetch_size = 2);
    for round in 0..3 {
        for name in ["A.1", "A.2", "A.3"] {
            let mut producer = rig.producer(&peer, queue(name));
            rig.send(&mut producer, &format!("{name}/{round}"));
        }
    }
    let mut seen = Vec::new();
    loop {
        let given = rig.deliveries(&consumer);
        let Some(first) = given.first() else { break };
        assert!(given.len() <= 2);
        seen.push(first.text());
        for it in &given {
            rig.consume(&consumer, std::slice::from_ref(it));
        }
        seen.extend(given.iter().skip(1).map(super::Delivery::text));
    }
    seen.sort();
    assert_eq!(seen.len(), 9, "{seen:?}");
}

#[test]
fn a_pattern_with_more_behind_its_end_is_refused() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    assert_eq!(rig.refused_consumer(&peer, queue("A.>.B"), |_| ()).class(), INVALID);
    assert_eq!(rig.refused_consumer(&peer, topic("B,A.>.B"), |_| ()).class(), INVALID);
    rig.consumer(&peer, queue("A.>.>"));
}

#[test]
fn sending_to_a_pattern_is_refused_and_leaks_nothing() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("A.B"));
    let mut anonymous = rig.producer_with(&peer, queue("A.B"), |info| info.destination = None);
    for name in ["A.*", "A.>", "A.B,A.*"] {
        anonymous.destination = queue(name);
        assert_eq!(rig.send_with(&mut anonymous, "1", |_| ()).0.class(), INVALID, "{name}");
    }
    assert_eq!(rig.texts(&consumer), [""; 0]);
}

#[test]
fn a_message_without_destination_is_refused() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut anonymous = rig.producer_with(&peer, queue("Q"), |info| info.destination = None);
    let (answer, _) = rig.send_with(&mut anonymous, "1", |message| message.destination = None);
    assert_eq!(answer.class(), INVALID);
}

#[test]
fn a_temporary_queue_carries_replies_across_connections() {
    let mut rig = Rig::new();
    let (asks, replies) = (rig.connect("a"), rig.connect("b"));
    let reply_to = temporary(&asks, 1);
    assert_eq!(rig.request(&asks, creation(&reply_to)), Answer::Done);
    assert_eq!(rig.request(&asks, creation(&reply_to)), Answer::Done);
    let consumer = rig.consumer(&asks, reply_to.clone());
    let mut producer = rig.producer(&replies, reply_to.clone());
    let before = rig.batches.len();
    rig.send(&mut producer, "pong");
    assert_eq!(rig.texts(&consumer), ["pong"]);
    assert_eq!(rig.batches.len(), before, "what is temporary never reaches the store");
    assert_eq!(rig.request(&asks, removal(&reply_to)), Answer::Done);
    let (answer, _) = rig.send_with(&mut producer, "late", |_| ());
    assert_eq!(answer.class(), "org.apache.activemq.DestinationDoesNotExistException");
    assert_eq!(answer.text(), reply_to.to_string(), "Java makes the sentence");
}

#[test]
fn temporary_destinations_belong_to_their_connection() {
    let mut rig = Rig::new();
    let (owner, other) = (rig.connect("a"), rig.connect("b"));
    let destination = temporary(&owner, 1);
    assert_eq!(rig.request(&other, creation(&destination)).class(), INVALID, "made by another");
    let unknown = rig.refused_consumer(&owner, destination.clone(), |_| ());
    assert_eq!(unknown.class(), INVALID, "consuming does not make it");
    rig.request(&owner, creation(&destination));
    assert_eq!(rig.refused_consumer(&other, destination.clone(), |_| ()).class(), INVALID);
    let composite = Destination::temp_queue(format!("{},x", destination.name));
    assert_eq!(rig.refused_consumer(&other, composite, |_| ()).class(), INVALID);
    assert_eq!(rig.request(&other, removal(&destination)).class(), INVALID);
    rig.consumer(&owner, destination);
}

#[test]
fn temporary_destinations_end_with_their_connection() {
    let mut rig = Rig::new();
    let (owner, other) = (rig.connect("a"), rig.connect("b"));
    let destination = temporary(&owner, 1);
    rig.request(&owner, creation(&destination));
    let mut producer = rig.producer(&other, destination);
    rig.send(&mut producer, "1");
    rig.cut(&owner);
    let (answer, _) = rig.send_with(&mut producer, "2", |_| ());
    assert_eq!(answer.class(), "org.apache.activemq.DestinationDoesNotExistException");
}

#[test]
fn a_connection_id_that_is_a_prefix_of_another_owns_nothing_of_it() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let foreign = Destination::temp_queue(format!("{}0:1", peer.connection));
    assert_eq!(rig.request(&peer, creation(&foreign)).class(), INVALID);
}

#[test]
fn removing_a_queue_drops_its_messages() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    rig.send(&mut producer, "1");
    assert_eq!(rig.request(&peer, removal(&queue("Q"))), Answer::Done);
    assert_eq!(rig.request(&peer, removal(&queue("Q"))), Answer::Done, "unknown");
    assert_eq!(rig.kept_in_queue("Q"), 0);
    rig.send(&mut producer, "2");
    let consumer = rig.consumer(&peer, queue("Q"));
    assert_eq!(rig.texts(&consumer), ["2"]);
}

#[test]
fn a_destination_in_use_is_not_removed_unless_one_insists() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    for destination in [queue("D"), topic("D")] {
        let consumer = rig.consumer(&peer, destination.clone());
        let answer = rig.request(&peer, removal(&destination));
        assert_eq!(answer.class(), super::JMS);
        assert!(answer.text().contains("still has an active subscription"), "{answer:?}");
        let insisting = DestinationInfo { timeout: 1, ..removal(&destination) };
        assert_eq!(rig.request(&peer, insisting), Answer::Done);
        // Its consumer hears from the destination again once that is made anew.
        let mut producer = rig.producer(&peer, destination);
        rig.send(&mut producer, "1");
        assert_eq!(rig.texts(&consumer), ["1"]);
    }
}

#[test]
fn a_removed_queue_takes_its_messages_in_flight_along() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer_with(&peer, queue("A,B"), |info| info.prefetch_size = 2);
    let (mut to_a, mut to_b) = (rig.producer(&peer, queue("A")), rig.producer(&peer, queue("B")));
    rig.send(&mut to_a, "1");
    rig.send(&mut to_a, "2");
    rig.send(&mut to_b, "3");
    let given = rig.deliveries(&consumer);
    let id = rig.begin(&peer);
    rig.ack_in(&consumer, relaismq_openwire::MessageAck::STANDARD, &given[..1], &id);
    let insisting = DestinationInfo { timeout: 1, ..removal(&queue("A")) };
    assert_eq!(rig.request(&peer, insisting), Answer::Done);
    assert_eq!(rig.texts(&consumer), ["3"], "the window is free again");
    rig.roll_back(&peer, &id);
    rig.close(&consumer, -2);
    let other = rig.consumer(&peer, queue("A"));
    assert_eq!(rig.texts(&other), [""; 0]);
}

#[test]
fn the_number_of_destinations_is_bounded_but_not_for_advisories() {
    let mut rig = Rig::with(Settings { destinations: 2, ..Settings::default() });
    let peer = rig.connect("a");
    rig.consumer(&peer, queue("A"));
    rig.consumer(&peer, topic("B"));
    let answer = rig.refused_consumer(&peer, queue("C"), |_| ());
    assert_eq!(answer.class(), "javax.jms.IllegalStateException");
    assert_eq!(rig.request(&peer, creation(&temporary(&peer, 1))).class(), answer.class());
    rig.consumer(&peer, topic("ActiveMQ.Advisory.Queue"));
}

#[test]
fn a_virtual_topic_is_copied_to_its_queues() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, topic("VirtualTopic.Orders"));
    rig.send(&mut producer, "before there is a queue");
    let a = rig.consumer(&peer, queue("Consumer.A.VirtualTopic.Orders"));
    rig.producer(&peer, queue("Consumer.B.VirtualTopic.Orders"));
    let listener = rig.consumer(&peer, topic("VirtualTopic.Orders"));
    let id = rig.send(&mut producer, "1");
    let given = rig.deliveries(&a);
    assert_eq!(given.len(), 1);
    let message = given[0].message.as_ref().unwrap();
    assert_eq!(message.destination, Some(queue("Consumer.A.VirtualTopic.Orders")));
    assert_eq!(message.original_destination, Some(topic("VirtualTopic.Orders")));
    assert_eq!(given[0].id(), id);
    assert_eq!(rig.kept_in_queue("Consumer.B.VirtualTopic.Orders"), 1);
    assert_eq!(rig.texts(&listener), ["1"]);
}

//! Bounds hold, and what is counted is given back.

use relaismq_openwire::MessageAck;

use super::{Answer, Rig, queue};
use crate::engine::Settings;

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
    let settings =
        Settings { queue_memory_bytes: 3000, store_bytes: Some(20_000), ..Settings::default() };
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
fn a_repeated_commit_is_confirmed_only_when_the_first_is_stored() {
    let mut rig = Rig::new();
    let peer = rig.connect_failover("a");
    let producer = rig.producer(&peer, queue("Q"));
    rig.frozen = true;
    let mut first = producer.clone();
    let begun = rig.begin(&peer);
    rig.enlist(&mut first, "1", &begun);
    rig.commit(&peer, &begun);
    let peer = rig.reconnect(&peer);
    let mut again = super::Producer { link: peer.link, sequence: 0, ..producer };
    rig.tell(peer.link, again_info(&again));
    let begun = rig.begin(&peer);
    rig.enlist(&mut again, "1", &begun);
    let commit = rig.commit(&peer, &begun);
    let number = commit.command();
    rig.thaw();
    assert_eq!(rig.answer_to(peer.link, number), Answer::Done);
    assert_eq!(rig.kept_in_queue("Q"), 1);
}

fn again_info(producer: &super::Producer) -> relaismq_openwire::ProducerInfo {
    relaismq_openwire::ProducerInfo {
        producer_id: Some(producer.id.clone()),
        destination: Some(producer.destination.clone()),
        ..relaismq_openwire::ProducerInfo::default()
    }
}

#[test]
fn a_repeated_commit_whose_first_found_no_room_fails_too() {
    let mut rig = Rig::new();
    let peer = rig.connect_failover("a");
    let producer = rig.producer(&peer, queue("Q"));
    (rig.frozen, rig.full) = (true, true);
    let mut first = producer.clone();
    let begun = rig.begin(&peer);
    rig.enlist(&mut first, "1", &begun);
    rig.commit(&peer, &begun);
    let peer = rig.reconnect(&peer);
    let mut again = super::Producer { link: peer.link, sequence: 0, ..producer };
    rig.tell(peer.link, again_info(&again));
    let begun = rig.begin(&peer);
    rig.enlist(&mut again, "1", &begun);
    let commit = rig.commit(&peer, &begun);
    rig.thaw();
    let answer = match commit {
        Answer::Pending(number) => rig.answer_to(peer.link, number),
        other => other,
    };
    assert_eq!(answer.class(), "javax.jms.ResourceAllocationException");
    rig.full = false;
    assert_eq!(rig.kept_in_queue("Q"), 0);
}

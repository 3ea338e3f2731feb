//! Message groups: with whom they stay, and when they move.

use relaismq_openwire::ConsumerControl;

use super::{Consumer, Delivery, Peer, Producer, Rig, queue};

/// A client with a producer for the queue that it consumes from.
fn setting() -> (Rig, Peer, Producer) {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let producer = rig.producer(&peer, queue("Q"));
    (rig, peer, producer)
}

fn grouped(rig: &mut Rig, producer: &mut Producer, group: &str, sequence: i32, text: &str) {
    rig.send_with(producer, text, |message| {
        message.group_id = Some(group.into());
        message.group_sequence = sequence;
    });
}

fn window_of_one(rig: &mut Rig, peer: &Peer) -> Consumer {
    rig.consumer_with(peer, queue("Q"), |info| info.prefetch_size = 1)
}

#[test]
fn a_group_stays_with_its_consumer() {
    let (mut rig, peer, mut producer) = setting();
    let consumers: [Consumer; 2] = std::array::from_fn(|_| rig.consumer(&peer, queue("Q")));
    for round in 1..=3 {
        for group in ["A", "B"] {
            grouped(&mut rig, &mut producer, group, round, &format!("{group}{round}"));
        }
    }
    let given = rig.deliveries(&consumers[0]);
    assert_eq!(given.iter().map(Delivery::text).collect::<Vec<_>>(), ["A1", "A2", "A3"]);
    let first: Vec<bool> =
        given.iter().map(|it| it.message.as_ref().unwrap().group_first_for_consumer).collect();
    assert_eq!(first, [true, false, false]);
    assert_eq!(rig.texts(&consumers[1]), ["B1", "B2", "B3"]);
}

#[test]
fn a_negative_sequence_closes_the_group() {
    let (mut rig, peer, mut producer) = setting();
    let consumers: [Consumer; 2] = std::array::from_fn(|_| rig.consumer(&peer, queue("Q")));
    grouped(&mut rig, &mut producer, "A", 1, "1");
    grouped(&mut rig, &mut producer, "A", -1, "last");
    assert_eq!(rig.texts(&consumers[0]), ["1", "last"]);
    grouped(&mut rig, &mut producer, "A", 5, "anew");
    assert_eq!(rig.texts(&consumers[1]), ["anew"]);
}

#[test]
fn sequence_one_gives_the_group_to_whoever_is_next() {
    let (mut rig, peer, mut producer) = setting();
    let consumers: [Consumer; 2] = std::array::from_fn(|_| rig.consumer(&peer, queue("Q")));
    grouped(&mut rig, &mut producer, "A", 1, "1");
    grouped(&mut rig, &mut producer, "A", 1, "again 1");
    grouped(&mut rig, &mut producer, "A", 2, "2");
    assert_eq!(rig.texts(&consumers[0]), ["1"]);
    assert_eq!(rig.texts(&consumers[1]), ["again 1", "2"]);
}

#[test]
fn a_group_whose_consumer_closes_goes_to_another_with_its_messages() {
    let (mut rig, peer, mut producer) = setting();
    let consumers: [Consumer; 2] = std::array::from_fn(|_| {
        rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 2)
    });
    for number in 1..=4 {
        grouped(&mut rig, &mut producer, "A", number + 1, &number.to_string());
    }
    assert_eq!(rig.texts(&consumers[0]), ["1", "2"]);
    assert_eq!(rig.texts(&consumers[1]), [""; 0], "the owner is waited for");
    rig.close(&consumers[0], -2);
    let given = rig.deliveries(&consumers[1]);
    assert_eq!(given.iter().map(Delivery::text).collect::<Vec<_>>(), ["1", "2"]);
    assert!(given[0].message.as_ref().unwrap().group_first_for_consumer);
    assert!(!given[1].message.as_ref().unwrap().group_first_for_consumer);
}

#[test]
fn a_waiting_group_does_not_hold_up_others() {
    let (mut rig, peer, mut producer) = setting();
    let consumers: [Consumer; 2] = std::array::from_fn(|_| {
        rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 1)
    });
    grouped(&mut rig, &mut producer, "A", 2, "A1");
    grouped(&mut rig, &mut producer, "A", 3, "A2");
    grouped(&mut rig, &mut producer, "B", 2, "B1");
    let given = rig.deliveries(&consumers[0]);
    assert_eq!(given[0].text(), "A1");
    assert_eq!(rig.texts(&consumers[1]), ["B1"]);
    rig.consume(&consumers[0], &given);
    assert_eq!(rig.texts(&consumers[0]), ["A2"]);
}

#[test]
fn many_groups_are_forgotten_oldest_first() {
    let (mut rig, peer, mut producer) = setting();
    let consumers: [Consumer; 2] = std::array::from_fn(|_| {
        rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 10_000)
    });
    for number in 0..2000 {
        grouped(&mut rig, &mut producer, &format!("G{number}"), 2, "x");
    }
    rig.deliveries(&consumers[0]);
    rig.deliveries(&consumers[1]);
    // The first group was with the first consumer; it is assigned afresh.
    grouped(&mut rig, &mut producer, "G1999", 3, "kept");
    assert_eq!(rig.texts(&consumers[1]), ["kept"]);
    grouped(&mut rig, &mut producer, "G1", 3, "forgotten");
    assert_eq!(rig.texts(&consumers[0]), ["forgotten"]);
}

#[test]
fn an_exclusive_consumer_takes_groups_over() {
    let (mut rig, peer, mut producer) = setting();
    let owner = rig.consumer(&peer, queue("Q"));
    grouped(&mut rig, &mut producer, "G", 1, "1");
    assert_eq!(rig.texts(&owner), ["1"]);
    let exclusive = rig.consumer_with(&peer, queue("Q"), |info| info.exclusive = true);
    grouped(&mut rig, &mut producer, "G", 2, "2");
    assert_eq!(rig.texts(&exclusive), ["2"]);
}

#[test]
fn a_group_that_begins_anew_takes_along_what_waited_for_its_old_consumer() {
    let (mut rig, peer, mut producer) = setting();
    let old = window_of_one(&mut rig, &peer);
    let new = rig.consumer(&peer, queue("Q"));
    grouped(&mut rig, &mut producer, "G", 1, "1");
    assert_eq!(rig.texts(&old), ["1"]);
    grouped(&mut rig, &mut producer, "G", 2, "2");
    assert_eq!(rig.texts(&new), [""; 0], "it waits for its consumer");
    grouped(&mut rig, &mut producer, "G", 1, "anew");
    let mut given = rig.texts(&new);
    given.sort();
    assert_eq!(given, ["2", "anew"], "and is not forgotten when the group moves");
}

#[test]
fn what_waits_for_a_forgotten_group_is_found_when_its_consumer_closes() {
    let (mut rig, peer, mut producer) = setting();
    let owner = window_of_one(&mut rig, &peer);
    let other = rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 5000);
    grouped(&mut rig, &mut producer, "old", 1, "first");
    let given = rig.deliveries(&owner);
    grouped(&mut rig, &mut producer, "old", 2, "second");
    for number in 0..1024 {
        grouped(&mut rig, &mut producer, &format!("group {number}"), 1, "filler");
    }
    rig.deliveries(&other);
    let shut = ConsumerControl {
        consumer_id: Some(owner.id.clone()),
        prefetch: 0,
        ..ConsumerControl::default()
    };
    rig.request(&peer, shut);
    rig.consume(&owner, &given);
    rig.close(&owner, -1);
    assert_eq!(rig.texts(&other), ["second"]);
}

// A Java application that is scaled up: the new instance shall take the groups that begin now.
#[test]
fn a_new_group_goes_to_the_consumer_with_the_fewest() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    let old = rig.consumer(&peer, queue("Q"));
    for group in ["A", "B", "C"] {
        grouped(&mut rig, &mut producer, group, 0, group);
    }
    let new = rig.consumer(&peer, queue("Q"));
    for group in ["D", "E", "A", "F"] {
        grouped(&mut rig, &mut producer, group, 0, group);
    }
    assert_eq!(rig.texts(&old), ["A", "B", "C", "A"]);
    assert_eq!(rig.texts(&new), ["D", "E", "F"]);
}

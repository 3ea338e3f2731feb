//! Message groups that move between consumers.

use relaismq_openwire::ConsumerControl;

use super::{Consumer, Producer, Rig, queue};

fn grouped(rig: &mut Rig, producer: &mut Producer, group: &str, sequence: i32, text: &str) {
    rig.send_with(producer, text, |message| {
        message.group_id = Some(group.into());
        message.group_sequence = sequence;
    });
}

fn window_of_one(rig: &mut Rig, peer: &super::Peer) -> Consumer {
    rig.consumer_with(peer, queue("Q"), |info| info.prefetch_size = 1)
}

#[test]
fn a_group_that_begins_anew_takes_along_what_waited_for_its_old_consumer() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
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
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
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

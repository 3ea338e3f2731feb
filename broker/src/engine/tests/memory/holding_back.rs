//! Senders of light messages wait for a queue that drains; one that does not drain spills.

use super::{Answer, Consumer, Peer, Producer, Rig, all, destinations, numbers, queue, small};
use crate::engine::Settings;

/// A queue full of light messages of one client while another client consumes from it.
fn held_back() -> (Rig, Peer, Producer, Consumer) {
    let mut rig = Rig::with(small());
    let (quick, other) = (rig.connect("quick"), rig.connect("other"));
    let consumer = rig.consumer_with(&other, queue("Q"), |info| info.prefetch_size = 1);
    let mut producer = rig.producer(&quick, queue("Q"));
    while rig.paused.is_empty() {
        assert!(producer.sequence < 100, "never held back");
        rig.fire(&mut producer, "x");
    }
    assert!(rig.paused.contains(&quick.link));
    assert_eq!(rig.kept_in_queue("Q"), 0, "nothing is written to disk for it");
    (rig, quick, producer, consumer)
}

#[test]
fn a_light_sender_waits_until_the_queue_has_drained_to_half() {
    let (mut rig, quick, mut producer, consumer) = held_back();
    let mut consumed = 0;
    while rig.paused.contains(&quick.link) {
        let given = rig.deliveries(&consumer);
        assert_eq!(given.len(), 1, "drained and still held back");
        rig.consume(&consumer, &given);
        consumed += 1;
    }
    assert!(consumed >= 4, "{consumed}");
    rig.fire(&mut producer, "x");
    assert!(rig.paused.is_empty());
}

#[test]
fn a_queue_that_does_not_drain_spills_and_lets_its_sender_go_on() {
    let (mut rig, _, mut producer, consumer) = held_back();
    rig.advance(std::time::Duration::from_millis(500));
    assert!(rig.paused.is_empty());
    for _ in 0..50 {
        rig.fire(&mut producer, "x");
    }
    assert!(rig.paused.is_empty());
    assert!(rig.kept_in_queue("Q") >= 50);
    let sent = usize::try_from(producer.sequence).unwrap();
    assert_eq!(all(&mut rig, &consumer).len(), sent);
}

#[test]
fn a_sender_that_is_held_back_for_two_reasons_is_paused_once() {
    let mut rig = Rig::with(Settings { store_backlog_bytes: 2000, ..small() });
    let (quick, other) = (rig.connect("quick"), rig.connect("other"));
    rig.consumer_with(&other, queue("Q"), |info| info.prefetch_size = 1);
    let mut producer = rig.producer(&quick, queue("Q"));
    rig.frozen = true;
    for number in 0..40 {
        let text = "x".repeat(500);
        let message = producer.message(&text, |message| message.persistent = number % 2 == 0);
        rig.tell(quick.link, message);
    }
    assert!(rig.paused.contains(&quick.link));
    rig.thaw();
    rig.advance(std::time::Duration::from_secs(1));
    assert!(rig.paused.is_empty());
}

#[test]
fn a_queue_that_is_removed_lets_its_senders_go_on() {
    let (mut rig, quick, ..) = held_back();
    let insisting =
        relaismq_openwire::DestinationInfo { timeout: 1, ..destinations::removal(&queue("Q")) };
    assert_eq!(rig.request(&quick, insisting), Answer::Done);
    assert!(rig.paused.is_empty());
}

// Many senders are held back at once, and of each a lot has been read already.
#[test]
fn what_had_been_read_from_senders_that_are_held_back_fits_into_memory_or_is_spilled() {
    let bound = 16_000;
    let mut rig = Rig::with(Settings { memory_bytes: bound, ..small() });
    let quick = rig.connect("quick");
    let other = rig.connect("other");
    let consumer = rig.consumer_with(&other, queue("Q"), |info| info.prefetch_size = 1);
    let mut producer = rig.producer(&quick, queue("Q"));
    for number in 0..100 {
        rig.fire(&mut producer, &number.to_string());
    }
    assert!(rig.paused.contains(&quick.link), "it was read all the same");
    let held = rig.memory().0;
    assert!(held <= bound, "{held} bytes in memory");
    assert!(rig.kept_in_queue("Q") > 50);
    assert_eq!(all(&mut rig, &consumer), numbers(0..100));
}

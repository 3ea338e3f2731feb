//! All queues together, a store without disk, a store that is slow.

use super::{Answer, Rig, all, destinations, numbers, queue};
use crate::engine::{Settings, WhenFull};

#[test]
fn all_queues_together_are_bounded() {
    let settings = Settings { memory_bytes: 2_000_000, ..Settings::default() };
    let mut rig = Rig::with(settings);
    let peer = rig.connect("a");
    for name in ["A", "B", "C", "D"] {
        let mut producer = rig.producer(&peer, queue(name));
        for text in numbers(0..3000) {
            rig.send(&mut producer, &text);
        }
    }
    // One that was there before, and 1 MiB for each of the others.
    assert!(rig.memory().0 <= 5_200_000, "{}", rig.memory().0);
    for name in ["A", "B", "C", "D"] {
        let consumer = rig.consumer(&peer, queue(name));
        assert_eq!(all(&mut rig, &consumer), numbers(0..3000));
    }
}

#[test]
fn a_store_without_disk_refuses_what_is_too_much_until_there_is_room() {
    let mut rig = Rig::with(Settings {
        store_bytes: Some(10_000),
        when_full: WhenFull::Refuse,
        ..Settings::default()
    });
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    let text = "x".repeat(1000);
    let mut sent = 0;
    let refusal = loop {
        match rig.send_with(&mut producer, &text, |_| ()).0 {
            Answer::Done => sent += 1,
            refusal => break refusal,
        }
        assert!(sent < 20, "never refused");
    };
    assert_eq!(refusal.class(), "javax.jms.ResourceAllocationException");
    let consumer = rig.consumer(&peer, queue("Q"));
    let seen = all(&mut rig, &consumer);
    assert_eq!(seen.len(), sent);
    rig.send(&mut producer, "room again");
}

#[test]
fn a_removed_queue_makes_room() {
    let mut rig = Rig::with(Settings { store_bytes: Some(10_000), ..Settings::default() });
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    let accepted =
        (0..100).take_while(|_| rig.send_with(&mut producer, "x", |_| ()).0 == Answer::Done);
    assert!(accepted.count() < 100, "never refused");
    assert_eq!(rig.request(&peer, destinations::removal(&queue("Q"))), Answer::Done);
    rig.send(&mut producer, "room again");
}

#[test]
fn who_sends_faster_than_the_store_writes_is_not_read_from() {
    let settings = Settings { store_backlog_bytes: 10_000, ..Settings::default() };
    let mut rig = Rig::with(settings);
    let (quick, other) = (rig.connect("quick"), rig.connect("other"));
    let mut producer = rig.producer(&quick, queue("Q"));
    rig.frozen = true;
    for _ in 0..20 {
        let message = producer.message(&"x".repeat(1000), |_| ());
        rig.tell(quick.link, message);
    }
    assert!(rig.paused.contains(&quick.link));
    assert!(!rig.paused.contains(&other.link), "others go on");
    rig.thaw();
    assert!(rig.paused.is_empty());
    assert_eq!(rig.kept_in_queue("Q"), 20);
}

#[test]
fn a_paused_client_that_goes_leaves_nothing_behind() {
    let settings = Settings { store_backlog_bytes: 1000, ..Settings::default() };
    let mut rig = Rig::with(settings);
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    rig.frozen = true;
    for _ in 0..5 {
        let message = producer.message(&"x".repeat(1000), |_| ());
        rig.tell(peer.link, message);
    }
    rig.cut(&peer);
    rig.paused.clear();
    rig.thaw();
    assert!(rig.paused.is_empty());
}

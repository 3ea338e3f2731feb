//! Consumers with prefetch 0.

use std::time::Duration;

use relaismq_openwire::{ConsumerControl, MessagePull};

use super::{Answer, Consumer, Peer, Producer, Rig, queue};
use crate::engine::Settings;

fn puller() -> (Rig, Peer, Consumer, Producer) {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 0);
    let producer = rig.producer(&peer, queue("Q"));
    (rig, peer, consumer, producer)
}

#[test]
fn nothing_comes_without_a_pull_and_one_message_with_each() {
    let (mut rig, _, consumer, mut producer) = puller();
    for text in ["1", "2", "3"] {
        rig.send(&mut producer, text);
    }
    assert_eq!(rig.texts(&consumer), [""; 0]);
    rig.pull(&consumer, 0);
    assert_eq!(rig.texts(&consumer), ["1"]);
    rig.pull(&consumer, -1);
    assert_eq!(rig.texts(&consumer), ["2"]);
    rig.pull(&consumer, 1000);
    assert_eq!(rig.texts(&consumer), ["3"]);
}

#[test]
fn a_pull_that_does_not_wait_is_answered_at_once() {
    let (mut rig, _, consumer, _) = puller();
    rig.pull(&consumer, -1);
    assert_eq!(rig.texts(&consumer), ["(marker)"]);
}

#[test]
fn a_pull_with_a_timeout_gets_its_marker_when_that_has_passed() {
    let (mut rig, _, consumer, _) = puller();
    rig.pull(&consumer, 500);
    rig.advance(Duration::from_millis(499));
    assert_eq!(rig.texts(&consumer), [""; 0]);
    rig.advance(Duration::from_millis(1));
    assert_eq!(rig.texts(&consumer), ["(marker)"]);
    rig.advance(Duration::from_secs(5));
    assert_eq!(rig.texts(&consumer), [""; 0], "one answer to one pull");
}

#[test]
fn a_message_ends_the_wait() {
    let (mut rig, _, consumer, mut producer) = puller();
    rig.pull(&consumer, 500);
    rig.advance(Duration::from_millis(100));
    rig.send(&mut producer, "1");
    rig.send(&mut producer, "2");
    assert_eq!(rig.texts(&consumer), ["1"]);
    rig.advance(Duration::from_secs(1));
    assert_eq!(rig.texts(&consumer), [""; 0]);
}

#[test]
fn timeout_zero_waits_for_ever() {
    let (mut rig, _, consumer, mut producer) = puller();
    rig.pull(&consumer, 0);
    rig.advance(Duration::from_secs(86_400));
    assert_eq!(rig.texts(&consumer), [""; 0]);
    rig.send(&mut producer, "1");
    assert_eq!(rig.texts(&consumer), ["1"]);
}

#[test]
fn a_pull_of_an_unknown_consumer_is_refused() {
    let (mut rig, peer, _, _) = puller();
    let pull =
        MessagePull { consumer_id: Some(peer.session().consumer(99)), ..MessagePull::default() };
    assert_eq!(rig.request(&peer, pull).class(), "java.lang.IllegalArgumentException");
}

#[test]
fn a_pull_that_does_not_wait_gets_what_is_only_in_the_store() {
    let (mut rig, ..) = puller();
    let peer = rig.connect("b");
    let mut producer = rig.producer(&peer, queue("R"));
    rig.send(&mut producer, "1");
    rig.restart();
    let peer = rig.connect("a");
    let consumer = rig.consumer_with(&peer, queue("R"), |info| info.prefetch_size = 0);
    rig.pull(&consumer, -1);
    rig.advance(Duration::from_millis(10));
    assert_eq!(rig.texts(&consumer), ["1"]);
    rig.pull(&consumer, -1);
    rig.advance(Duration::from_millis(10));
    assert_eq!(rig.texts(&consumer), ["(marker)"]);
}

#[test]
fn a_pull_ends_although_memory_is_full_of_what_the_consumer_does_not_want() {
    let mut rig = Rig::with(Settings { queue_memory_bytes: 4000, ..Settings::default() });
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    for _ in 0..20 {
        rig.send(&mut producer, "unwanted");
    }
    let consumer = rig.consumer_with(&peer, queue("Q"), |info| {
        info.prefetch_size = 0;
        info.selector = Some("wanted = TRUE".into());
    });
    rig.pull(&consumer, -1);
    rig.advance(Duration::from_millis(100));
    assert_eq!(rig.texts(&consumer), ["(marker)"]);
}

#[test]
fn a_window_can_be_opened_and_closed_later() {
    let (mut rig, peer, consumer, mut producer) = puller();
    for text in ["1", "2", "3", "4"] {
        rig.send(&mut producer, text);
    }
    let control = |prefetch| ConsumerControl {
        consumer_id: Some(consumer.id.clone()),
        destination: Some(queue("Q")),
        prefetch,
        ..ConsumerControl::default()
    };
    assert_eq!(rig.request(&peer, control(2)), Answer::Done);
    let given = rig.deliveries(&consumer);
    assert_eq!(given.len(), 2);
    assert_eq!(rig.request(&peer, control(-1)), Answer::Done);
    rig.consume(&consumer, &given);
    assert_eq!(rig.texts(&consumer), [""; 0]);
}

#[test]
fn a_negative_prefetch_delivers_nothing() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = -5);
    let mut producer = rig.producer(&peer, queue("Q"));
    rig.send(&mut producer, "1");
    assert_eq!(rig.texts(&consumer), [""; 0]);
}

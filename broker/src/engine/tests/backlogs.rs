//! What waits in memory only: for topic subscribers that are far behind, and in temporary queues.

use std::time::Duration;

use relaismq_openwire::{ConsumerInfo, Destination};

use super::{Consumer, Peer, Producer, Rig, topic};
use crate::engine::Settings;

/// Memory for about ten messages; a subscriber may always be three behind.
fn short() -> Settings {
    Settings { topic_backlog: 3, memory_bytes: 20_000, ..Settings::default() }
}

/// A publisher, and a subscriber on a connection of its own that takes one at a time.
fn far_behind(settings: Settings) -> (Rig, Peer, Producer, Consumer) {
    let mut rig = Rig::with(settings);
    let (quick, slow) = (rig.connect("quick"), rig.connect("slow"));
    let one = |info: &mut ConsumerInfo| info.prefetch_size = 1;
    let subscriber = rig.consumer_with(&slow, topic("T"), one);
    let mut producer = rig.producer(&quick, topic("T"));
    for number in 0..30 {
        if !rig.paused.contains(&quick.link) {
            rig.fire(&mut producer, &number.to_string());
        }
    }
    (rig, quick, producer, subscriber)
}

/// Takes what there is, one by one.
fn texts(rig: &mut Rig, subscriber: &Consumer) -> Vec<String> {
    let mut seen = Vec::new();
    loop {
        let given = rig.deliveries(subscriber);
        if given.is_empty() {
            return seen;
        }
        seen.extend(given.iter().map(super::Delivery::text));
        rig.consume(subscriber, &given);
    }
}

fn numbers(count: i64) -> Vec<String> {
    (0..count).map(|number| number.to_string()).collect()
}

// A Java subscriber that was 10,000 messages or 16 MiB behind its prefetch lost messages, although
// there was memory for them. ActiveMQ keeps them.
#[test]
fn a_subscriber_loses_nothing_while_there_is_memory() {
    let (mut rig, quick, _, subscriber) = far_behind(Settings { memory_bytes: 1 << 20, ..short() });
    assert!(!rig.paused.contains(&quick.link));
    assert_eq!(texts(&mut rig, &subscriber), numbers(30));
}

// ActiveMQ's flow control holds publishers back when memory is full.
#[test]
fn publishers_wait_for_a_subscriber_that_goes_on() {
    let (mut rig, quick, mut producer, subscriber) = far_behind(short());
    assert!(rig.paused.contains(&quick.link));
    let before = producer.sequence;
    for _ in 0..3 {
        // One message in each while is enough.
        rig.advance(Duration::from_millis(499));
        assert!(rig.paused.contains(&quick.link), "still behind");
        let given = rig.deliveries(&subscriber);
        rig.consume(&subscriber, &given);
    }
    let rest = texts(&mut rig, &subscriber);
    assert_eq!(rest, numbers(before)[3..]);
    assert!(rig.paused.is_empty());
    rig.fire(&mut producer, "later");
    assert_eq!(texts(&mut rig, &subscriber), ["later"]);
}

#[test]
fn a_subscriber_that_takes_nothing_costs_only_itself() {
    let (mut rig, quick, mut producer, subscriber) = far_behind(short());
    rig.advance(Duration::from_secs(1));
    assert!(rig.paused.is_empty());
    for text in ["x", "y", "z"] {
        rig.fire(&mut producer, text);
        assert!(!rig.paused.contains(&quick.link));
    }
    let seen = texts(&mut rig, &subscriber);
    assert_eq!(seen, ["0", "12", "13", "x", "y", "z"], "its oldest are gone");
}

#[test]
fn a_subscriber_that_leaves_is_not_waited_for() {
    let (mut rig, quick, _, subscriber) = far_behind(short());
    assert!(rig.paused.contains(&quick.link));
    rig.close(&subscriber, -1);
    assert!(rig.paused.is_empty());
}

// A Java requester that was slow to read large replies lost those beyond 16 MiB. ActiveMQ keeps
// them, and holds the sender back when memory is full.
#[test]
fn replies_wait_in_memory_and_their_sender_for_room() {
    let mut rig = Rig::with(Settings { queue_memory_bytes: 3000, ..short() });
    let (asks, replies) = (rig.connect("asks"), rig.connect("replies"));
    let reply_to = Destination::temp_queue(format!("{}:1", asks.connection));
    rig.request(&asks, super::destinations::creation(&reply_to));
    let consumer = rig.consumer_with(&asks, reply_to.clone(), |info| info.prefetch_size = 1);
    let mut producer = rig.producer(&replies, reply_to);
    while rig.paused.is_empty() {
        rig.fire(&mut producer, "x");
    }
    let sent = usize::try_from(producer.sequence).unwrap();
    assert!(sent > 5, "{sent}: more than the queue's own share");
    assert_eq!(texts(&mut rig, &consumer).len(), sent);
    assert!(rig.paused.is_empty());
    assert!(rig.errors(replies.link).is_empty());
}

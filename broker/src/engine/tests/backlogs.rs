//! What waits for topic subscribers that are far behind, and in temporary queues.

use std::time::Duration;

use relaismq_openwire::{ConsumerInfo, Destination};

use super::{Consumer, Peer, Producer, Rig, topic};
use crate::{engine::Settings, model::Container};

/// Memory for about ten messages.
fn short() -> Settings {
    Settings { memory_bytes: 12_000, ..Settings::default() }
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

// It lost its oldest messages when it was 16 MiB behind. ActiveMQ writes them to its temporary store.
#[test]
fn a_subscriber_that_takes_nothing_slows_its_publisher_for_a_moment_and_loses_nothing() {
    let (mut rig, quick, mut producer, subscriber) = far_behind(short());
    assert!(rig.paused.contains(&quick.link));
    rig.advance(Duration::from_millis(500));
    assert!(rig.paused.is_empty());
    for number in producer.sequence..100 {
        rig.fire(&mut producer, &number.to_string());
        assert!(rig.paused.is_empty());
    }
    assert_eq!(texts(&mut rig, &subscriber), numbers(100));
}

#[test]
fn publishers_go_on_when_their_subscriber_has_caught_up() {
    let (mut rig, _, mut producer, subscriber) = far_behind(short());
    let before = producer.sequence;
    assert_eq!(texts(&mut rig, &subscriber), numbers(before));
    assert!(rig.paused.is_empty());
    rig.fire(&mut producer, "later");
    assert_eq!(texts(&mut rig, &subscriber), ["later"]);
}

/// The next start need not look for a subscriber that no longer exists.
#[test]
fn what_waits_in_the_store_for_a_subscriber_goes_with_it_or_with_the_broker() {
    let (mut rig, _, mut producer, subscriber) = far_behind(short());
    rig.advance(Duration::from_millis(500));
    for number in producer.sequence..100 {
        rig.fire(&mut producer, &number.to_string());
    }
    let container = Container::Subscriber(1);
    let kept = rig.kept_messages(&container);
    assert!(kept.len() > 50, "{}", kept.len());
    rig.close(&subscriber, -1);
    assert_eq!(rig.kept_messages(&container), []);
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

//! Plain topic subscribers.

use super::{Rig, queue, topic};
use crate::engine::Settings;

#[test]
fn every_subscriber_gets_every_message_from_now_on() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, topic("T"));
    rig.send(&mut producer, "early");
    let subscribers = [rig.consumer(&peer, topic("T")), rig.consumer(&peer, topic("T"))];
    rig.send(&mut producer, "1");
    rig.fire(&mut producer, "2");
    let mut sequences = Vec::new();
    for subscriber in &subscribers {
        let given = rig.deliveries(subscriber);
        assert_eq!(given.iter().map(super::Delivery::text).collect::<Vec<_>>(), ["1", "2"]);
        sequences.push(given[0].sequence());
    }
    assert_eq!(sequences[0], sequences[1], "one message has one number");
    assert!(rig.batches.iter().all(|batch| batch.changes.is_empty()), "nothing is stored");
}

#[test]
fn a_subscriber_may_leave_out_its_own_connections_messages() {
    let mut rig = Rig::new();
    let (own, other) = (rig.connect("a"), rig.connect("b"));
    let subscriber = rig.consumer_with(&own, topic("T"), |info| info.no_local = true);
    for peer in [&own, &other] {
        let mut producer = rig.producer(peer, topic("T"));
        rig.send(&mut producer, &peer.name);
    }
    assert_eq!(rig.texts(&subscriber), ["b"]);
}

#[test]
fn a_selector_chooses() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let subscriber = rig.consumer_with(&peer, topic("T"), |info| {
        info.selector = Some("JMSPriority = 9".into());
    });
    let mut producer = rig.producer(&peer, topic("T"));
    rig.send(&mut producer, "4");
    rig.send_with(&mut producer, "9", |message| message.priority = 9);
    assert_eq!(rig.texts(&subscriber), ["9"]);
}

#[test]
fn a_faulty_selector_is_refused_and_makes_no_consumer() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    for destination in [queue("Q"), topic("T")] {
        let answer = rig.refused_consumer(&peer, destination, |info| {
            info.selector = Some("= 1".into());
        });
        assert_eq!(answer.class(), "javax.jms.InvalidSelectorException");
    }
    let blank = |info: &mut relaismq_openwire::ConsumerInfo| info.selector = Some("  ".into());
    rig.consumer_with(&peer, queue("Q"), blank);
}

#[test]
fn a_slow_subscriber_loses_nothing_and_slows_nobody() {
    let mut rig = Rig::with(Settings { memory_bytes: 5000, ..Settings::default() });
    let peer = rig.connect("a");
    let slow = rig.consumer_with(&peer, topic("T"), |info| info.prefetch_size = 1);
    let quick = rig.consumer(&peer, topic("T"));
    let mut producer = rig.producer(&peer, topic("T"));
    for number in 0..10 {
        rig.send(&mut producer, &number.to_string());
    }
    assert_eq!(rig.texts(&quick).len(), 10);
    let mut seen = Vec::new();
    loop {
        let given = rig.deliveries(&slow);
        if given.is_empty() {
            break;
        }
        seen.extend(given.iter().map(super::Delivery::text));
        rig.consume(&slow, &given);
    }
    assert_eq!(seen, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
}

#[test]
fn a_subscriber_may_ask_for_a_smaller_backlog() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let slow = rig.consumer_with(&peer, topic("T"), |info| {
        info.prefetch_size = 1;
        info.maximum_pending_message_limit = 2;
    });
    let mut producer = rig.producer(&peer, topic("T"));
    for number in 0..10 {
        rig.send(&mut producer, &number.to_string());
    }
    let given = rig.deliveries(&slow);
    rig.consume(&slow, &given);
    assert_eq!(rig.texts(&slow), ["8"]);
}

#[test]
fn a_client_that_does_not_read_is_owed_a_bounded_amount() {
    let mut rig = Rig::with(Settings { outbound_bytes: 5000, ..Settings::default() });
    let (slow, quick) = (rig.connect("slow"), rig.connect("quick"));
    let subscribers = [rig.consumer(&slow, topic("T")), rig.consumer(&quick, topic("T"))];
    let mut producer = rig.producer(&quick, topic("T"));
    rig.slow.insert(slow.link, 0);
    let text = "x".repeat(1000);
    for _ in 0..50 {
        rig.send(&mut producer, &text);
    }
    assert_eq!(rig.deliveries(&subscribers[1]).len(), 50);
    let owed = rig.deliveries(&subscribers[0]).len();
    assert!(owed <= 6, "{owed}");
    rig.read_again(slow.link);
    assert_eq!(rig.deliveries(&subscribers[0]).len() + owed, 50);
}

#[test]
fn what_expired_on_the_way_is_not_delivered() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let subscriber = rig.consumer_with(&peer, topic("T"), |info| info.prefetch_size = 1);
    let mut producer = rig.producer(&peer, topic("T"));
    let soon = rig.now.unix_ms + 100;
    rig.send(&mut producer, "1");
    rig.send_with(&mut producer, "2", |message| message.expiration = soon);
    rig.send(&mut producer, "3");
    let given = rig.deliveries(&subscriber);
    rig.advance(std::time::Duration::from_secs(1));
    rig.consume(&subscriber, &given);
    assert_eq!(rig.texts(&subscriber), ["3"]);
}

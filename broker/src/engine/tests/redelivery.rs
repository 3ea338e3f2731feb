//! Redelivery counters when consumers close, by what the client says it has seen.

use std::time::Duration;

use relaismq_openwire::MessageAck;

use super::{Answer, Consumer, Peer, Rig, queue, topic};

/// A queue with three messages in flight, and what their counters are after the consumer has gone.
fn counters_after(close: impl FnOnce(&mut Rig, &Peer, &Consumer, &[i64])) -> Vec<i32> {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    let mut producer = rig.producer(&peer, queue("Q"));
    for text in ["1", "2", "3"] {
        rig.send(&mut producer, text);
    }
    let sequences: Vec<i64> = rig.deliveries(&consumer).iter().map(|it| it.sequence()).collect();
    close(&mut rig, &peer, &consumer, &sequences);
    let other = rig.connect("b");
    let again = rig.consumer(&other, queue("Q"));
    let given = rig.deliveries(&again);
    let texts: Vec<String> = given.iter().map(super::Delivery::text).collect();
    assert_eq!(texts, ["1", "2", "3"], "in their old order");
    given.iter().map(|it| it.counter).collect()
}

#[test]
fn unknown_counts_all() {
    let counters = counters_after(|rig, _, consumer, _| drop(rig.close(consumer, -2)));
    assert_eq!(counters, [1, 1, 1]);
}

#[test]
fn none_seen_counts_nothing() {
    for last in [-1, 0, 999_999] {
        let counters = counters_after(|rig, _, consumer, _| drop(rig.close(consumer, last)));
        assert_eq!(counters, [0, 0, 0], "{last}");
    }
}

#[test]
fn a_seen_message_counts_itself_and_those_before() {
    let counters = counters_after(|rig, _, consumer, sequences| {
        assert_eq!(rig.close(consumer, sequences[1]), Answer::Done);
    });
    assert_eq!(counters, [1, 1, 0]);
}

#[test]
fn a_session_passes_its_word_on_to_its_consumers() {
    let counters = counters_after(|rig, peer, _, sequences| {
        assert_eq!(rig.remove(peer.link, peer.session(), sequences[0]), Answer::Done);
    });
    assert_eq!(counters, [1, 0, 0]);
}

#[test]
fn a_connection_passes_its_word_on_to_its_consumers() {
    let counters = counters_after(|rig, peer, _, sequences| {
        let answer = rig.remove(peer.link, peer.connection.clone(), sequences[0]);
        assert_eq!(answer, Answer::Done);
    });
    assert_eq!(counters, [1, 0, 0]);
}

#[test]
fn a_lost_socket_counts_all_once() {
    let counters = counters_after(|rig, peer, _, _| rig.cut(peer));
    assert_eq!(counters, [1, 1, 1]);
}

#[test]
fn consumers_that_close_together_do_not_pass_messages_to_each_other() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumers = [rig.consumer(&peer, queue("Q")), rig.consumer(&peer, queue("Q"))];
    let mut producer = rig.producer(&peer, queue("Q"));
    for text in ["1", "2", "3", "4"] {
        rig.send(&mut producer, text);
    }
    for consumer in &consumers {
        assert_eq!(rig.deliveries(consumer).len(), 2);
    }
    rig.remove(peer.link, peer.session(), -2);
    assert!(rig.dispatches(peer.link).is_empty());
    let other = rig.connect("b");
    let again = rig.consumer(&other, queue("Q"));
    let counters: Vec<i32> = rig.deliveries(&again).iter().map(|it| it.counter).collect();
    assert_eq!(counters, [1, 1, 1, 1]);
}

#[test]
fn a_durable_subscription_compares_by_value() {
    for (last, expected) in [(-2, [1, 1, 1]), (-1, [0, 0, 0]), (0, [1, 1, 1])] {
        assert_eq!(durable_counters(|_| last), expected, "{last}");
    }
    assert_eq!(durable_counters(|sequences| sequences[1]), [1, 1, 0]);
    // Not in flight any more, but what is older was seen all the same.
    assert_eq!(durable_counters(|sequences| sequences[2] + 1000), [1, 1, 1]);
}

fn durable_counters(last: impl FnOnce(&[i64]) -> i64) -> [i32; 3] {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let subscribe = |info: &mut relaismq_openwire::ConsumerInfo| {
        info.subscription_name = Some("news".into());
    };
    let consumer = rig.consumer_with(&peer, topic("T"), subscribe);
    let mut producer = rig.producer(&peer, topic("T"));
    for text in ["1", "2", "3"] {
        rig.send(&mut producer, text);
    }
    let sequences: Vec<i64> = rig.deliveries(&consumer).iter().map(|it| it.sequence()).collect();
    rig.close(&consumer, last(&sequences));
    let again = rig.consumer_with(&peer, topic("T"), subscribe);
    let counters: Vec<i32> = rig.deliveries(&again).iter().map(|it| it.counter).collect();
    counters.try_into().expect("three messages")
}

#[test]
fn returned_messages_go_in_front_of_later_ones() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 2);
    let mut producer = rig.producer(&peer, queue("Q"));
    for text in ["1", "2", "3", "4"] {
        rig.send(&mut producer, text);
    }
    let given = rig.deliveries(&consumer);
    rig.close(&consumer, given[0].sequence());
    let again = rig.consumer(&peer, queue("Q"));
    let given = rig.deliveries(&again);
    let shown: Vec<_> = given.iter().map(|it| (it.text(), it.counter)).collect();
    let expected = [("1", 1), ("2", 0), ("3", 0), ("4", 0)].map(|(it, n)| (it.to_owned(), n));
    assert_eq!(shown, expected);
}

#[test]
fn expired_messages_are_never_dispatched_again() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    let mut producer = rig.producer(&peer, queue("Q"));
    let soon = rig.now.unix_ms + 1000;
    rig.send_with(&mut producer, "1", |message| message.expiration = soon);
    assert_eq!(rig.deliveries(&consumer).len(), 1);
    rig.advance(Duration::from_secs(2));
    rig.close(&consumer, -2);
    let again = rig.consumer(&peer, queue("Q"));
    assert_eq!(rig.texts(&again), [""; 0]);
    assert_eq!(rig.kept_in_queue("Q"), 0);
    assert_eq!(rig.kept_in_queue("ActiveMQ.DLQ"), 1);
}

#[test]
fn acknowledged_and_closed_leaves_nothing_to_redeliver() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    let mut producer = rig.producer(&peer, queue("Q"));
    rig.send(&mut producer, "1");
    let given = rig.deliveries(&consumer);
    assert_eq!(rig.ack(&consumer, MessageAck::STANDARD, &given), Answer::Done);
    rig.close(&consumer, given[0].sequence());
    let again = rig.consumer(&peer, queue("Q"));
    assert_eq!(rig.texts(&again), [""; 0]);
}

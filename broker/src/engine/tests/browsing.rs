//! Queue browsers.

use relaismq_openwire::{ConsumerInfo, MessageAck};

use super::{Answer, Producer, Rig, queue};
use crate::engine::Settings;

fn browse(info: &mut ConsumerInfo) {
    info.browser = true;
    info.prefetch_size = 500;
}

#[test]
fn a_browser_sees_everything_once_and_takes_nothing() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    for text in ["1", "2", "3"] {
        rig.send(&mut producer, text);
    }
    let browser = rig.consumer_with(&peer, queue("Q"), browse);
    let given = rig.deliveries(&browser);
    let texts: Vec<_> = given.iter().map(super::Delivery::text).collect();
    assert_eq!(texts, ["1", "2", "3", "(marker)"]);
    assert_eq!(given[0].destination, Some(queue("Q")));
    assert_eq!(given[3].destination, None);
    rig.consume(&browser, &given[..3]);
    rig.close(&browser, given[2].sequence());
    let consumer = rig.consumer(&peer, queue("Q"));
    let counters: Vec<i32> = rig.deliveries(&consumer).iter().map(|it| it.counter).collect();
    assert_eq!(counters, [0, 0, 0]);
}

#[test]
fn an_empty_queue_ends_at_once() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let browser = rig.consumer_with(&peer, queue("Q"), browse);
    assert_eq!(rig.texts(&browser), ["(marker)"]);
}

#[test]
fn a_browser_honours_its_window_and_the_marker_comes_last() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    for text in ["1", "2", "3", "4", "5"] {
        rig.send(&mut producer, text);
    }
    let browser = rig.consumer_with(&peer, queue("Q"), |info| {
        browse(info);
        info.prefetch_size = 2;
    });
    let given = rig.deliveries(&browser);
    assert_eq!(given.iter().map(super::Delivery::text).collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(rig.ack(&browser, MessageAck::DELIVERED, &given), Answer::Done);
    let given = rig.deliveries(&browser);
    assert_eq!(given.iter().map(super::Delivery::text).collect::<Vec<_>>(), ["3", "4"]);
    assert_eq!(rig.ack(&browser, MessageAck::DELIVERED, &given), Answer::Done);
    assert_eq!(rig.texts(&browser), ["5", "(marker)"]);
}

#[test]
fn a_browser_applies_its_selector() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    for (text, priority) in [("1", 1), ("2", 9), ("3", 9)] {
        rig.send_with(&mut producer, text, |message| message.priority = priority);
    }
    let browser = rig.consumer_with(&peer, queue("Q"), |info| {
        browse(info);
        info.selector = Some("JMSPriority > 5".into());
    });
    assert_eq!(rig.texts(&browser), ["2", "3", "(marker)"]);
}

#[test]
fn a_browser_sees_the_whole_of_a_queue_that_is_larger_than_memory() {
    let mut rig = Rig::with(Settings { queue_memory_bytes: 8000, ..Settings::default() });
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    let texts: Vec<String> = (0..100).map(|number| number.to_string()).collect();
    for text in &texts {
        rig.send(&mut producer, text);
    }
    let browser = rig.consumer_with(&peer, queue("Q"), browse);
    let seen = rig.texts(&browser);
    assert_eq!(seen[..100], texts);
    assert_eq!(seen[100..], ["(marker)"]);
    // Neither the order nor the number of what is consumed afterwards is changed by it.
    let consumer = rig.consumer(&peer, queue("Q"));
    assert_eq!(rig.texts(&consumer), texts);
}

/// What is not for the disk may be written last, and was sent before all the same.
#[test]
fn a_browser_sees_what_is_on_its_way_to_the_store() {
    let mut rig = Rig::with(Settings { queue_memory_bytes: 4000, ..Settings::default() });
    rig.overtaking = true;
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    rig.frozen = true;
    let texts: Vec<String> = (0..50).map(|number| number.to_string()).collect();
    for text in &texts {
        rig.fire(&mut producer, text);
    }
    let browser = rig.consumer_with(&peer, queue("Q"), browse);
    rig.thaw();
    let seen = rig.texts(&browser);
    assert_eq!(seen[..seen.len() - 1], texts);
}

#[test]
fn a_browser_sees_what_a_broker_has_recovered() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    rig.send(&mut producer, "1");
    rig.restart();
    let peer = rig.connect("a");
    let browser = rig.consumer_with(&peer, queue("Q"), browse);
    assert_eq!(rig.texts(&browser), ["1", "(marker)"]);
}

#[test]
fn a_browser_does_not_keep_a_queue_from_being_removed() {
    let mut rig = Rig::with(Settings { queue_memory_bytes: 4000, ..Settings::default() });
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    for _ in 0..20 {
        rig.send(&mut producer, "Q");
    }
    rig.frozen = true;
    let browser = rig.consumer_with(&peer, queue("Q"), browse);
    let removal = super::destinations::removal(&queue("Q"));
    rig.tell(peer.link, removal);
    // A new queue may take the place of the old one while a page of that is being read.
    let mut other = rig.producer(&peer, queue("R"));
    rig.send_with(&mut other, "R", |_| ());
    rig.thaw();
    let consumer = rig.consumer(&peer, queue("R"));
    assert_eq!(rig.texts(&consumer), ["R"]);
    assert_eq!(rig.texts(&browser).last().map(String::as_str), Some("(marker)"));
}

#[test]
fn a_browser_that_does_not_read_is_owed_a_bounded_amount() {
    let mut rig = Rig::with(Settings { outbound_bytes: 1000, ..Settings::default() });
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    for _ in 0..100 {
        rig.send(&mut producer, "0123456789");
    }
    rig.slow.insert(peer.link, 0);
    let browser = rig.consumer_with(&peer, queue("Q"), browse);
    let owed = rig.deliveries(&browser).len();
    assert!(owed < 20, "{owed}");
    rig.read_again(peer.link);
    assert_eq!(rig.deliveries(&browser).len() + owed, 101, "the rest follows");
}

/// As Java does with `useAsyncSend`.
fn fire_persistent(rig: &mut Rig, peer: &super::Peer, producer: &mut Producer, text: &str) {
    let message = producer.message(text, |message| message.persistent = true);
    rig.tell(peer.link, message);
}

// Java applications that send asynchronously and then look at the queue found it half empty.
#[test]
fn a_browser_sees_what_was_on_its_way_to_the_store_when_it_came() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    rig.frozen = true;
    for text in ["1", "2"] {
        fire_persistent(&mut rig, &peer, &mut producer, text);
    }
    let browser = rig.consumer_with(&peer, queue("Q"), browse);
    assert_eq!(rig.texts(&browser), [""; 0]);
    fire_persistent(&mut rig, &peer, &mut producer, "3");
    rig.thaw();
    let mut seen = rig.texts(&browser);
    assert_eq!(seen.pop().as_deref(), Some("(marker)"));
    assert_eq!(seen[..2], ["1", "2"]);
}

#[test]
fn a_browser_that_closes_before_it_begins_is_forgotten() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    rig.frozen = true;
    fire_persistent(&mut rig, &peer, &mut producer, "1");
    let browser = rig.consumer_with(&peer, queue("Q"), browse);
    rig.close(&browser, -1);
    rig.thaw();
    assert_eq!(rig.texts(&browser), [""; 0]);
}

// Java's `getJMSRedelivered` was always false in a browser.
#[test]
fn a_browser_sees_how_often_a_message_was_delivered() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    rig.send(&mut producer, "1");
    let consumer = rig.consumer(&peer, queue("Q"));
    let seen = rig.deliveries(&consumer);
    rig.close(&consumer, seen[0].sequence());
    let browser = rig.consumer_with(&peer, queue("Q"), browse);
    assert_eq!(rig.deliveries(&browser)[0].counter, 1);
}

fn browse_by_pulls(info: &mut ConsumerInfo) {
    browse(info);
    info.prefetch_size = 0;
}

// As Java does with a queueBrowserPrefetch of 0: it asks, whether or not it waits for an answer.
#[test]
fn a_browser_without_a_window_gets_one_message_for_each_pull_and_then_the_end() {
    let mut rig = Rig::with(Settings { queue_memory_bytes: 8000, ..Settings::default() });
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    let texts: Vec<String> = (0..100).map(|number| number.to_string()).collect();
    for text in &texts {
        rig.send(&mut producer, text);
    }
    let browser = rig.consumer_with(&peer, queue("Q"), browse_by_pulls);
    assert_eq!(rig.texts(&browser), [""; 0], "nothing was asked for");
    let mut seen = Vec::new();
    while seen.last().is_none_or(|last| last != "(marker)") {
        rig.pull(&browser, -1);
        let given = rig.texts(&browser);
        assert!((1..=2).contains(&given.len()), "{given:?}");
        seen.extend(given);
    }
    assert_eq!(seen[..100], texts);
    assert_eq!(seen.len(), 101);
}

#[test]
fn a_browser_that_asks_while_its_queue_is_being_read_is_not_told_that_it_has_seen_all() {
    let mut rig = Rig::with(Settings { queue_memory_bytes: 4000, ..Settings::default() });
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    for number in 0..20 {
        rig.send(&mut producer, &number.to_string());
    }
    let browser = rig.consumer_with(&peer, queue("Q"), browse_by_pulls);
    let mut in_memory = 0;
    rig.frozen = true;
    loop {
        rig.pull(&browser, -1);
        match rig.texts(&browser).as_slice() {
            [] => break,
            [text] => assert_eq!(*text, in_memory.to_string()),
            more => panic!("{more:?}"),
        }
        in_memory += 1;
    }
    assert!(in_memory < 20, "all of it was in memory");
    rig.thaw();
    assert_eq!(rig.texts(&browser), [in_memory.to_string()], "one for the pull that waited");
}

#[test]
fn a_browser_that_asks_after_the_end_hears_so_again() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let browser = rig.consumer_with(&peer, queue("Q"), browse_by_pulls);
    assert_eq!(rig.texts(&browser), ["(marker)"]);
    rig.pull(&browser, 0);
    assert_eq!(rig.texts(&browser), ["(marker)"]);
}

//! Who gets what, and when.

use std::time::Duration;

use relaismq_openwire::{ConsumerInfo, Destination, MessageAck, MessagePull};

use super::rig::{Rig, ack, from, queued};
use crate::{engine::Settings, model::Recovered};

#[test]
fn equals_take_turns_and_a_higher_priority_comes_first() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let producer = rig.producer(&peer);
    for (number, priority) in [(1, 0), (2, 0), (3, 5)] {
        let info = ConsumerInfo { priority, ..from(Destination::queue("q"), 2) };
        rig.consume(&peer, number, info).unwrap();
    }
    for number in 1..=6 {
        rig.request(peer.link, queued(&producer, number)).unwrap();
    }
    let who: Vec<i64> = rig.dispatched().into_iter().map(|it| it.0.value).collect();
    assert_eq!(who[..2], [3, 3]);
    assert_ne!(who[2], who[3]);
    assert_eq!((who[2], who[3]), (who[4], who[5]));
}

#[test]
fn an_exclusive_consumer_gets_everything() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let producer = rig.producer(&peer);
    rig.consume(&peer, 1, from(Destination::queue("q"), 10)).unwrap();
    rig.consume(&peer, 2, ConsumerInfo { exclusive: true, ..from(Destination::queue("q"), 10) })
        .unwrap();
    for number in 1..=4 {
        rig.request(peer.link, queued(&producer, number)).unwrap();
    }
    assert!(rig.dispatched().iter().all(|it| it.0.value == 2));
}

#[test]
fn a_group_stays_with_its_consumer() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let producer = rig.producer(&peer);
    rig.consume(&peer, 1, from(Destination::queue("q"), 10)).unwrap();
    rig.consume(&peer, 2, from(Destination::queue("q"), 10)).unwrap();
    for number in 1..=6 {
        let mut sent = queued(&producer, number);
        sent.group_id = Some(if number % 2 == 0 { "even" } else { "odd" }.into());
        rig.request(peer.link, sent).unwrap();
    }
    let got = rig.dispatched();
    let of = |number: i64| got.iter().find(|it| it.1 == Some(number)).unwrap().0.value;
    assert_eq!((of(1), of(3)), (of(3), of(5)));
    assert_eq!((of(2), of(4)), (of(4), of(6)));
}

#[test]
fn messages_that_a_selector_leaves_do_not_block_others() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let producer = rig.producer(&peer);
    let picky = ConsumerInfo {
        selector: Some("JMSPriority = 9".into()),
        ..from(Destination::queue("q"), 10)
    };
    rig.consume(&peer, 1, picky).unwrap();
    for number in 1..=4 {
        let mut sent = queued(&producer, number);
        sent.priority = if number == 3 { 9 } else { 4 };
        rig.request(peer.link, sent).unwrap();
    }
    assert_eq!(rig.numbers(), [3]);
    rig.consume(&peer, 2, from(Destination::queue("q"), 10)).unwrap();
    assert_eq!(rig.numbers(), [1, 2, 4]);
    let broken = ConsumerInfo { selector: Some("= 1".into()), ..from(Destination::queue("q"), 10) };
    assert_eq!(rig.consume(&peer, 3, broken), Err("InvalidSelectorException".to_owned()));
}

#[test]
fn a_browser_sees_everything_takes_nothing_and_is_told_the_end() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let producer = rig.producer(&peer);
    let look = || ConsumerInfo { browser: true, ..from(Destination::queue("q"), 2) };
    rig.consume(&peer, 1, look()).unwrap();
    assert_eq!(rig.dispatched().into_iter().map(|it| it.1).collect::<Vec<_>>(), [None]);
    for number in 1..=3 {
        rig.request(peer.link, queued(&producer, number)).unwrap();
    }
    let browser = rig.consume(&peer, 2, look()).unwrap();
    assert_eq!(rig.numbers(), [1, 2]);
    let (first, last) = (producer.message(1), producer.message(2));
    rig.tell(peer.link, ack(&browser, MessageAck::DELIVERED, &first, &last, 2));
    let seen: Vec<_> = rig.dispatched().into_iter().map(|it| it.1).collect();
    assert_eq!(seen, [Some(3), None]);
    rig.consume(&peer, 3, from(Destination::queue("q"), 10)).unwrap();
    assert_eq!(rig.numbers(), [1, 2, 3]);
}

#[test]
fn a_pull_gets_one_message_or_is_told_that_there_is_none() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let producer = rig.producer(&peer);
    let consumer = rig.consumer(&peer, "q", 0);
    let pull = |timeout| MessagePull {
        consumer_id: Some(consumer.clone()),
        timeout,
        ..MessagePull::default()
    };
    rig.tell(peer.link, pull(-1));
    assert_eq!(rig.dispatched().into_iter().map(|it| it.1).collect::<Vec<_>>(), [None]);
    rig.tell(peer.link, pull(500));
    assert!(rig.dispatched().is_empty());
    rig.pass(Duration::from_millis(500));
    assert_eq!(rig.dispatched().into_iter().map(|it| it.1).collect::<Vec<_>>(), [None]);
    rig.tell(peer.link, pull(0));
    rig.request(peer.link, queued(&producer, 1)).unwrap();
    rig.request(peer.link, queued(&producer, 2)).unwrap();
    assert_eq!(rig.numbers(), [1], "one for each pull");
}

#[test]
fn expired_messages_are_not_delivered() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let producer = rig.producer(&peer);
    let mut late = queued(&producer, 1);
    late.expiration = rig.now.unix_ms;
    rig.request(peer.link, late).unwrap();
    let mut soon = queued(&producer, 2);
    soon.expiration = rig.now.unix_ms + 1000;
    rig.request(peer.link, soon).unwrap();
    rig.pass(Duration::from_secs(2));
    rig.consumer(&peer, "q", 10);
    assert!(rig.numbers().is_empty());
}

#[test]
fn a_sender_that_is_too_fast_is_held_back_until_the_line_has_drained() {
    let settings = Settings { queue_memory_bytes: 10_000, ..Settings::default() };
    let mut rig = Rig::with(settings, Recovered { clean: true, ..Recovered::default() });
    let (fast, slow) = (rig.connect("fast"), rig.connect("slow"));
    let producer = rig.producer(&fast);
    let consumer = rig.consumer(&slow, "q", 1);
    for number in 1..=12 {
        let mut sent = queued(&producer, number);
        sent.persistent = false;
        rig.tell(fast.link, sent);
    }
    assert_eq!((rig.paused.clone(), rig.stored.len()), (vec![fast.link], 0));
    for number in 1..=8 {
        let id = producer.message(number);
        rig.tell(slow.link, ack(&consumer, MessageAck::STANDARD, &id, &id, 1));
    }
    assert!(rig.paused.is_empty());
}

#[test]
fn a_line_that_does_not_drain_spills_and_its_sender_goes_on() {
    let settings = Settings { queue_memory_bytes: 5_000, ..Settings::default() };
    let mut rig = Rig::with(settings, Recovered { clean: true, ..Recovered::default() });
    let (fast, deaf) = (rig.connect("fast"), rig.connect("deaf"));
    let producer = rig.producer(&fast);
    rig.consumer(&deaf, "q", 1);
    let send = |rig: &mut Rig, number| {
        let mut sent = queued(&producer, number);
        sent.persistent = false;
        rig.tell(fast.link, sent);
    };
    (1..=8).for_each(|number| send(&mut rig, number));
    assert_eq!(rig.paused, [fast.link]);
    rig.pass(Duration::from_secs(1));
    assert!(rig.paused.is_empty());
    send(&mut rig, 9);
    assert_eq!((rig.paused.len(), rig.stored.len()), (0, 1));
}

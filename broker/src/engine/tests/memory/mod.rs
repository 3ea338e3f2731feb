//! Bounds: queues larger than memory, a store without disk, a store that is slow.

use relaismq_openwire::MessageAck;

use super::{Answer, Consumer, Rig, queue};
use crate::engine::Settings;

fn small() -> Settings {
    Settings { queue_memory_bytes: 8000, ..Settings::default() }
}

fn all(rig: &mut Rig, consumer: &Consumer) -> Vec<String> {
    let mut texts = Vec::new();
    loop {
        let given = rig.deliveries(consumer);
        if given.is_empty() {
            return texts;
        }
        texts.extend(given.iter().map(super::Delivery::text));
        rig.tell(consumer.link, consumer.ack(MessageAck::STANDARD, &given));
    }
}

fn numbers(range: std::ops::Range<i32>) -> Vec<String> {
    range.map(|number| number.to_string()).collect()
}

#[test]
fn a_queue_larger_than_memory_keeps_its_order() {
    let mut rig = Rig::with(small());
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    for text in numbers(0..2500) {
        rig.send(&mut producer, &text);
    }
    assert!(rig.engine.memory_bytes() <= 8000 + 2048, "{}", rig.engine.memory_bytes());
    let consumer = rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 10);
    assert_eq!(all(&mut rig, &consumer), numbers(0..2500));
    assert_eq!(rig.kept_in_queue("Q"), 0);
}

#[test]
fn light_messages_beyond_memory_are_spilled_in_order() {
    let mut rig = Rig::with(small());
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    for (index, text) in numbers(0..100).iter().enumerate() {
        if index % 3 == 0 {
            rig.send(&mut producer, text);
        } else {
            rig.fire(&mut producer, text);
        }
    }
    let consumer = rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 7);
    assert_eq!(all(&mut rig, &consumer), numbers(0..100));
    assert_eq!(rig.kept_in_queue("Q"), 0);
}

#[test]
fn sending_and_consuming_at_once_beyond_memory_keeps_order() {
    let mut rig = Rig::with(small());
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    let consumer = rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 5);
    let mut seen = Vec::new();
    for number in 0..500 {
        rig.send(&mut producer, &number.to_string());
        if number % 3 == 0 {
            let given = rig.deliveries(&consumer);
            seen.extend(given.iter().map(super::Delivery::text));
            if !given.is_empty() {
                rig.consume(&consumer, &given);
            }
        }
    }
    seen.extend(all(&mut rig, &consumer));
    assert_eq!(seen, numbers(0..500));
}

#[test]
fn a_queue_deleted_while_a_page_is_read_leaves_nothing_behind() {
    let mut rig = Rig::with(small());
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    for text in numbers(0..50) {
        rig.send(&mut producer, &text);
    }
    let consumer = rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 1);
    rig.frozen = true;
    let given = rig.deliveries(&consumer);
    rig.tell(peer.link, consumer.ack(MessageAck::STANDARD, &given));
    rig.close(&consumer, -1);
    rig.tell(peer.link, super::destinations::removal(&queue("Q")));
    let mut other = rig.producer(&peer, queue("R"));
    rig.send_with(&mut other, "R", |_| ());
    rig.thaw();
    let consumer = rig.consumer(&peer, queue("R"));
    assert_eq!(all(&mut rig, &consumer), ["R"]);
}

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
    assert!(rig.engine.memory_bytes() <= 5_200_000, "{}", rig.engine.memory_bytes());
    for name in ["A", "B", "C", "D"] {
        let consumer = rig.consumer(&peer, queue(name));
        assert_eq!(all(&mut rig, &consumer), numbers(0..3000));
    }
}

#[test]
fn a_store_without_disk_refuses_what_is_too_much_until_there_is_room() {
    let mut rig = Rig::with(Settings { store_bytes: Some(10_000), ..Settings::default() });
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
    assert_eq!(rig.request(&peer, super::destinations::removal(&queue("Q"))), Answer::Done);
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

#[test]
fn after_a_restart_a_large_queue_is_read_page_by_page() {
    let mut rig = Rig::with(small());
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    for text in numbers(0..100) {
        rig.send(&mut producer, &text);
    }
    rig.restart();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    rig.send(&mut producer, "100");
    let consumer = rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 3);
    assert_eq!(all(&mut rig, &consumer), numbers(0..101));
}

/// A queue full of light messages of one client while another client consumes from it.
fn held_back() -> (Rig, super::Peer, super::Producer, Consumer) {
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
    let insisting = relaismq_openwire::DestinationInfo {
        timeout: 1,
        ..super::destinations::removal(&queue("Q"))
    };
    assert_eq!(rig.request(&quick, insisting), Answer::Done);
    assert!(rig.paused.is_empty());
}

// A page that was empty when it was read ended the reading, although more had come to the store
// since. Found by the random histories.
#[test]
fn what_comes_to_the_store_while_a_page_is_read_is_read_too() {
    let mut rig = Rig::with(small());
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    for text in numbers(0..10) {
        rig.send(&mut producer, &text);
    }
    rig.full = true;
    rig.frozen = true;
    rig.send_with(&mut producer, "refused", |_| ());
    let consumer = rig.consumer(&peer, queue("Q"));
    while rig.answer_one() {
        rig.full = false;
        if producer.sequence < 14 {
            rig.send_with(&mut producer, "late", |_| ());
        }
    }
    rig.thaw();
    let late = std::iter::repeat_n("late".to_owned(), 3);
    assert_eq!(
        all(&mut rig, &consumer),
        numbers(0..10).into_iter().chain(late).collect::<Vec<_>>()
    );
}

/// A message that came in while a last, empty page was being read stayed in the store until the
/// next start of the broker: later ones overtook it. Found by killing a broker a hundred times.
#[test]
fn a_message_that_comes_in_while_the_last_page_is_read_is_not_left_in_the_store() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    rig.send(&mut producer, "1");
    // A later message elsewhere, so that the store may have more of this queue for all one knows.
    let mut elsewhere = rig.producer(&peer, queue("R"));
    rig.send(&mut elsewhere, "x");
    rig.crash(0);
    let peer = rig.connect("b");
    let mut producer = rig.producer(&peer, queue("Q"));
    rig.slow_pages = true;
    let consumer = rig.consumer(&peer, queue("Q"));
    rig.answer_pages();
    assert_eq!(rig.texts(&consumer), ["1"]);
    rig.send(&mut producer, "2");
    assert_eq!(rig.texts(&consumer), [""; 0], "a last page is being read, and is empty");
    rig.answer_pages();
    rig.answer_pages();
    rig.send(&mut producer, "3");
    rig.answer_pages();
    assert_eq!(rig.texts(&consumer), ["2", "3"]);
}

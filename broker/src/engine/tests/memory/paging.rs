//! Queues larger than memory: their tail is read from the store, page by page.

use relaismq_openwire::MessageAck;

use super::{Delivery, Rig, all, destinations, numbers, queue, small};
use crate::engine::{Settings, WhenFull};

#[test]
fn a_queue_larger_than_memory_keeps_its_order() {
    let mut rig = Rig::with(small());
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    for text in numbers(0..2500) {
        rig.send(&mut producer, &text);
    }
    assert!(rig.memory().0 <= 8000 + 2048, "{}", rig.memory().0);
    let consumer = rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 10);
    assert_eq!(all(&mut rig, &consumer), numbers(0..2500));
    assert_eq!(rig.kept_in_queue("Q"), 0);
}

/// Neither while they come, nor when the store has them from before: a queue may be as deep as the disk is large.
#[test]
fn what_waits_beyond_memory_takes_none() {
    let mut held = Vec::new();
    for count in [50, 3000] {
        let mut rig = Rig::with(small());
        let peer = rig.connect("a");
        let mut producer = rig.producer(&peer, queue("Q"));
        for text in numbers(0..count) {
            rig.send(&mut producer, &text);
        }
        let filled = entries(&rig);
        rig.restart();
        let restarted = entries(&rig);
        let peer = rig.connect("a");
        let consumer = rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 1);
        let given = rig.deliveries(&consumer);
        rig.consume(&consumer, &given);
        held.push((filled, restarted, entries(&rig)));
    }
    assert_eq!(held[0], held[1]);
    let (filled, restarted, read) = held[0];
    assert!(filled <= 25 && restarted == 0 && read <= 25, "{held:?}");
}

/// How many messages the engine has something of, in all lines.
fn entries(rig: &Rig) -> usize {
    let destinations = &rig.engine.destinations;
    let lines = destinations.lines().into_iter().filter_map(|id| destinations.line(id));
    lines.map(|line| line.pending.len() + line.tail.gone.len() + line.doomed.len()).sum()
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
            seen.extend(given.iter().map(Delivery::text));
            if !given.is_empty() {
                rig.consume(&consumer, &given);
            }
        }
    }
    seen.extend(all(&mut rig, &consumer));
    assert_eq!(seen, numbers(0..500));
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
    rig.tell(peer.link, destinations::removal(&queue("Q")));
    let mut other = rig.producer(&peer, queue("R"));
    rig.send_with(&mut other, "R", |_| ());
    rig.thaw();
    let consumer = rig.consumer(&peer, queue("R"));
    assert_eq!(all(&mut rig, &consumer), ["R"]);
}

// A page that was empty when it was read ended the reading, although more had come to the store
// since. Found by the random histories.
#[test]
fn what_comes_to_the_store_while_a_page_is_read_is_read_too() {
    let mut rig = Rig::with(Settings { when_full: WhenFull::Refuse, ..small() });
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
        if producer.sequence < 15 {
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

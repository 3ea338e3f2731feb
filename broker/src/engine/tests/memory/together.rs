//! What all queues and all consumers together take: bounds do not multiply.

use relaismq_openwire::{MessageAck, Throwable};

use super::{Answer, Delivery, Rig, all, numbers, queue, topic};
use crate::engine::Settings;

const MIB: usize = 1024 * 1024;

/// Memory for about 60 messages of 1 KiB in queues, and for as many in flight.
fn tight() -> Settings {
    Settings { memory_bytes: 100_000, in_flight_bytes: 100_000, ..Settings::default() }
}

fn kib(number: i32) -> String {
    format!("{number:01024}")
}

// 2,000 queues of 1 MB held 1.9 GiB under a limit of 256 MiB, because each could always have 1 MiB.
#[test]
fn many_queues_take_no_more_memory_than_one() {
    let mut rig = Rig::with(Settings { memory_bytes: 4 * MIB, ..Settings::default() });
    let peer = rig.connect("a");
    let body = "x".repeat(100_000);
    for number in 0..200 {
        let mut producer = rig.producer(&peer, queue(&format!("Q{number}")));
        for _ in 0..3 {
            rig.send(&mut producer, &body);
        }
    }
    assert!(rig.memory().0 < 5 * MIB, "{}", rig.memory().0);
    for number in [0, 99, 199] {
        let consumer = rig.consumer(&peer, queue(&format!("Q{number}")));
        assert_eq!(all(&mut rig, &consumer).len(), 3);
    }
}

// Ten consumers that never acknowledged held 2.2 GiB.
#[test]
fn consumers_that_never_acknowledge_leave_room_for_one_that_does() {
    let mut rig = Rig::with(tight());
    let peer = rig.connect("a");
    let mut hoarders = Vec::new();
    for number in 0..10 {
        let name = format!("Q{number}");
        let mut producer = rig.producer(&peer, queue(&name));
        hoarders.push(rig.consumer_with(&peer, queue(&name), |info| info.prefetch_size = 100_000));
        for text in 0..200 {
            rig.send(&mut producer, &kib(text));
        }
    }
    let held = rig.memory().1;
    assert!(held < 200_000, "{held}");
    let mut producer = rig.producer(&peer, queue("honest"));
    let consumer = rig.consumer_with(&peer, queue("honest"), |info| info.prefetch_size = 5);
    for text in 0..100 {
        rig.send(&mut producer, &kib(text));
        let given = rig.deliveries(&consumer);
        assert_eq!(given.len(), 1, "{text}");
        rig.consume(&consumer, &given);
    }
    // And nobody has lost anything.
    for (number, hoarder) in hoarders.iter().enumerate() {
        rig.deliveries(hoarder);
        rig.close(hoarder, -2);
        let consumer = rig.consumer(&peer, queue(&format!("Q{number}")));
        assert_eq!(all(&mut rig, &consumer).len(), 200, "queue {number}");
    }
}

#[test]
fn a_consumer_goes_on_when_others_give_memory_back() {
    let mut rig = Rig::with(tight());
    let peer = rig.connect("a");
    let mut consumers = Vec::new();
    for name in ["A", "B"] {
        let mut producer = rig.producer(&peer, queue(name));
        consumers.push(rig.consumer_with(&peer, queue(name), |info| info.prefetch_size = 100_000));
        for text in 0..250 {
            rig.send(&mut producer, &kib(text));
        }
    }
    let before = rig.deliveries(&consumers[1]).len();
    assert!(before < 250, "{before}");
    rig.close(&consumers[0], -1);
    assert_eq!(before + rig.deliveries(&consumers[1]).len(), 250);
}

#[test]
fn what_only_the_store_has_comes_back_in_order_and_with_its_count() {
    let mut rig = Rig::with(tight());
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    for text in 0..200 {
        rig.send(&mut producer, &kib(text));
    }
    let texts: Vec<String> = (0..200).map(kib).collect();
    let first = rig.consumer(&peer, queue("Q"));
    let given = rig.deliveries(&first);
    assert_eq!(given.iter().map(Delivery::text).collect::<Vec<_>>(), texts);
    rig.close(&first, given[149].sequence());
    let second = rig.consumer(&peer, queue("Q"));
    let mut given = Vec::new();
    while given.len() < 200 {
        let more = rig.deliveries(&second);
        assert!(!more.is_empty(), "only {} came", given.len());
        rig.consume(&second, &more);
        given.extend(more);
    }
    assert_eq!(given.iter().map(Delivery::text).collect::<Vec<_>>(), texts);
    let counted = given.iter().map(|it| it.counter).collect::<Vec<_>>();
    assert_eq!(counted, [vec![1; 150], vec![0; 50]].concat());
    assert_eq!(rig.kept_in_queue("Q"), 0);
}

#[test]
fn poison_that_only_the_store_has_is_a_dead_letter_with_its_body() {
    let mut rig = Rig::with(tight());
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    for text in 0..200 {
        rig.send(&mut producer, &kib(text));
    }
    let consumer = rig.consumer(&peer, queue("Q"));
    let given = rig.deliveries(&consumer);
    let mut ack = consumer.ack(MessageAck::POISON, &given[190..]);
    ack.poison_cause = Some(Throwable::new("java.lang.Throwable", "it tasted strange"));
    assert_eq!(rig.request_on(consumer.link, ack), Answer::Done);
    assert_eq!(rig.kept_texts("ActiveMQ.DLQ"), (190..200).map(kib).collect::<Vec<_>>());
    assert_eq!(rig.kept_in_queue("Q"), 190);
    assert_eq!(rig.texts(&consumer), [""; 0], "it does not come again");
}

#[test]
fn a_rollback_returns_what_only_the_store_has_of_a_consumer_that_has_closed() {
    let mut rig = Rig::with(tight());
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    for text in 0..150 {
        rig.send(&mut producer, &kib(text));
    }
    let consumer = rig.consumer(&peer, queue("Q"));
    let given = rig.deliveries(&consumer);
    let within = rig.begin(&peer);
    rig.ack_in(&consumer, MessageAck::STANDARD, &given, &within);
    rig.close(&consumer, -1);
    rig.roll_back(&peer, &within);
    let consumer = rig.consumer(&peer, queue("Q"));
    assert_eq!(all(&mut rig, &consumer), (0..150).map(kib).collect::<Vec<_>>());
}

// 4,000 one-byte messages with header texts of 60 KB held 1.1 GiB, accounted as 4 MB.
#[test]
fn long_headers_count_as_long_bodies_do() {
    let mut rig = Rig::with(Settings { memory_bytes: MIB, ..Settings::default() });
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    let long = "h".repeat(60_000);
    for _ in 0..100 {
        let (answer, _) = rig.send_with(&mut producer, "x", |message| {
            message.jms_type = Some(long.as_str().into());
            message.correlation_id = Some(long.as_str().into());
        });
        assert_eq!(answer, Answer::Done);
    }
    let memory = rig.memory().0;
    assert!((MIB / 2..2 * MIB).contains(&memory), "{memory}");
    let consumer = rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 3);
    assert_eq!(all(&mut rig, &consumer).len(), 100);
}

#[test]
fn a_queue_with_a_hungry_consumer_is_not_slowed_down_by_memory_that_others_hold() {
    let mut rig = Rig::with(tight());
    let peer = rig.connect("a");
    let mut idle = rig.producer(&peer, queue("idle"));
    for text in 0..100 {
        rig.send(&mut idle, &kib(text));
    }
    let consumer = rig.consumer(&peer, queue("Q"));
    let mut producer = rig.producer(&peer, queue("Q"));
    rig.slow_pages = true;
    for text in numbers(0..50) {
        rig.send(&mut producer, &text);
    }
    assert_eq!(rig.texts(&consumer), numbers(0..50), "without asking the store");
}

// Copies in a hundred lines used up the memory a hundred times as fast, and spilled to the store.
#[test]
fn a_message_for_a_hundred_subscribers_takes_memory_once_until_the_last_has_it() {
    let mut rig = Rig::with(tight());
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, topic("T"));
    let subscribers: Vec<_> = (0..100)
        .map(|_| rig.consumer_with(&peer, topic("T"), |info| info.prefetch_size = 5))
        .collect();
    for text in 0..25 {
        rig.send(&mut producer, &kib(text));
    }
    let waiting = rig.memory().0;
    assert!((20 * 1024..40 * 1024).contains(&waiting), "{waiting}");
    for subscriber in &subscribers {
        assert_eq!(rig.memory().0, waiting);
        assert_eq!(all(&mut rig, subscriber).len(), 25);
    }
    assert_eq!(rig.memory(), (0, 0));
}

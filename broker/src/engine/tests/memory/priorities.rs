//! Queues in the order of priorities, whether they fit into memory or not.

use relaismq_openwire::{MessageAck, Value};

use super::{Answer, Delivery, Producer, Rig, all, numbers, queue, small};
use crate::{
    engine::{Settings, tests::Consumer},
    model::Prioritized,
};

fn by_priority(settings: Settings) -> Rig {
    Rig::with(Settings { prioritized: ["Q"].into_iter().collect(), ..settings })
}

/// Named by its priority and number.
fn send(rig: &mut Rig, producer: &mut Producer, priority: i8, number: u32) -> String {
    let text = format!("{priority} {number}");
    let (answer, _) = rig.send_with(producer, &text, |message| message.priority = priority);
    assert_eq!(answer, Answer::Done);
    text
}

/// Many of all priorities, none of them in order; as they should come out.
fn send_all(rig: &mut Rig, producer: &mut Producer, count: u32) -> Vec<String> {
    let all = (0..count).map(|number| (i8::try_from(number * 7 % 10).unwrap(), number));
    let mut sent: Vec<(i8, u32)> = all.collect();
    for (priority, number) in &sent {
        send(rig, producer, *priority, *number);
    }
    sent.sort_by_key(|(priority, number)| (-priority, *number));
    sent.iter().map(|(priority, number)| format!("{priority} {number}")).collect()
}

fn one_by_one(rig: &mut Rig) -> Consumer {
    let peer = rig.connect("consumer");
    rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 1)
}

#[test]
fn the_highest_priority_comes_first_and_equal_ones_in_order() {
    let mut rig = by_priority(Settings::default());
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    let expected = send_all(&mut rig, &mut producer, 40);
    let consumer = rig.consumer(&peer, queue("Q"));
    assert_eq!(all(&mut rig, &consumer), expected);
    assert_eq!(rig.kept_in_queue("Q"), 0);
}

#[test]
fn other_queues_stay_in_the_order_of_arrival() {
    let mut rig = by_priority(Settings::default());
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("R"));
    for (priority, number) in [(0, 1), (9, 2), (4, 3)] {
        send(&mut rig, &mut producer, priority, number);
    }
    let consumer = rig.consumer(&peer, queue("R"));
    assert_eq!(all(&mut rig, &consumer), ["0 1", "9 2", "4 3"]);
}

#[test]
fn a_queue_larger_than_memory_keeps_the_order_of_priorities() {
    let mut rig = by_priority(small());
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    let expected = send_all(&mut rig, &mut producer, 2500);
    assert!(rig.memory().0 <= 8000 + 2048, "{}", rig.memory().0);
    let consumer = one_by_one(&mut rig);
    assert_eq!(all(&mut rig, &consumer), expected);
    assert_eq!(rig.kept_in_queue("Q"), 0);
}

#[test]
fn what_is_urgent_overtakes_a_deep_queue_and_takes_no_more_memory() {
    let mut rig = by_priority(small());
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    for number in 0..500 {
        send(&mut rig, &mut producer, 4, number);
    }
    let consumer = one_by_one(&mut rig);
    let given = rig.deliveries(&consumer);
    assert_eq!(given[0].text(), "4 0");
    for number in 500..600 {
        send(&mut rig, &mut producer, 9, number);
        assert!(rig.memory().0 <= 8000 + 2048, "{}", rig.memory().0);
    }
    rig.consume(&consumer, &given);
    let mut expected: Vec<String> = (500..600).map(|number| format!("9 {number}")).collect();
    expected.extend((1..500).map(|number| format!("4 {number}")));
    assert_eq!(all(&mut rig, &consumer), expected);
}

#[test]
fn sending_and_consuming_at_once_leaves_nothing_in_the_store() {
    let mut rig = by_priority(small());
    rig.slow_pages = true;
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    let consumer = one_by_one(&mut rig);
    let (mut seen, mut sent) = (Vec::new(), Vec::new());
    for number in 0..600 {
        let priority = i8::try_from(number * 7 % 10).unwrap();
        sent.push(send(&mut rig, &mut producer, priority, number));
        if number % 3 == 0 {
            let given = rig.deliveries(&consumer);
            seen.extend(given.iter().map(Delivery::text));
            if !given.is_empty() {
                rig.consume(&consumer, &given);
            }
        }
        if number % 5 == 0 {
            rig.answer_pages();
        }
    }
    rig.slow_pages = false;
    rig.answer_pages();
    seen.extend(all(&mut rig, &consumer));
    sent.sort();
    seen.sort();
    assert_eq!(seen, sent);
}

#[test]
fn the_order_survives_a_restart_and_nothing_is_flagged_that_was_not_given() {
    let mut rig = by_priority(small());
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    let expected = send_all(&mut rig, &mut producer, 100);
    let consumer = rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 2);
    assert_eq!(rig.texts(&consumer), expected[..2]);
    rig.crash(0);
    let consumer = one_by_one(&mut rig);
    let (mut texts, mut flagged) = (Vec::new(), Vec::new());
    loop {
        let given = rig.deliveries(&consumer);
        let Some(first) = given.first() else { break };
        texts.push(first.text());
        flagged.extend((first.counter > 0).then(|| first.text()));
        rig.consume(&consumer, &given);
    }
    assert_eq!(texts, expected);
    assert_eq!(flagged, expected[..2]);
}

/// The store confirms one after the other: who waits for it must not keep a whole queue waiting.
#[test]
fn what_is_being_stored_holds_up_its_like_only() {
    let mut rig = by_priority(Settings::default());
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    for number in 0..3 {
        send(&mut rig, &mut producer, 4, number);
    }
    rig.frozen = true;
    rig.send_with(&mut producer, "9 3", |message| message.priority = 9);
    rig.send_with(&mut producer, "4 4", |message| message.priority = 4);
    let other = rig.connect("b");
    let mut light = rig.producer(&other, queue("Q"));
    let text = light.message("9 5", |it| (it.priority, it.persistent) = (9, false));
    rig.tell(other.link, text);
    let consumer = rig.consumer(&peer, queue("Q"));
    rig.thaw();
    assert_eq!(rig.texts(&consumer), ["4 0", "4 1", "4 2", "9 3", "9 5", "4 4"]);
}

#[test]
fn who_chooses_gets_the_highest_priority_that_it_wants() {
    let mut rig = by_priority(small());
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    for number in 0..200_i32 {
        let text = number.to_string();
        let priority = i8::try_from(number / 20).unwrap();
        let (answer, _) = rig.send_with(&mut producer, &text, |message| {
            message.priority = priority;
            message.set_property("even", Value::Boolean(number % 2 == 0)).unwrap();
        });
        assert_eq!(answer, Answer::Done);
    }
    let consumer = rig.consumer_with(&peer, queue("Q"), |info| {
        info.selector = Some("even".into());
        info.prefetch_size = 3;
    });
    let bands = (0..10).rev().flat_map(|band| (band * 20)..(band * 20 + 20));
    let even: Vec<String> = bands.filter(|it| it % 2 == 0).map(|it: i32| it.to_string()).collect();
    let mut seen = Vec::new();
    for (round, expected) in even.chunks(3).enumerate() {
        let given = rig.deliveries(&consumer);
        assert_eq!(given.iter().map(Delivery::text).collect::<Vec<_>>(), expected, "{round}");
        seen.extend(given.iter().map(Delivery::text));
        rig.tell(consumer.link, consumer.ack(MessageAck::STANDARD, &given));
    }
    assert_eq!(seen, even);
}

#[test]
fn a_browser_sees_everything_once_in_the_order_of_priorities() {
    let mut rig = by_priority(small());
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    let mut expected = send_all(&mut rig, &mut producer, 60);
    let consumer = one_by_one(&mut rig);
    assert_eq!(rig.texts(&consumer), expected[..1]);
    let place = expected.iter().take_while(|text| text.starts_with('9')).count();
    expected.insert(place, send(&mut rig, &mut producer, 9, 1000));
    expected.push("(marker)".to_owned());
    let browser = rig.consumer_with(&peer, queue("Q"), |info| info.browser = true);
    assert_eq!(rig.texts(&browser), expected);
}

/// The order is in the store: what was there before comes first, and what is left afterwards keeps its own.
#[test]
fn a_queue_may_be_prioritized_later_and_no_more() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    for text in numbers(0..3) {
        rig.send(&mut producer, &text);
    }
    rig.prioritize(["Q"].into_iter().collect());
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    let expected = send_all(&mut rig, &mut producer, 10);
    rig.prioritize(Prioritized::default());
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    let last = send(&mut rig, &mut producer, 9, 99);
    let consumer = rig.consumer(&peer, queue("Q"));
    let mut all_of_it = numbers(0..3);
    all_of_it.extend(expected);
    all_of_it.insert(4, last);
    assert_eq!(all(&mut rig, &consumer), all_of_it);
    rig.restart();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    for (priority, number) in [(1, 1), (9, 2)] {
        send(&mut rig, &mut producer, priority, number);
    }
    let consumer = rig.consumer(&peer, queue("Q"));
    assert_eq!(all(&mut rig, &consumer), ["1 1", "9 2"], "it was empty at the start");
}

//! Which consumer gets a message: turns, priority, exclusivity, groups, selectors.

use super::{Consumer, Peer, Producer, Rig, queue};

fn sent(rig: &mut Rig, producer: &mut Producer, texts: &[&str]) {
    for text in texts {
        rig.send(producer, text);
    }
}

fn grouped(rig: &mut Rig, producer: &mut Producer, group: &str, sequence: i32, text: &str) {
    rig.send_with(producer, text, |message| {
        message.group_id = Some(group.into());
        message.group_sequence = sequence;
    });
}

fn setting() -> (Rig, Peer, Producer) {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let producer = rig.producer(&peer, queue("Q"));
    (rig, peer, producer)
}

#[test]
fn equal_consumers_take_turns() {
    let (mut rig, peer, mut producer) = setting();
    let consumers: [Consumer; 3] = std::array::from_fn(|_| rig.consumer(&peer, queue("Q")));
    sent(&mut rig, &mut producer, &["1", "2", "3", "4", "5", "6"]);
    assert_eq!(rig.texts(&consumers[0]), ["1", "4"]);
    assert_eq!(rig.texts(&consumers[1]), ["2", "5"]);
    assert_eq!(rig.texts(&consumers[2]), ["3", "6"]);
}

#[test]
fn a_full_consumer_is_passed_over_and_reserves_nothing() {
    let (mut rig, peer, mut producer) = setting();
    let small = rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 1);
    let large = rig.consumer(&peer, queue("Q"));
    sent(&mut rig, &mut producer, &["1", "2", "3", "4"]);
    assert_eq!(rig.texts(&small), ["1"]);
    assert_eq!(rig.texts(&large), ["2", "3", "4"]);
}

#[test]
fn higher_priority_comes_first_until_its_window_is_full() {
    let (mut rig, peer, mut producer) = setting();
    let low = rig.consumer(&peer, queue("Q"));
    let high = rig.consumer_with(&peer, queue("Q"), |info| {
        info.priority = 5;
        info.prefetch_size = 2;
    });
    sent(&mut rig, &mut producer, &["1", "2", "3", "4"]);
    assert_eq!(rig.texts(&high), ["1", "2"]);
    assert_eq!(rig.texts(&low), ["3", "4"]);
}

#[test]
fn the_first_exclusive_consumer_gets_everything() {
    let (mut rig, peer, mut producer) = setting();
    let ordinary = rig.consumer(&peer, queue("Q"));
    let exclusive = |info: &mut relaismq_openwire::ConsumerInfo| info.exclusive = true;
    let first = rig.consumer_with(&peer, queue("Q"), exclusive);
    let second = rig.consumer_with(&peer, queue("Q"), exclusive);
    sent(&mut rig, &mut producer, &["1", "2"]);
    assert_eq!(rig.texts(&first), ["1", "2"]);
    rig.close(&first, -2);
    assert_eq!(rig.texts(&second), ["1", "2"]);
    let highest = rig.consumer_with(&peer, queue("Q"), |info| {
        info.exclusive = true;
        info.priority = 127;
    });
    sent(&mut rig, &mut producer, &["3"]);
    assert_eq!(rig.texts(&highest), ["3"], "a higher priority takes over");
    rig.close(&highest, -2);
    rig.close(&second, -2);
    assert_eq!(rig.texts(&ordinary), ["1", "2", "3"]);
}

#[test]
fn a_full_exclusive_consumer_is_waited_for() {
    let (mut rig, peer, mut producer) = setting();
    let ordinary = rig.consumer(&peer, queue("Q"));
    let exclusive = rig.consumer_with(&peer, queue("Q"), |info| {
        info.exclusive = true;
        info.prefetch_size = 1;
    });
    sent(&mut rig, &mut producer, &["1", "2"]);
    assert_eq!(rig.texts(&ordinary), [""; 0]);
    let given = rig.deliveries(&exclusive);
    rig.consume(&exclusive, &given);
    assert_eq!(rig.texts(&exclusive), ["2"]);
}

#[test]
fn a_group_stays_with_its_consumer() {
    let (mut rig, peer, mut producer) = setting();
    let consumers: [Consumer; 2] = std::array::from_fn(|_| rig.consumer(&peer, queue("Q")));
    for round in 1..=3 {
        for group in ["A", "B"] {
            grouped(&mut rig, &mut producer, group, round, &format!("{group}{round}"));
        }
    }
    let given = rig.deliveries(&consumers[0]);
    assert_eq!(given.iter().map(super::Delivery::text).collect::<Vec<_>>(), ["A1", "A2", "A3"]);
    let first: Vec<bool> =
        given.iter().map(|it| it.message.as_ref().unwrap().group_first_for_consumer).collect();
    assert_eq!(first, [true, false, false]);
    assert_eq!(rig.texts(&consumers[1]), ["B1", "B2", "B3"]);
}

#[test]
fn a_negative_sequence_closes_the_group() {
    let (mut rig, peer, mut producer) = setting();
    let consumers: [Consumer; 2] = std::array::from_fn(|_| rig.consumer(&peer, queue("Q")));
    grouped(&mut rig, &mut producer, "A", 1, "1");
    grouped(&mut rig, &mut producer, "A", -1, "last");
    assert_eq!(rig.texts(&consumers[0]), ["1", "last"]);
    grouped(&mut rig, &mut producer, "A", 5, "anew");
    assert_eq!(rig.texts(&consumers[1]), ["anew"]);
}

#[test]
fn sequence_one_gives_the_group_to_whoever_is_next() {
    let (mut rig, peer, mut producer) = setting();
    let consumers: [Consumer; 2] = std::array::from_fn(|_| rig.consumer(&peer, queue("Q")));
    grouped(&mut rig, &mut producer, "A", 1, "1");
    grouped(&mut rig, &mut producer, "A", 1, "again 1");
    grouped(&mut rig, &mut producer, "A", 2, "2");
    assert_eq!(rig.texts(&consumers[0]), ["1"]);
    assert_eq!(rig.texts(&consumers[1]), ["again 1", "2"]);
}

#[test]
fn a_group_whose_consumer_closes_goes_to_another_with_its_messages() {
    let (mut rig, peer, mut producer) = setting();
    let consumers: [Consumer; 2] = std::array::from_fn(|_| {
        rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 2)
    });
    for number in 1..=4 {
        grouped(&mut rig, &mut producer, "A", number + 1, &number.to_string());
    }
    assert_eq!(rig.texts(&consumers[0]), ["1", "2"]);
    assert_eq!(rig.texts(&consumers[1]), [""; 0], "the owner is waited for");
    rig.close(&consumers[0], -2);
    let given = rig.deliveries(&consumers[1]);
    assert_eq!(given.iter().map(super::Delivery::text).collect::<Vec<_>>(), ["1", "2"]);
    assert!(given[0].message.as_ref().unwrap().group_first_for_consumer);
    assert!(!given[1].message.as_ref().unwrap().group_first_for_consumer);
}

#[test]
fn a_waiting_group_does_not_hold_up_others() {
    let (mut rig, peer, mut producer) = setting();
    let consumers: [Consumer; 2] = std::array::from_fn(|_| {
        rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 1)
    });
    grouped(&mut rig, &mut producer, "A", 2, "A1");
    grouped(&mut rig, &mut producer, "A", 3, "A2");
    grouped(&mut rig, &mut producer, "B", 2, "B1");
    let given = rig.deliveries(&consumers[0]);
    assert_eq!(given[0].text(), "A1");
    assert_eq!(rig.texts(&consumers[1]), ["B1"]);
    rig.consume(&consumers[0], &given);
    assert_eq!(rig.texts(&consumers[0]), ["A2"]);
}

#[test]
fn many_groups_are_forgotten_oldest_first() {
    let (mut rig, peer, mut producer) = setting();
    let consumers: [Consumer; 2] = std::array::from_fn(|_| {
        rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 10_000)
    });
    for number in 0..2000 {
        grouped(&mut rig, &mut producer, &format!("G{number}"), 2, "x");
    }
    rig.deliveries(&consumers[0]);
    rig.deliveries(&consumers[1]);
    // The first group was with the first consumer; it is assigned afresh.
    grouped(&mut rig, &mut producer, "G1999", 3, "kept");
    assert_eq!(rig.texts(&consumers[1]), ["kept"]);
    grouped(&mut rig, &mut producer, "G1", 3, "forgotten");
    assert_eq!(rig.texts(&consumers[0]), ["forgotten"]);
}

#[test]
fn selectors_split_a_queue_without_blocking_each_other() {
    let (mut rig, peer, mut producer) = setting();
    let of = |rig: &mut Rig, priority: i8, prefetch: i32| {
        rig.consumer_with(&peer, queue("Q"), |info| {
            info.selector = Some(format!("JMSPriority = {priority}").into());
            info.prefetch_size = prefetch;
        })
    };
    let (ones, twos) = (of(&mut rig, 1, 1), of(&mut rig, 2, 1));
    for (text, priority) in [("1a", 1), ("1b", 1), ("3", 3), ("2a", 2), ("1c", 1), ("2b", 2)] {
        rig.send_with(&mut producer, text, |message| message.priority = priority);
    }
    for (consumer, expected) in [(&ones, ["1a", "1b", "1c"].as_slice()), (&twos, &["2a", "2b"])] {
        for text in expected {
            let given = rig.deliveries(consumer);
            assert_eq!(given.iter().map(super::Delivery::text).collect::<Vec<_>>(), [*text]);
            rig.consume(consumer, &given);
        }
    }
    // What nobody wanted is there for somebody who does, and what came back is seen again.
    let anything = rig.consumer(&peer, queue("Q"));
    assert_eq!(rig.texts(&anything), ["3"]);
    rig.close(&anything, -1);
    let threes = of(&mut rig, 3, 10);
    assert_eq!(rig.texts(&threes), ["3"]);
}

#[test]
fn a_returned_message_is_offered_to_selectors_that_had_passed_its_place() {
    let (mut rig, peer, mut producer) = setting();
    let any = rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 1);
    rig.send_with(&mut producer, "9", |message| message.priority = 9);
    let nines = rig.consumer_with(&peer, queue("Q"), |info| {
        info.selector = Some("JMSPriority = 9".into());
    });
    rig.send(&mut producer, "4");
    assert_eq!(rig.texts(&any), ["9"]);
    assert_eq!(rig.texts(&nines), [""; 0]);
    rig.close(&any, -2);
    assert_eq!(rig.texts(&nines), ["9"]);
}

#[test]
fn a_selector_that_fails_to_evaluate_loses_nothing() {
    let (mut rig, peer, mut producer) = setting();
    let faulty = rig.consumer_with(&peer, queue("Q"), |info| {
        info.selector = Some("word - 1 = 0".into());
    });
    rig.send_with(&mut producer, "1", |message| {
        message.set_property("word", relaismq_openwire::Value::Text("text".into())).unwrap();
    });
    assert_eq!(rig.texts(&faulty), [""; 0]);
    let other = rig.consumer(&peer, queue("Q"));
    assert_eq!(rig.texts(&other), ["1"]);
}

#[test]
fn message_priority_does_not_change_the_order() {
    let (mut rig, peer, mut producer) = setting();
    for (text, priority) in [("1", 1), ("9", 9), ("4", 4)] {
        rig.send_with(&mut producer, text, |message| message.priority = priority);
    }
    let consumer = rig.consumer(&peer, queue("Q"));
    assert_eq!(rig.texts(&consumer), ["1", "9", "4"]);
}

#[test]
fn an_exclusive_consumer_takes_groups_over() {
    let (mut rig, peer, mut producer) = setting();
    let owner = rig.consumer(&peer, queue("Q"));
    grouped(&mut rig, &mut producer, "G", 1, "1");
    assert_eq!(rig.texts(&owner), ["1"]);
    let exclusive = rig.consumer_with(&peer, queue("Q"), |info| info.exclusive = true);
    grouped(&mut rig, &mut producer, "G", 2, "2");
    assert_eq!(rig.texts(&exclusive), ["2"]);
}

// Unlike JMS, ActiveMQ honours this for queues too.
#[test]
fn a_consumer_may_leave_what_its_own_connection_sent_to_others() {
    let (mut rig, peer, mut producer) = setting();
    let choosy = rig.consumer_with(&peer, queue("Q"), |info| info.no_local = true);
    sent(&mut rig, &mut producer, &["own"]);
    let other = rig.connect("b");
    let mut foreign = rig.producer(&other, queue("Q"));
    sent(&mut rig, &mut foreign, &["foreign"]);
    assert_eq!(rig.texts(&choosy), ["foreign"]);
    let consumer = rig.consumer(&other, queue("Q"));
    assert_eq!(rig.texts(&consumer), ["own"]);
}

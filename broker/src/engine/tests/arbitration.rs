//! Which consumer gets a message: turns, priority, exclusivity, selectors.

use super::{Consumer, Delivery, Peer, Producer, Rig, queue};

fn sent(rig: &mut Rig, producer: &mut Producer, texts: &[&str]) {
    for text in texts {
        rig.send(producer, text);
    }
}

/// A client with a producer for the queue that it consumes from.
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
            assert_eq!(given.iter().map(Delivery::text).collect::<Vec<_>>(), [*text]);
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

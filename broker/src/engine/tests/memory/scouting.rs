//! Consumers that choose, and what they want far behind what nobody wants.

use relaismq_openwire::Value;

use super::{Consumer, Peer, Producer, Rig, all, numbers, queue, small};
use crate::engine::Settings;

fn coloured(rig: &mut Rig, producer: &mut Producer, text: &str, colour: &str) {
    rig.send_with(producer, text, |message| {
        message.set_property("colour", Value::Text(colour.into())).expect("a property");
    });
}

fn wants(rig: &mut Rig, peer: &Peer, colour: &str) -> Consumer {
    rig.consumer_with(peer, queue("Q"), |info| {
        info.selector = Some(format!("colour = '{colour}'").into());
        info.prefetch_size = 2;
    })
}

/// So many that nobody wants, and then three others.
fn crowded(ahead: i32, settings: Settings) -> (Rig, Peer) {
    let mut rig = Rig::with(settings);
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    for text in numbers(0..ahead) {
        coloured(&mut rig, &mut producer, &text, "red");
    }
    for text in ["x", "y", "z"] {
        coloured(&mut rig, &mut producer, text, "blue");
    }
    (rig, peer)
}

// With 16 MiB of other messages before its own a consumer with a selector got nothing.
#[test]
fn a_selector_finds_its_messages_behind_more_than_memory_holds() {
    let (mut rig, peer) = crowded(20_000, Settings { queue_memory_bytes: 100_000, ..small() });
    let consumer = wants(&mut rig, &peer, "blue");
    assert_eq!(all(&mut rig, &consumer), ["x", "y", "z"]);
    assert!(rig.memory().0 < 150_000, "{}", rig.memory().0);
}

#[test]
fn what_a_selector_passed_over_comes_to_a_later_consumer_in_order() {
    let (mut rig, peer) = crowded(100, small());
    let chooser = wants(&mut rig, &peer, "blue");
    assert_eq!(rig.texts(&chooser), ["x", "y"]);
    let consumer = rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 5);
    assert_eq!(all(&mut rig, &consumer), [numbers(0..100), vec!["z".to_owned()]].concat());
}

#[test]
fn what_was_given_out_of_turn_does_not_come_twice_and_comes_back_to_its_place() {
    let (mut rig, peer) = crowded(100, small());
    let chooser = wants(&mut rig, &peer, "blue");
    let given = rig.deliveries(&chooser);
    rig.consume(&chooser, &given[..1]);
    rig.close(&chooser, -1);
    let consumer = rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 5);
    let expected = [numbers(0..100), vec!["y".to_owned(), "z".to_owned()]].concat();
    assert_eq!(all(&mut rig, &consumer), expected);
}

#[test]
fn a_selector_hears_of_what_comes_later() {
    let (mut rig, peer) = crowded(100, small());
    let consumer = wants(&mut rig, &peer, "blue");
    assert_eq!(all(&mut rig, &consumer), ["x", "y", "z"]);
    let mut producer = rig.producer(&peer, queue("Q"));
    coloured(&mut rig, &mut producer, "more", "red");
    coloured(&mut rig, &mut producer, "last", "blue");
    assert_eq!(rig.texts(&consumer), ["last"]);
}

#[test]
fn two_selectors_find_theirs_each_in_its_order() {
    let mut rig = Rig::with(small());
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    let colours = ["red", "blue", "green"];
    for (number, text) in numbers(0..300).iter().enumerate() {
        let colour = if number < 100 { "red" } else { colours[number % 3] };
        coloured(&mut rig, &mut producer, text, colour);
    }
    let (blue, green) = (wants(&mut rig, &peer, "blue"), wants(&mut rig, &peer, "green"));
    let of = |rest: i32| (100..300).filter(move |it| it % 3 == rest).map(|it| it.to_string());
    assert_eq!(all(&mut rig, &blue), of(1).collect::<Vec<_>>());
    assert_eq!(all(&mut rig, &green), of(2).collect::<Vec<_>>());
    let rest = rig.consumer(&peer, queue("Q"));
    let red = (0..300).filter(|it| *it < 100 || it % 3 == 0).map(|it| it.to_string());
    assert_eq!(all(&mut rig, &rest), red.collect::<Vec<_>>());
}

#[test]
fn a_message_group_keeps_its_order_behind_what_a_busy_consumer_owns() {
    let mut rig = Rig::with(small());
    let peer = rig.connect("a");
    let one = |info: &mut relaismq_openwire::ConsumerInfo| info.prefetch_size = 1;
    let busy = rig.consumer_with(&peer, queue("Q"), one);
    let mut producer = rig.producer(&peer, queue("Q"));
    for text in numbers(0..50) {
        let group = |message: &mut relaismq_openwire::Message| message.group_id = Some("A".into());
        rig.send_with(&mut producer, &text, group);
    }
    for text in ["x", "y"] {
        let group = |message: &mut relaismq_openwire::Message| message.group_id = Some("B".into());
        rig.send_with(&mut producer, text, group);
    }
    let free = rig.consumer_with(&peer, queue("Q"), one);
    assert_eq!(all(&mut rig, &free), ["x", "y"]);
    assert_eq!(rig.texts(&busy), ["0"]);
    rig.close(&busy, -1);
    assert_eq!(all(&mut rig, &free), numbers(0..50));
}

//! No room: senders wait, consumers go on and make some.

mod bounds;
mod clients;

use std::time::Duration;

use relaismq_openwire::MessageAck;

use super::{
    Answer, Consumer, Peer, Rig,
    destinations::{creation, temporary},
    queue, topic,
};
use crate::engine::Settings;

/// A store without disk that has little room.
fn small() -> Settings {
    Settings { store_bytes: Some(10_000), marks: false, ..Settings::default() }
}

/// Room may appear without the engine's doing.
fn look_again(rig: &mut Rig) {
    rig.advance(Duration::from_secs(1));
}

fn long(text: &str) -> String {
    format!("{text:x<3000}")
}

/// Takes what is there and confirms it, all of it; the first letter of each.
fn drain(rig: &mut Rig, consumer: &Consumer) -> String {
    let mut texts = String::new();
    loop {
        let given = rig.deliveries(consumer);
        if given.is_empty() {
            return texts;
        }
        texts.extend(given.iter().map(|it| it.text().chars().next().expect("a letter")));
        rig.consume(consumer, &given);
    }
}

/// Sends until a sender waits; how many went through, and the one that did not.
fn fill(rig: &mut Rig, peer: &Peer) -> (usize, i32) {
    let mut producer = rig.producer(peer, queue("Q"));
    for count in 0..100 {
        match rig.send_with(&mut producer, &long("a"), |_| ()).0 {
            Answer::Done => {}
            Answer::Pending(command) => return (count, command),
            refused @ Answer::Refused(..) => panic!("{refused:?}"),
        }
    }
    panic!("there is always room")
}

#[test]
fn a_sender_waits_for_its_answer_until_there_is_room_and_nobody_else_does() {
    let mut rig = Rig::with(small());
    let (sender, receiver) = (rig.connect("a"), rig.connect("b"));
    let (count, waits) = fill(&mut rig, &sender);
    assert!(count > 1);
    look_again(&mut rig);
    assert_eq!(rig.answer_to(sender.link, waits), Answer::Pending(waits));
    let consumer = rig.consumer(&receiver, queue("Q"));
    assert_eq!(drain(&mut rig, &consumer), "a".repeat(count + 1));
    assert_eq!(rig.answer_to(sender.link, waits), Answer::Done);
}

#[test]
fn the_store_is_full_and_what_was_sent_is_kept_in_order_when_it_is_not_any_more() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    let consumer = rig.consumer(&peer, queue("Q"));
    rig.full = true;
    rig.frozen = true;
    let mut answers: Vec<Answer> =
        ["1", "2", "3"].map(|text| rig.send_with(&mut producer, text, |_| ()).0).into();
    rig.thaw();
    answers.push(rig.send_with(&mut producer, "4", |_| ()).0);
    look_again(&mut rig);
    assert_eq!(drain(&mut rig, &consumer), "");
    rig.full = false;
    look_again(&mut rig);
    assert_eq!(drain(&mut rig, &consumer), "1234");
    for answer in answers {
        assert_eq!(rig.answer_to(peer.link, answer.command()), Answer::Done);
    }
}

#[test]
fn what_is_removed_from_a_full_store_lets_senders_go_on_at_once() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    let consumer = rig.consumer(&peer, queue("Q"));
    rig.send(&mut producer, "1");
    rig.full = true;
    let (answer, _) = rig.send_with(&mut producer, "2", |_| ());
    rig.full = false;
    assert_eq!(drain(&mut rig, &consumer), "12");
    assert_eq!(rig.answer_to(peer.link, answer.command()), Answer::Done);
}

#[test]
fn other_sessions_of_a_connection_with_a_waiting_sender_go_on() {
    let mut rig = Rig::with(small());
    let peer = rig.connect("a");
    let (_, waits) = fill(&mut rig, &peer);
    let mut light = rig.producer(&peer, topic("T"));
    light.id.session_id = 9;
    let session_id = Some(light.id.session());
    rig.tell(peer.link, relaismq_openwire::SessionInfo { session_id, ..Default::default() });
    let mut light = rig.producer_again(&peer, light.id, topic("T"), |_| ());
    assert!(matches!(rig.send_with(&mut light, "1", |_| ()).0, Answer::Done));
    let consumer = rig.consumer(&peer, queue("Q"));
    drain(&mut rig, &consumer);
    assert_eq!(rig.answer_to(peer.link, waits), Answer::Done);
}

#[test]
fn what_a_session_says_behind_a_waiting_message_is_done_after_it() {
    let mut rig = Rig::with(small());
    let (sender, receiver) = (rig.connect("a"), rig.connect("b"));
    let (_, waits) = fill(&mut rig, &sender);
    let mut producer = rig.producer(&sender, queue("Q"));
    let (light, _) = rig.send_with(&mut producer, "light", |message| message.persistent = false);
    assert!(matches!(light, Answer::Pending(_)), "{light:?}");
    let closed = rig.remove(sender.link, producer.id.clone(), -1);
    assert!(matches!(closed, Answer::Pending(_)), "{closed:?}");
    let consumer = rig.consumer(&receiver, queue("Q"));
    assert!(drain(&mut rig, &consumer).ends_with("al"));
    for command in [waits, light.command(), closed.command()] {
        assert_eq!(rig.answer_to(sender.link, command), Answer::Done);
    }
}

#[test]
fn a_commit_waits_for_room_as_a_whole() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    let consumer = rig.consumer(&peer, queue("Q"));
    rig.send(&mut producer, "0");
    let given = rig.deliveries(&consumer);
    let id = rig.begin(&peer);
    rig.enlist(&mut producer, "1", &id);
    rig.enlist(&mut producer, "2", &id);
    assert_eq!(rig.ack_in(&consumer, MessageAck::STANDARD, &given, &id), Answer::Done);
    rig.full = true;
    let answer = rig.commit(&peer, &id);
    look_again(&mut rig);
    assert_eq!(drain(&mut rig, &consumer), "");
    assert_eq!(rig.answer_to(peer.link, answer.command()), Answer::Pending(answer.command()));
    rig.full = false;
    look_again(&mut rig);
    assert_eq!(drain(&mut rig, &consumer), "12");
    assert_eq!(rig.answer_to(peer.link, answer.command()), Answer::Done);
    assert_eq!(rig.kept_in_queue("Q"), 0);
}

#[test]
fn a_commit_comes_after_what_was_sent_in_it_and_waits() {
    let mut rig = Rig::with(small());
    let (sender, receiver) = (rig.connect("a"), rig.connect("b"));
    fill(&mut rig, &sender);
    let mut producer = rig.producer(&sender, queue("R"));
    let id = rig.begin(&sender);
    rig.enlist(&mut producer, "1", &id);
    let answer = rig.commit(&sender, &id);
    assert!(matches!(answer, Answer::Pending(_)), "{answer:?}");
    let consumers = ["Q", "R"].map(|name| rig.consumer(&receiver, queue(name)));
    drain(&mut rig, &consumers[0]);
    assert_eq!(drain(&mut rig, &consumers[1]), "1");
    assert_eq!(rig.answer_to(sender.link, answer.command()), Answer::Done);
}

#[test]
fn what_has_expired_while_it_waited_is_not_delivered() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    rig.full = true;
    let expiration = rig.now.unix_ms + 5000;
    rig.send_with(&mut producer, "1", |message| message.expiration = expiration);
    rig.send_with(&mut producer, "2", |message| message.expiration = expiration);
    rig.send_with(&mut producer, "3", |_| ());
    rig.advance(Duration::from_secs(10));
    rig.full = false;
    look_again(&mut rig);
    let consumer = rig.consumer(&peer, queue("Q"));
    assert_eq!(drain(&mut rig, &consumer), "3");
}

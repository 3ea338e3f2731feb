//! Senders that go while they wait, and those that come back.

use super::{Answer, Rig, drain, fill, look_again, queue, small};
use crate::engine::io::{Question, Report};

#[test]
fn whoever_asks_is_told_whose_messages_wait() {
    let mut rig = Rig::with(small());
    let (sender, receiver) = (rig.connect("a"), rig.connect("b"));
    fill(&mut rig, &sender);
    let waits =
        |rig: &mut Rig| [sender.link, receiver.link].map(|link| rig.ask(Question::Waits(link)));
    let answers = |sender_waits| {
        [Report::Waits(sender.link, sender_waits), Report::Waits(receiver.link, false)]
    };
    assert_eq!(waits(&mut rig), answers(true));
    let consumer = rig.consumer(&receiver, queue("Q"));
    drain(&mut rig, &consumer);
    assert_eq!(waits(&mut rig), answers(false));
}

#[test]
fn a_sender_that_goes_takes_along_what_it_has_not_been_answered() {
    let mut rig = Rig::with(small());
    let (sender, receiver) = (rig.connect("a"), rig.connect("b"));
    let (count, _) = fill(&mut rig, &sender);
    rig.cut(&sender);
    let consumer = rig.consumer(&receiver, queue("Q"));
    assert_eq!(drain(&mut rig, &consumer), "a".repeat(count));
    look_again(&mut rig);
    assert_eq!(drain(&mut rig, &consumer), "");
}

#[test]
fn what_the_store_found_no_room_for_goes_with_its_sender_too_if_that_wanted_an_answer() {
    let mut rig = Rig::new();
    let (sender, receiver) = (rig.connect("a"), rig.connect("b"));
    let mut producer = rig.producer(&sender, queue("Q"));
    rig.full = true;
    rig.send_with(&mut producer, "1", |_| ());
    rig.cut(&sender);
    rig.full = false;
    look_again(&mut rig);
    let consumer = rig.consumer(&receiver, queue("Q"));
    assert_eq!(drain(&mut rig, &consumer), "");
}

#[test]
fn a_sender_that_comes_back_finds_its_message_on_its_way_and_gets_its_answer() {
    let mut rig = Rig::new();
    let (sender, receiver) = (rig.connect_failover("a"), rig.connect("b"));
    let mut producer = rig.producer(&sender, queue("Q"));
    rig.full = true;
    rig.send_with(&mut producer, "1", |_| ());
    rig.cut(&sender);
    let sender = rig.reconnect(&sender);
    let mut again = rig.producer_again(&sender, producer.id.clone(), queue("Q"), |_| ());
    let (answer, _) = rig.send_with(&mut again, "1", |_| ());
    rig.full = false;
    look_again(&mut rig);
    assert_eq!(rig.answer_to(sender.link, answer.command()), Answer::Done);
    let consumer = rig.consumer(&receiver, queue("Q"));
    assert_eq!(drain(&mut rig, &consumer), "1");
}

#[test]
fn what_is_sent_twice_while_it_waits_is_kept_once() {
    let mut rig = Rig::new();
    let (sender, receiver) = (rig.connect_failover("a"), rig.connect("b"));
    let mut producer = rig.producer(&sender, queue("Q"));
    rig.full = true;
    // The second finds the store full, and waits in front of it.
    for text in ["1", "2"] {
        rig.send_with(&mut producer, text, |_| ());
    }
    rig.cut(&sender);
    let sender = rig.reconnect(&sender);
    let mut again = rig.producer_again(&sender, producer.id.clone(), queue("Q"), |_| ());
    let answers = ["1", "2"].map(|text| rig.send_with(&mut again, text, |_| ()).0);
    rig.full = false;
    look_again(&mut rig);
    for answer in answers {
        assert_eq!(rig.answer_to(sender.link, answer.command()), Answer::Done);
    }
    let consumer = rig.consumer(&receiver, queue("Q"));
    assert_eq!(drain(&mut rig, &consumer), "12");
}

#[test]
fn a_crash_while_senders_wait_loses_nothing_that_they_were_answered() {
    let mut rig = Rig::new();
    let sender = rig.connect_failover("a");
    let mut producer = rig.producer(&sender, queue("Q"));
    rig.send(&mut producer, "1");
    rig.frozen = true;
    rig.full = true;
    for text in ["2", "3", "4"] {
        rig.send_with(&mut producer, text, |_| ());
    }
    rig.answer_one();
    rig.full = false;
    // The next ones are on their way to the store, which has room for them again.
    rig.crash(10);
    let sender = rig.reconnect(&sender);
    let mut again = rig.producer_again(&sender, producer.id.clone(), queue("Q"), |_| ());
    again.sequence = 1;
    for text in ["2", "3", "4"] {
        rig.send(&mut again, text);
    }
    let consumer = rig.consumer(&sender, queue("Q"));
    assert_eq!(drain(&mut rig, &consumer), "1234");
}

#[test]
fn an_orderly_end_while_senders_wait_answers_nobody() {
    let mut rig = Rig::with(small());
    let peer = rig.connect("a");
    let (count, waits) = fill(&mut rig, &peer);
    look_again(&mut rig);
    assert_eq!(rig.answer_to(peer.link, waits), Answer::Pending(waits));
    rig.restart();
    assert_eq!(rig.kept_in_queue("Q"), count);
}

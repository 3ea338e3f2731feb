//! Everything that is asked for ends, and in time.

use std::time::Duration;

use relaismq_openwire::{Command, KeepAliveInfo, MessageAck, TransactionInfo};

use super::rig::{MS, Rig};
use crate::{
    options::{ConnectOptions, Endpoint},
    proto::{
        event::Event,
        io::{Answer, Failure, Input, Request, SessionMode},
    },
};

#[test]
fn an_expired_message_does_not_leave_a_pull_hanging() {
    let mut rig = Rig::connected();
    let session = rig.session(SessionMode::Auto);
    let consumer = rig.consumer_with(session, 0);
    let pull = rig.ask(Request::Pull { consumer, wait: Some(1000 * MS) });
    rig.sent.clear();
    rig.dispatch_full(session, consumer, 1, 0, 5);
    rig.pass(5000 * MS);
    assert!(rig.count("MessagePull") == 1 || rig.answer(pull).is_some(), "{:?}", rig.names());
}

#[test]
fn a_pull_ends_in_time_when_the_link_is_lost_after_it_was_written() {
    let mut rig = Rig::connected();
    let session = rig.session(SessionMode::Auto);
    let consumer = rig.consumer_with(session, 0);
    let pull = rig.ask(Request::Pull { consumer, wait: Some(1000 * MS) });
    rig.lose();
    rig.pass(60_000 * MS);
    assert_eq!(rig.answer(pull), Some(Ok(Answer::Pulled(false))));
}

#[test]
fn the_end_of_a_cancelled_pull_does_not_end_the_next_one() {
    let mut rig = Rig::connected();
    let session = rig.session(SessionMode::Auto);
    let consumer = rig.consumer_with(session, 0);
    let first = rig.ask(Request::Pull { consumer, wait: Some(1000 * MS) });
    rig.pass(500 * MS);
    rig.feed(Input::Cancel(first));
    let second = rig.ask(Request::Pull { consumer, wait: Some(5000 * MS) });
    rig.pass(500 * MS);
    rig.nothing(session, consumer);
    assert_eq!(rig.answer(second), None, "ended 4.5 s early");
}

#[test]
fn counts_of_the_broker_alone_do_not_poison() {
    let mut rig = Rig::connected();
    let session = rig.session(SessionMode::Transacted);
    let consumer = rig.consumer(session);
    rig.dispatch_as(session, consumer, 1, 10);
    rig.take(consumer, 1);
    rig.sent.clear();
    rig.ask(Request::Rollback(session));
    let poison = rig.acks().iter().any(|ack| ack.ack_type == MessageAck::POISON);
    assert!(!poison, "first processing ever, and already in the dead letter queue");
}

#[test]
fn connected_is_told_once_when_the_first_restore_fails() {
    let mut rig = Rig::new();
    rig.session(SessionMode::Auto);
    rig.reconnect_half();
    rig.lose();
    rig.polite = true;
    rig.reconnect();
    let connected = rig.events.iter().filter(|it| matches!(it, Event::Connected { .. })).count();
    assert_eq!(connected, 1, "{:?}", rig.events);
}

#[test]
fn a_cancelled_close_still_ends() {
    let mut rig = Rig::connected();
    rig.polite = false;
    let close = rig.ask_by(Request::Close, Some(1000 * MS));
    rig.feed(Input::Cancel(close));
    rig.pass(600_000 * MS);
    assert!(rig.ended);
}

#[test]
fn a_close_without_deadline_ends_when_the_broker_is_silent() {
    let mut rig = Rig::connected();
    rig.polite = false;
    rig.feed(Input::Submit { id: None, request: Request::Close, deadline: None });
    rig.pass(600_000 * MS);
    assert!(rig.ended);
}

#[test]
fn closing_a_transacted_session_rolls_back_on_the_broker() {
    let mut rig = Rig::connected();
    let session = rig.session(SessionMode::Transacted);
    let producer = rig.producer(session);
    rig.send(producer, true);
    rig.ask(Request::CloseSession(session));
    let rolled_back = rig.sent.iter().any(|it| matches!(it, Command::TransactionInfo(info) if info.transaction_type == TransactionInfo::ROLLBACK));
    assert!(rolled_back, "{:?}", rig.names());
}

#[test]
fn an_unconfirmed_send_lost_offline_is_not_reported_as_handed_over() {
    let mut rig = Rig::connected();
    let session = rig.session(SessionMode::Auto);
    let producer = rig.producer(session);
    rig.lose();
    let send = rig.send(producer, false);
    rig.ask(Request::Close);
    assert!(!matches!(rig.answer(send), Some(Ok(_))), "{:?}", rig.answer(send));
}

#[test]
fn nothing_is_sent_in_a_broken_transaction_that_was_not_begun_on_this_link() {
    let mut rig = Rig::connected();
    let session = rig.session(SessionMode::Transacted);
    let (producer, consumer) = (rig.producer(session), rig.consumer(session));
    rig.send(producer, true);
    rig.dispatch(session, consumer, 1);
    rig.take(consumer, 1);
    rig.lose();
    rig.reconnect();
    rig.send(producer, true);
    assert!(rig.messages() == 0 || rig.begins() == 1, "{:?}", rig.names());
    let commit = rig.ask(Request::Commit(session));
    assert!(matches!(rig.answer(commit), Some(Err(Failure::TransactionRolledBack(_)))));
}

#[test]
fn a_broken_transaction_of_acknowledgements_does_not_outlive_a_rollback_delay() {
    let mut rig = Rig::connected();
    let session = rig.session(SessionMode::Transacted);
    let (producer, consumer) = (rig.producer(session), rig.consumer(session));
    rig.dispatch(session, consumer, 1);
    rig.take(consumer, 1);
    rig.ask(Request::Rollback(session));
    rig.lose();
    rig.reconnect();
    rig.send(producer, true);
    let commit = rig.ask(Request::Commit(session));
    assert_eq!(rig.answer(commit), Some(Ok(Answer::Done)), "nothing of this transaction was lost");
}

#[test]
fn a_restore_that_takes_long_keeps_the_link_alive() {
    let mut options = ConnectOptions::to([Endpoint::tcp("a", 1)]);
    options.timeouts.connect_response = Some(Duration::from_secs(60));
    let mut rig = Rig::with(options);
    rig.reconnect();
    rig.session(SessionMode::Auto);
    rig.lose();
    rig.reconnect_half();
    rig.sent.clear();
    for _ in 0..5 {
        rig.pass(5000 * MS);
        rig.receive(KeepAliveInfo::default());
    }
    assert!(rig.count("KeepAliveInfo") > 0, "25 s of silence at a limit of 30 s");
}

#[test]
fn a_second_close_is_answered_when_the_connection_has_ended() {
    let mut rig = Rig::connected();
    rig.polite = false;
    rig.ask(Request::Close);
    let second = rig.ask(Request::Close);
    assert!(rig.ended || rig.answer(second).is_none(), "{:?}", rig.answer(second));
}

#[test]
fn the_deadline_of_a_close_that_nobody_waits_for_counts() {
    let mut rig = Rig::connected();
    rig.polite = false;
    let deadline = Some(rig.start + 2000 * MS);
    rig.feed(Input::Submit { id: None, request: Request::Close, deadline });
    rig.pass(600_000 * MS);
    assert!(rig.ended, "the driver closes like this when the last handle is dropped");
}

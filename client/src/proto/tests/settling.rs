//! Nothing is lost, acknowledged unprocessed or left open.

use std::sync::Arc;

use relaismq_openwire::{Command, Message, MessageAck};

use super::rig::{MS, Rig};
use crate::proto::{
    event::Event,
    io::{Answer, Failure, Request, SessionMode},
};

#[test]
fn a_confirmed_send_is_sent_again_once_under_its_old_id_after_a_loss() {
    let mut rig = Rig::connected();
    let session = rig.session(SessionMode::Auto);
    let producer = rig.producer(session);
    rig.polite = false;
    let send = rig.send(producer, true);
    let id = rig.sent.last().and_then(Command::command_id);
    rig.lose();
    rig.polite = true;
    rig.reconnect();
    assert_eq!(rig.messages(), 1);
    let again = rig.sent.iter().find(|it| matches!(it, Command::Message(_))).unwrap();
    assert_eq!(again.command_id(), id);
    assert!(matches!(rig.answer(send), Some(Ok(Answer::Sent { confirmed: true, .. }))));
    assert!(
        matches!(rig.events.last(), Some(Event::Resumed { resent: 1, .. })),
        "{:?}",
        rig.events
    );
}

#[test]
fn a_send_that_timed_out_offline_is_never_written() {
    let mut rig = Rig::connected();
    let session = rig.session(SessionMode::Auto);
    let producer = rig.producer(session);
    rig.lose();
    let message = Arc::new(Message::default());
    let request =
        Request::Send { producer, message, time_to_live: None, stamp: true, confirm: true };
    let send = rig.ask_by(request, Some(5 * MS));
    rig.pass(6 * MS);
    assert_eq!(rig.answer(send), Some(Err(Failure::TimedOut { maybe_done: false })));
    rig.reconnect();
    assert_eq!(rig.messages(), 0);
}

#[test]
fn a_commit_that_was_written_is_in_doubt_after_a_loss() {
    let mut rig = Rig::connected();
    let session = rig.session(SessionMode::Transacted);
    let producer = rig.producer(session);
    rig.send(producer, true);
    rig.polite = false;
    let commit = rig.ask(Request::Commit(session));
    rig.lose();
    assert!(matches!(rig.answer(commit), Some(Err(Failure::TransactionInDoubt(_)))));
}

#[test]
fn a_transaction_of_sends_alone_is_replayed_and_commits() {
    let mut rig = Rig::connected();
    let session = rig.session(SessionMode::Transacted);
    let producer = rig.producer(session);
    rig.send(producer, true);
    rig.lose();
    rig.reconnect();
    assert_eq!((rig.begins(), rig.messages()), (1, 1));
    let commit = rig.ask(Request::Commit(session));
    assert_eq!(rig.answer(commit), Some(Ok(Answer::Done)));
}

#[test]
fn a_rolled_back_message_is_not_acknowledged_by_a_commit_during_its_delay() {
    let mut rig = Rig::connected();
    let session = rig.session(SessionMode::Transacted);
    let (producer, consumer) = (rig.producer(session), rig.consumer(session));
    rig.dispatch(session, consumer, 1);
    rig.take(consumer, 1);
    rig.ask(Request::Rollback(session));
    rig.sent.clear();
    // The redelivery is due in a second. Meanwhile an error report is sent and committed.
    rig.send(producer, true);
    rig.ask(Request::Commit(session));
    let standard: Vec<_> =
        rig.acks().into_iter().filter(|ack| ack.ack_type == MessageAck::STANDARD).collect();
    assert!(standard.is_empty(), "acknowledged unprocessed: {standard:?}");
    rig.pass(2000 * MS);
    let again: usize = rig.again.iter().map(|(_, deliveries)| deliveries.len()).sum();
    assert_eq!(again, 1, "the message must come again");
}

#[test]
fn two_rollbacks_within_the_delay_redeliver_once() {
    let mut rig = Rig::connected();
    let session = rig.session(SessionMode::Transacted);
    let consumer = rig.consumer(session);
    rig.dispatch(session, consumer, 1);
    rig.take(consumer, 1);
    rig.ask(Request::Rollback(session));
    rig.pass(100 * MS);
    rig.ask(Request::Rollback(session));
    rig.pass(5000 * MS);
    let again: Vec<_> = rig
        .again
        .iter()
        .flat_map(|(_, it)| it)
        .map(|it| (it.number, it.redelivery_counter))
        .collect();
    assert_eq!(again, [(1, 1)]);
}

#[test]
fn client_mode_acknowledge_does_not_cover_what_was_recovered() {
    let mut rig = Rig::connected();
    let session = rig.session(SessionMode::Client);
    let (first, second) = (rig.consumer(session), rig.consumer(session));
    rig.dispatch(session, first, 1);
    rig.take(first, 1);
    rig.ask(Request::Recover { session, only: None });
    rig.dispatch(session, second, 2);
    rig.take(second, 1);
    rig.sent.clear();
    let epoch = rig.epoch;
    rig.ask(Request::Acknowledge { consumer: second, epoch, number: 1 });
    assert_eq!(rig.acks().len(), 1, "{:?}", rig.acks());
}

#[test]
fn a_message_sent_in_a_transaction_during_the_restore_is_written() {
    let mut rig = Rig::connected();
    let session = rig.session(SessionMode::Transacted);
    let producer = rig.producer(session);
    rig.lose();
    rig.reconnect_half();
    let from = rig.sent.len();
    rig.send(producer, true);
    let commit = rig.ask(Request::Commit(session));
    let upto = rig.sent.len();
    rig.answer_from(0);
    rig.answer_from(upto.max(from));
    assert_eq!(rig.messages(), 1, "sent: {:?}", rig.names());
    assert_eq!(rig.begins(), 1);
    assert_eq!(rig.answer(commit), Some(Ok(Answer::Done)));
}

#[test]
fn a_session_opened_during_the_restore_is_known_to_the_broker() {
    let mut rig = Rig::connected();
    rig.session(SessionMode::Auto);
    rig.lose();
    rig.reconnect_half();
    rig.session(SessionMode::Auto);
    rig.answer_all();
    assert_eq!(rig.count("SessionInfo"), 2, "{:?}", rig.names());
}

#[test]
fn a_consumer_closed_during_the_restore_is_removed_on_the_broker() {
    let mut rig = Rig::connected();
    let session = rig.session(SessionMode::Auto);
    let consumer = rig.consumer(session);
    rig.lose();
    rig.reconnect_half();
    assert_eq!(rig.count("ConsumerInfo"), 1);
    rig.ask(Request::CloseConsumer(consumer));
    rig.answer_all();
    assert_eq!(rig.count("RemoveInfo"), 1, "a zombie stays: {:?}", rig.names());
}

#[test]
fn what_comes_before_the_restore_is_over_is_delivered_when_it_can_be_acknowledged() {
    let mut rig = Rig::connected();
    let session = rig.session(SessionMode::Individual);
    let consumer = rig.consumer(session);
    rig.lose();
    rig.reconnect_half();
    rig.dispatch(session, consumer, 1);
    assert!(rig.delivered.is_empty());
    rig.answer_all();
    assert_eq!(rig.delivered.len(), 1);
    let epoch = rig.epoch;
    let ack = rig.ask(Request::Acknowledge { consumer, epoch, number: 1 });
    assert_eq!(rig.answer(ack), Some(Ok(Answer::Done)));
    assert_eq!(rig.acks().len(), 1);
}

#[test]
fn what_is_taken_while_a_commit_is_under_way_stays_outstanding() {
    let mut rig = Rig::connected();
    let session = rig.session(SessionMode::Transacted);
    let consumer = rig.consumer(session);
    rig.dispatch(session, consumer, 1);
    rig.dispatch(session, consumer, 2);
    rig.take(consumer, 1);
    rig.polite = false;
    rig.ask(Request::Commit(session));
    rig.take(consumer, 2);
    rig.answer_all();
    rig.sent.clear();
    rig.ask(Request::Commit(session));
    let ids: Vec<_> = rig.acks().iter().map(|ack| (ack.ack_type, ack.message_count)).collect();
    assert!(ids.contains(&(MessageAck::STANDARD, 1)), "message 2 is never acknowledged: {ids:?}");
}

#[test]
fn a_consumer_closed_before_the_commit_does_not_lose_its_acknowledgements_silently() {
    let mut rig = Rig::connected();
    let session = rig.session(SessionMode::Transacted);
    let consumer = rig.consumer(session);
    rig.dispatch(session, consumer, 1);
    rig.take(consumer, 1);
    rig.ask(Request::CloseConsumer(consumer));
    let commit = rig.ask(Request::Commit(session));
    let acknowledged = rig.acks().iter().any(|ack| ack.ack_type == MessageAck::STANDARD);
    let told = matches!(rig.answer(commit), Some(Err(_)));
    assert!(acknowledged || told, "commit says {:?}, sent {:?}", rig.answer(commit), rig.names());
}

#[test]
fn a_close_under_way_at_a_loss_succeeds() {
    let mut rig = Rig::connected();
    let session = rig.session(SessionMode::Auto);
    let consumer = rig.consumer(session);
    rig.polite = false;
    let close = rig.ask(Request::CloseConsumer(consumer));
    rig.lose();
    rig.polite = true;
    rig.reconnect();
    assert_eq!(rig.count("RemoveInfo"), 0, "the new broker never knew it: {:?}", rig.names());
    assert_eq!(rig.answer(close), Some(Ok(Answer::Done)));
}

// A transaction was dropped with its consumer: the acknowledgements went into a transaction that was
// begun for them alone and never ended, so the message stayed hidden.
#[test]
fn closing_a_transacted_session_acknowledges_nothing_that_was_taken() {
    let mut rig = Rig::connected();
    let session = rig.session(SessionMode::Transacted);
    let consumer = rig.consumer(session);
    rig.dispatch(session, consumer, 1);
    rig.take(consumer, 1);
    rig.ask(Request::CloseSession(session));
    assert!(rig.acks().iter().all(|ack| ack.ack_type != MessageAck::STANDARD));
    assert_eq!(rig.begins(), 0);
}

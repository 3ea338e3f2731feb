//! What a reconnect repeats, and what it must not: browsing, deleting a subscription, messages that
//! nobody waits for.

use std::sync::Arc;

use relaismq_openwire::{Command, ExceptionResponse, Message, Throwable};

use super::rig::{Rig, spec};
use crate::proto::{
    event::Event,
    io::{Answer, ConsumerKey, Failure, ProducerKey, Request, RequestId, SessionKey, SessionMode},
};

fn refuse(rig: &mut Rig, class: &str) {
    let correlation_id = rig.sent.last().and_then(Command::command_id).unwrap();
    let exception = Some(Throwable::new(class, "no"));
    rig.receive(ExceptionResponse { correlation_id, exception, ..ExceptionResponse::default() });
}

fn warnings(rig: &Rig) -> Vec<&str> {
    let mut found = Vec::new();
    for event in &rig.events {
        if let Event::Warning(text) = event {
            found.push(text.as_str());
        }
    }
    found
}

fn browser(rig: &mut Rig, session: SessionKey) -> ConsumerKey {
    let spec = Box::new(crate::proto::io::ConsumerSpec { browser: true, ..spec(2) });
    let id = rig.ask(Request::OpenConsumer { session, spec });
    let Some(Ok(Answer::Consumer(key))) = rig.answer(id) else { panic!("a browser") };
    key
}

/// A browser started over on the new link and showed everything twice.
#[test]
fn a_browser_passes_over_what_it_has_shown_on_an_earlier_link() {
    let mut rig = Rig::connected();
    let session = rig.session(SessionMode::Auto);
    let key = browser(&mut rig, session);
    for n in 1..=3 {
        rig.dispatch_as(session, key, n, 1);
    }
    rig.take(key, 2);
    for _ in 0..2 {
        rig.lose();
        rig.reconnect();
        rig.delivered.clear();
        rig.dispatch_as(session, key, 1, 1);
        rig.dispatch_as(session, key, 2, 1);
        assert!(rig.delivered.is_empty());
        assert_eq!(rig.acks().last().unwrap().message_count, 1, "the window goes on");
    }
    rig.dispatch_as(session, key, 3, 1);
    rig.dispatch_as(session, key, 4, 1);
    let shown = |(_, it): &(ConsumerKey, crate::proto::io::Delivery)| {
        it.message.message_id.as_ref().map(|id| id.producer_sequence_id)
    };
    assert_eq!(rig.delivered.iter().map(shown).collect::<Vec<_>>(), [Some(3), Some(4)]);
}

/// The broker had deleted the subscription and its answer was lost: repeated, the request was refused
/// because there was none.
#[test]
fn a_subscription_that_is_gone_when_its_deletion_is_repeated_was_deleted() {
    const GONE: &str = "javax.jms.InvalidDestinationException";
    let mut rig = Rig::connected();
    rig.polite = false;
    let id = rig.ask(Request::Unsubscribe("s".to_owned()));
    refuse(&mut rig, GONE);
    assert!(matches!(rig.answer(id), Some(Err(_))), "asked for once, there was none");
    let id = rig.ask(Request::Unsubscribe("s".to_owned()));
    rig.lose();
    rig.reconnect_half();
    refuse(&mut rig, GONE);
    assert_eq!(rig.answer(id), Some(Ok(Answer::Done)));
    rig.polite = false;
    let id = rig.ask(Request::Unsubscribe("s".to_owned()));
    rig.lose();
    rig.reconnect_half();
    refuse(&mut rig, "javax.jms.JMSException");
    assert!(matches!(rig.answer(id), Some(Err(_))), "in use is something else");
}

fn send(rig: &mut Rig, producer: ProducerKey, persistent: bool) -> RequestId {
    let message = Arc::new(Message { persistent, ..Message::default() });
    let (time_to_live, stamp, confirm) = (None, true, false);
    rig.ask(Request::Send { producer, message, time_to_live, stamp, confirm })
}

fn handed_over(rig: &Rig, id: RequestId) -> bool {
    matches!(rig.answer(id), Some(Ok(Answer::Sent { confirmed: false, .. })))
}

/// Whatever was in the socket's buffers was lost with the link, hundreds of messages, and nobody said so.
#[test]
fn a_persistent_message_that_nobody_waits_for_is_sent_again() {
    let mut rig = Rig::connected();
    let session = rig.session(SessionMode::Auto);
    let producer = rig.producer(session);
    rig.polite = false;
    let first = send(&mut rig, producer, true);
    assert!(handed_over(&rig, first), "it does not wait for the broker");
    rig.lose();
    let second = send(&mut rig, producer, true);
    assert_eq!(rig.answer(second), None, "but for a link");
    rig.polite = true;
    rig.reconnect();
    assert!(handed_over(&rig, second));
    assert_eq!(rig.messages(), 2);
    rig.lose();
    rig.reconnect();
    assert_eq!(rig.messages(), 2, "nothing has proved that the broker has read them");
    rig.send(producer, true);
    rig.lose();
    rig.reconnect();
    assert_eq!(rig.messages(), 0, "the broker has them");
    assert!(warnings(&rig).is_empty());
}

/// Each answer costs a broker a turn of its disk.
#[test]
fn of_many_messages_that_nobody_waits_for_few_ask_for_an_answer() {
    let mut rig = Rig::connected();
    let session = rig.session(SessionMode::Auto);
    let producer = rig.producer(session);
    rig.sent.clear();
    for _ in 0..1000 {
        send(&mut rig, producer, true);
    }
    let asking = rig.sent.iter().filter(|command| command.response_required()).count();
    assert_eq!((rig.messages(), asking), (1000, 3));
    rig.lose();
    rig.reconnect();
    assert_eq!(rig.messages(), 1000 - 3 * 256);
    rig.lose();
    let large: Vec<_> = (0..100).map(|_| send_large(&mut rig, producer)).collect();
    rig.reconnect();
    assert!(large.iter().all(|id| rig.answer(*id).is_some()));
    assert!(rig.core.accepts_sends(), "what was large has been asked for");
}

#[test]
fn a_close_tells_how_many_messages_that_nobody_waits_for_it_leaves_behind() {
    let mut rig = Rig::connected();
    let session = rig.session(SessionMode::Auto);
    let producer = rig.producer(session);
    rig.polite = false;
    send(&mut rig, producer, true);
    rig.lose();
    rig.ask(Request::Close);
    assert!(warnings(&rig)[0].starts_with("1 messages"), "{:?}", rig.events);
}

#[test]
fn how_many_other_messages_may_be_lost_with_the_link_is_told() {
    let mut rig = Rig::connected();
    let session = rig.session(SessionMode::Auto);
    let producer = rig.producer(session);
    for _ in 0..3 {
        let id = send(&mut rig, producer, false);
        assert!(handed_over(&rig, id));
    }
    rig.send(producer, true);
    send(&mut rig, producer, false);
    rig.lose();
    rig.reconnect();
    assert_eq!(rig.messages(), 0, "sent again, they might come twice");
    assert!(warnings(&rig)[0].starts_with("up to 1 non-persistent"), "{:?}", rig.events);
    rig.lose();
    assert_eq!(warnings(&rig).len(), 1);
}

#[test]
fn a_refusal_that_nobody_waits_for_is_told() {
    let mut rig = Rig::connected();
    let session = rig.session(SessionMode::Auto);
    let producer = rig.producer(session);
    for persistent in [true, false] {
        rig.polite = false;
        send(&mut rig, producer, persistent);
        refuse(&mut rig, "relaismq.Unsendable");
    }
    assert_eq!(warnings(&rig).len(), 2);
    assert!(warnings(&rig)[1].ends_with(": no"), "{:?}", rig.events);
}

fn send_large(rig: &mut Rig, producer: ProducerKey) -> RequestId {
    let content = Some(bytes::Bytes::from_static(&[0; 1 << 20]));
    let message = Arc::new(Message { persistent: true, content, ..Message::default() });
    let (time_to_live, stamp, confirm) = (None, true, false);
    rig.ask(Request::Send { producer, message, time_to_live, stamp, confirm })
}

fn rolled_back(rig: &Rig, id: RequestId) -> bool {
    matches!(rig.answer(id), Some(Err(Failure::TransactionRolledBack(_))))
}

/// A transaction of any size was kept in memory, to be sent again.
#[test]
fn a_transaction_that_is_too_large_to_be_kept_commits_or_is_rolled_back_with_its_link() {
    let mut rig = Rig::connected();
    let session = rig.session(SessionMode::Transacted);
    let producer = rig.producer(session);
    for _ in 0..65 {
        send_large(&mut rig, producer);
    }
    let commit = rig.ask(Request::Commit(session));
    assert_eq!(rig.answer(commit), Some(Ok(Answer::Done)));
    for _ in 0..65 {
        send_large(&mut rig, producer);
    }
    rig.lose();
    rig.reconnect();
    assert_eq!((rig.messages(), rig.begins()), (0, 0));
    let commit = rig.ask(Request::Commit(session));
    assert!(rolled_back(&rig, commit));
    send_large(&mut rig, producer);
    let commit = rig.ask(Request::Commit(session));
    assert_eq!(rig.answer(commit), Some(Ok(Answer::Done)), "the next one is a new one");
}

#[test]
fn a_large_transaction_is_never_half_committed_over_two_lost_links() {
    let mut rig = Rig::connected();
    let session = rig.session(SessionMode::Transacted);
    let producer = rig.producer(session);
    rig.lose();
    rig.reconnect_half();
    for _ in 0..65 {
        send_large(&mut rig, producer);
    }
    rig.polite = false;
    let commit = rig.ask(Request::Commit(session));
    assert_eq!(rig.answer(commit), None, "it waits for the end of the restore");
    rig.lose();
    assert!(rolled_back(&rig, commit));
    rig.polite = true;
    rig.reconnect();
    assert_eq!((rig.messages(), rig.begins()), (0, 0));
}

#[test]
fn without_a_link_a_transaction_that_grows_too_large_is_rolled_back_at_once() {
    let mut rig = Rig::connected();
    let session = rig.session(SessionMode::Transacted);
    let producer = rig.producer(session);
    rig.lose();
    let sends: Vec<_> = (0..66).map(|_| send_large(&mut rig, producer)).collect();
    assert!(rolled_back(&rig, sends[64]) && rolled_back(&rig, sends[65]));
    let commit = rig.ask(Request::Commit(session));
    assert!(rolled_back(&rig, commit));
}

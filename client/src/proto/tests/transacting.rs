//! Local transactions, with and without a link.

use relaismq_openwire::{Command, MessageAck, TransactionInfo};

use super::{
    broker::{Choice, Script},
    inbox::sequence,
    play::{PREFETCH, queue},
    world::World,
};
use crate::proto::io::{
    Answer, ConsumerKey, Failure, ProducerKey, Request, SessionKey, SessionMode,
};

/// A transacted session with both.
pub(super) fn transacted() -> (World, SessionKey, ProducerKey, ConsumerKey) {
    let mut world = World::connected();
    let (session, producer) = world.producing(SessionMode::Transacted);
    let consumer = world.consumer(session, queue(PREFETCH));
    world.broker("a").forget();
    (world, session, producer, consumer)
}

pub(super) fn commits() -> Choice {
    ends(TransactionInfo::COMMIT_ONE_PHASE)
}

pub(super) fn ends(kind: i8) -> Choice {
    Box::new(
        move |command| matches!(command, Command::TransactionInfo(info) if info.transaction_type == kind),
    )
}

/// What a broker was told: begin, commit, rollback, messages and acknowledgements of transactions.
pub(super) fn told(world: &mut World, host: &str) -> String {
    let words = world.broker(host).log.iter().filter_map(|command| match command {
        Command::TransactionInfo(info) => Some(match info.transaction_type {
            TransactionInfo::BEGIN => 'B',
            TransactionInfo::COMMIT_ONE_PHASE => 'C',
            _ => 'R',
        }),
        Command::Message(message) => message.transaction_id.as_ref().map(|_| 'm'),
        Command::MessageAck(ack) => Some(if ack.transaction_id.is_some() { 'a' } else { '-' }),
        Command::RemoveInfo(_) => Some('x'),
        _ => None,
    });
    words.collect()
}

pub(super) fn commit(world: &mut World, session: SessionKey) -> Result<Answer, Failure> {
    let id = world.ask(Request::Commit(session));
    world.answer(id).expect("no answer").clone()
}

pub(super) fn is_rolled_back(answer: &Result<Answer, Failure>) -> bool {
    matches!(answer, Err(Failure::TransactionRolledBack(_)))
}

#[test]
fn begins_with_the_first_send_and_ends_with_acknowledgements_and_the_commit() {
    let (mut world, session, producer, consumer) = transacted();
    assert_eq!(commit(&mut world, session), Ok(Answer::Done));
    assert_eq!(told(&mut world, "a"), "", "nothing happened in it");
    world.store.put(
        "Q",
        relaismq_openwire::Message {
            message_id: Some(
                relaismq_openwire::ConnectionId::new("x").session(1).producer(1).message(77),
            ),
            ..Default::default()
        }
        .into(),
    );
    world.dispatch();
    assert_eq!(sequence(&world.take(consumer).unwrap()), 77);
    let send = world.send(producer, true);
    assert!(matches!(world.done(send), Answer::Sent { confirmed: false, .. }));
    world.send(producer, true);
    assert_eq!(world.store.sequences("Q"), [77]);
    assert_eq!(commit(&mut world, session), Ok(Answer::Done));
    assert_eq!(told(&mut world, "a"), "BmmaC");
    let flags: Vec<_> = world.broker("a").log.iter().map(Command::response_required).collect();
    assert_eq!(flags, [false, false, false, false, true]);
    assert_eq!(world.store.sequences("Q"), [1, 2]);
    let ids: Vec<_> = world.broker("a").log.iter().filter_map(Command::command_id).collect();
    assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
    world.finish();
}

#[test]
fn what_was_taken_is_acknowledged_once_in_the_transaction_it_was_taken_in() {
    let (mut world, session, _, consumer) = transacted();
    world.put("Q", 5);
    world.take(consumer);
    world.take(consumer);
    commit(&mut world, session).unwrap();
    world.take(consumer);
    commit(&mut world, session).unwrap();
    assert_eq!(told(&mut world, "a"), "BaCBaC");
    let standard = MessageAck::STANDARD;
    assert_eq!(world.acks(), [(standard, 2, Some(1), 2), (standard, 1, Some(3), 3)]);
    assert_eq!(world.store.sequences("Q"), [4, 5]);
    world.finish();
}

#[test]
fn what_is_taken_while_a_commit_is_under_way_belongs_to_the_next_one() {
    let (mut world, session, _, consumer) = transacted();
    world.put("Q", 3);
    world.take(consumer);
    world.script("a", Script::Mute(commits()));
    let first = world.ask(Request::Commit(session));
    world.take(consumer);
    let second = world.ask(Request::Commit(session));
    assert_eq!(told(&mut world, "a"), "BaCBaC");
    let ids: Vec<_> =
        world.broker("a").log.iter().filter(|it| it.response_required()).cloned().collect();
    for command in ids.iter().rev() {
        world.broker("a").answer(command, None);
    }
    world.settle();
    world.done(first);
    world.done(second);
    assert_eq!(world.store.sequences("Q"), [3]);
    world.broker("a").scripts.clear();
    world.take(consumer);
    commit(&mut world, session).unwrap();
    assert!(world.store.sequences("Q").is_empty());
    world.finish();
}

#[test]
fn a_rollback_undoes_the_sends_and_redelivers_what_was_taken() {
    let (mut world, session, producer, consumer) = transacted();
    world.put("Q", 2);
    world.take_all(consumer);
    world.send(producer, true);
    let rollback = world.ask(Request::Rollback(session));
    world.done(rollback);
    assert_eq!(told(&mut world, "a"), "BmR-");
    world.run_until(|world| !world.inbox(consumer).held);
    assert_eq!(world.take_all(consumer), [1, 2]);
    commit(&mut world, session).unwrap();
    assert!(world.store.sequences("Q").is_empty());
    world.finish();
}

#[test]
fn what_is_taken_after_a_rollback_is_asked_for_is_not_rolled_back() {
    let (mut world, session, producer, consumer) = transacted();
    world.put("Q", 1);
    world.take(consumer);
    world.send(producer, true);
    world.script("a", Script::Mute(ends(TransactionInfo::ROLLBACK)));
    world.ask(Request::Rollback(session));
    assert!(world.inbox(consumer).held, "at once, not when the broker has answered");
    world.finish();
}

/// Nothing of a transaction stays behind: what is left would be sent again at each reconnect.
#[test]
fn rollbacks_leave_no_transaction_behind() {
    let (mut world, session, producer, _) = transacted();
    for _ in 0..200 {
        world.send(producer, true);
        let rolled_back = world.ask(Request::Rollback(session));
        assert_eq!(world.done(rolled_back), Answer::Done);
    }
    let open = &world.client.registry.sessions[&session];
    assert!(open.transaction.is_none() && open.committing.is_empty() && open.broken.is_none());
    let now = world.client.statistics(world.now.instant);
    assert_eq!((now.sent, now.requests, now.request_bytes), (200, 0, 0));
    assert!(world.broker("a").open.transactions.is_empty());
    world.fail_over();
    assert_eq!(told(&mut world, "b"), "");
    world.finish();
}

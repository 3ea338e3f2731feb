//! Transactions whose link is lost, whose commit comes late, whose consumers are closed.

use relaismq_openwire::{Command, ConsumerControl};

use super::{
    broker::{Script, first, named},
    play::millis,
    transacting::{commit, commits, is_rolled_back, told, transacted},
};
use crate::proto::io::{Answer, Doubt, Failure, Input, Request, SessionMode};

#[test]
fn a_commit_without_answer_is_in_doubt_when_the_link_is_lost() {
    for happened in [false, true] {
        let (mut world, session, producer, consumer) = transacted();
        world.put("Q", 1);
        world.take(consumer);
        world.send(producer, true);
        let hang_up =
            if happened { Script::HangUpAfter(commits()) } else { Script::HangUp(commits()) };
        world.script("a", hang_up);
        let Err(Failure::TransactionInDoubt(doubt)) = commit(&mut world, session) else {
            panic!("no doubt")
        };
        let Doubt { transaction, sent, received, .. } = *doubt;
        assert!(transaction.ends_with(":1"), "{transaction}");
        assert_eq!((sent.len(), received.len()), (1, 1));
        world.resume();
        assert_eq!(told(&mut world, "b"), "", "it is not repeated");
        assert_eq!(world.take_all(consumer), [1]);
        let again = world.inbox(consumer).taken.last().unwrap();
        let ours = again.message.producer_id.is_some();
        assert_eq!((ours, again.redelivered), (happened, true));
        assert_eq!(commit(&mut world, session), Ok(Answer::Done));
        world.finish();
    }
}

#[test]
fn what_was_taken_after_a_commit_in_doubt_breaks_the_next_transaction_only() {
    let (mut world, session, producer, consumer) = transacted();
    world.put("Q", 2);
    world.take(consumer);
    world.script("a", Script::Ignore(commits()));
    let doubtful = world.ask(Request::Commit(session));
    world.take(consumer);
    world.send(producer, true);
    world.cut("cut");
    assert!(matches!(world.failed(doubtful), Failure::TransactionInDoubt(_)));
    world.resume();
    assert!(is_rolled_back(&commit(&mut world, session)));
    assert_eq!(commit(&mut world, session), Ok(Answer::Done));
    world.finish();
}

#[test]
fn messages_taken_and_lost_with_the_link_roll_the_transaction_back() {
    let (mut world, session, producer, consumer) = transacted();
    world.put("Q", 2);
    world.send(producer, true);
    world.take(consumer);
    world.fail_over();
    assert_eq!(told(&mut world, "b"), "", "it cannot be replayed");
    let late = world.send(producer, true);
    assert!(is_rolled_back(&world.answer(late).unwrap().clone()));
    assert_eq!(told(&mut world, "b"), "");
    assert!(is_rolled_back(&commit(&mut world, session)));
    assert!(world.broker("b").open.transactions.is_empty());
    world.run_until(|world| !world.inbox(consumer).held);
    assert_eq!(world.take_all(consumer), [1, 2]);
    world.send(producer, true);
    assert_eq!(commit(&mut world, session), Ok(Answer::Done));
    assert_eq!(world.store.sequences("Q"), [3]);
    world.finish();
}

#[test]
fn a_late_report_of_taken_messages_breaks_the_transaction_even_if_it_was_replayed() {
    let (mut world, session, producer, consumer) = transacted();
    world.put("Q", 1);
    world.send(producer, true);
    let late = world.inbox(consumer).take().unwrap();
    world.fail_over();
    assert_eq!(told(&mut world, "b"), "Bm");
    let (epoch, through) = (late.epoch, late.number);
    let request = Request::Consumed { consumer, epoch, through };
    world.input(Input::Submit { id: None, request, deadline: None });
    assert_eq!(told(&mut world, "b"), "BmR");
    assert!(is_rolled_back(&commit(&mut world, session)));
    world.finish();
}

/// What had been delivered before counted as known, and the commit said `Ok` without it: it came again
/// although its consumption was confirmed.
#[test]
fn a_late_report_of_a_redelivered_message_breaks_the_transaction_too() {
    for by_broker in [false, true] {
        let (mut world, session, _, consumer) = transacted();
        world.put("Q", 1);
        world.take(consumer);
        if by_broker {
            world.fail_over();
        }
        let rollback = world.ask(Request::Rollback(session));
        world.done(rollback);
        world.run_until(|world| !world.inbox(consumer).held);
        let late = world.inbox(consumer).take().unwrap();
        assert!(late.redelivered);
        world.fail_over();
        let (epoch, through) = (late.epoch, late.number);
        let request = Request::Consumed { consumer, epoch, through };
        world.input(Input::Submit { id: None, request, deadline: None });
        assert!(is_rolled_back(&commit(&mut world, session)), "by the broker: {by_broker}");
        assert_eq!(world.store.sequences("Q"), [1]);
        world.finish();
    }
}

/// The consumer was gone when the application was heard to have taken something, and the commit said `Ok`.
#[test]
fn a_consumer_that_the_broker_closes_breaks_the_transaction_though_a_report_is_late() {
    let (mut world, session, _, consumer) = transacted();
    world.put("Q", 1);
    let late = world.inbox(consumer).take().unwrap();
    let consumer_id = world.broker("a").open.consumers[&consumer.0].info.consumer_id.clone();
    world.broker("a").say(ConsumerControl { consumer_id, close: true, ..Default::default() });
    world.settle();
    let (epoch, through) = (late.epoch, late.number);
    let request = Request::Consumed { consumer, epoch, through };
    world.input(Input::Submit { id: None, request, deadline: None });
    assert!(is_rolled_back(&commit(&mut world, session)));
    assert_eq!(commit(&mut world, session), Ok(Answer::Done));
    world.finish();
}

#[test]
fn a_rollback_mends_a_broken_transaction() {
    let (mut world, session, producer, consumer) = transacted();
    world.put("Q", 1);
    world.take(consumer);
    world.fail_over();
    let rollback = world.ask(Request::Rollback(session));
    world.done(rollback);
    world.send(producer, true);
    assert_eq!(commit(&mut world, session), Ok(Answer::Done));
    assert_eq!(told(&mut world, "b"), "BmC");
    world.finish();
}

#[test]
fn sends_alone_are_replayed_in_a_transaction_begun_again() {
    let (mut world, session, producer, _) = transacted();
    world.send(producer, true);
    world.cut("cut");
    world.submit_send(producer, true, None);
    world.resume();
    world.send(producer, true);
    assert_eq!(told(&mut world, "b"), "Bmmm");
    assert_eq!(commit(&mut world, session), Ok(Answer::Done));
    assert_eq!(world.store.sequences("Q"), [1, 2, 3]);
    world.finish();
}

#[test]
fn commits_asked_for_without_a_link_are_replayed_with_their_sends() {
    let (mut world, session, producer, _) = transacted();
    world.send(producer, true);
    world.cut("cut");
    let first = world.submit(Request::Commit(session), None);
    world.submit_send(producer, true, None);
    let second = world.submit(Request::Commit(session), None);
    world.submit_send(producer, true, None);
    world.resume();
    world.settle();
    world.done(first);
    world.done(second);
    assert_eq!(told(&mut world, "b"), "BmBmBmCC");
    assert_eq!(world.store.sequences("Q"), [1, 2]);
    assert_eq!(commit(&mut world, session), Ok(Answer::Done));
    assert_eq!(world.store.sequences("Q"), [1, 2, 3]);
    world.finish();
}

#[test]
fn sends_commits_and_rollbacks_during_the_restore_reach_the_broker() {
    let (mut world, session, producer, _) = transacted();
    let (other, other_producer) = world.producing(SessionMode::Transacted);
    world.send(other_producer, true);
    world.cut("cut");
    world.script("b", Script::Mute(first("SessionInfo")));
    world.run_until(|world| world.broker("b").names().contains(&"ConsumerInfo"));
    assert!(!world.client.is_connected());
    world.submit_send(producer, true, None);
    let commit = world.submit(Request::Commit(session), None);
    let rollback = world.submit(Request::Rollback(other), None);
    // It is the broker's own fault that the restore fails; the next link has it all.
    world.resume();
    world.settle();
    world.done(commit);
    world.done(rollback);
    assert_eq!(world.store.sequences("Q"), [1]);
    let host = world.dials.last().unwrap().clone();
    assert!(world.broker(&host).open.transactions.is_empty());
    world.finish();
}

#[test]
fn a_commit_that_is_late_or_cancelled_before_it_is_written_never_happens() {
    for cancelled in [false, true] {
        let (mut world, session, producer, _) = transacted();
        world.send(producer, true);
        world.kill("a");
        world.kill("b");
        let commit = world.submit(Request::Commit(session), Some(millis(300)));
        if cancelled {
            world.input(Input::Cancel(commit));
        }
        world.advance(millis(300));
        if !cancelled {
            assert!(is_rolled_back(&world.answer(commit).unwrap().clone()));
        }
        world.revive("b");
        world.resume();
        world.settle();
        assert_eq!(told(&mut world, "b"), "");
        world.finish();
    }
}

#[test]
fn a_commit_that_is_late_already_rolls_back() {
    let (mut world, session, producer, consumer) = transacted();
    world.put("Q", 1);
    world.take(consumer);
    world.send(producer, true);
    let late = world.submit(Request::Commit(session), Some(millis(0)));
    assert!(is_rolled_back(&world.answer(late).unwrap().clone()));
    assert!(world.inbox(consumer).held);
    assert_eq!(commit(&mut world, session), Ok(Answer::Done));
    assert_eq!(told(&mut world, "a"), "BmR-");
    world.finish();
}

#[test]
fn the_answer_to_a_commit_that_nobody_waits_for_still_counts() {
    for cancelled in [false, true] {
        for refused in [false, true] {
            let (mut world, session, _, consumer) = transacted();
            world.put("Q", 1);
            world.take(consumer);
            world.script(
                "a",
                if refused { Script::Ignore(commits()) } else { Script::Mute(commits()) },
            );
            let late = world.submit(Request::Commit(session), Some(millis(300)));
            if cancelled {
                world.input(Input::Cancel(late));
            }
            world.advance(millis(300));
            if !cancelled {
                assert!(matches!(world.failed(late), Failure::TransactionInDoubt(_)));
            }
            let command = world.broker("a").log.last().cloned().unwrap();
            world.broker("a").scripts.clear();
            let broker = world.brokers.get_mut("a").unwrap();
            if refused {
                broker.refuse(&mut world.store, &command, "X", "too late");
            } else {
                broker.answer(&command, None);
            }
            world.settle();
            assert_eq!(world.inbox(consumer).held, refused);
            world.finish();
        }
    }
}

#[test]
fn a_refused_commit_is_rolled_back_and_what_was_taken_comes_again() {
    let (mut world, session, producer, consumer) = transacted();
    world.put("Q", 2);
    world.take(consumer);
    world.send(producer, true);
    world.script("a", Script::Refuse(commits(), "javax.jms.TransactionRolledBackException", "no"));
    assert_eq!(commit(&mut world, session), Err(Failure::TransactionRolledBack("no".to_owned())));
    assert!(world.inbox(consumer).held);
    world.broker("a").scripts.clear();
    world.finish();
}

#[test]
fn a_message_of_a_transaction_that_cannot_be_sent_breaks_it() {
    let (mut world, session, producer, _) = transacted();
    world.send(producer, true);
    world.send(producer, true);
    let message = world.broker("a").messages()[1].clone();
    let mut refused = Command::Message(message);
    refused.set_request(refused.command_id().unwrap(), true);
    world.broker("a").answer(&refused, Some(("X", "too large")));
    world.settle();
    assert_eq!(told(&mut world, "a"), "BmmR");
    assert!(is_rolled_back(&commit(&mut world, session)));
    assert!(world.store.sequences("Q").is_empty());
    world.finish();
}

#[test]
fn a_consumer_that_is_closed_in_a_transaction_goes_with_its_end() {
    for committed in [true, false] {
        let (mut world, session, _, consumer) = transacted();
        world.put("Q", 2);
        world.take(consumer);
        let close = world.ask(Request::CloseConsumer(consumer));
        world.done(close);
        assert_eq!(told(&mut world, "a"), "");
        let end = if committed { Request::Commit(session) } else { Request::Rollback(session) };
        let end = world.ask(end);
        world.done(end);
        assert_eq!(told(&mut world, "a"), if committed { "BaCx" } else { "x" });
        assert_eq!(world.store.sequences("Q"), if committed { vec![2] } else { vec![1, 2] });
        assert!(world.store.queues["Q"].iter().all(|it| !it.in_flight));
        world.finish();
    }
}

#[test]
fn a_consumer_that_was_closed_in_a_transaction_breaks_it_when_the_link_is_lost() {
    let (mut world, session, producer, consumer) = transacted();
    world.put("Q", 1);
    world.take(consumer);
    world.send(producer, true);
    world.ask(Request::CloseConsumer(consumer));
    world.fail_over();
    assert!(world.broker("b").open.consumers.is_empty());
    assert!(is_rolled_back(&commit(&mut world, session)));
    world.finish();
}

#[test]
fn a_session_that_closes_rolls_its_transaction_back() {
    let (mut world, session, producer, consumer) = transacted();
    world.put("Q", 1);
    world.take(consumer);
    world.send(producer, true);
    let close = world.ask(Request::CloseSession(session));
    world.done(close);
    assert_eq!(told(&mut world, "a"), "BmRxxx");
    let open = &world.broker("a").open;
    assert!(open.transactions.is_empty() && open.sessions.is_empty());
    let late = world.ask(Request::Commit(session));
    assert_eq!(world.failed(late), Failure::NoSuch("session"));
    world.finish();
}

#[test]
fn a_session_that_closes_without_a_link_tells_who_waits_for_its_commit() {
    let (mut world, session, producer, _) = transacted();
    world.send(producer, true);
    world.cut("cut");
    let commit = world.submit(Request::Commit(session), None);
    world.submit(Request::CloseSession(session), None);
    assert!(is_rolled_back(&world.answer(commit).unwrap().clone()));
    world.resume();
    assert!(world.broker("b").open.sessions.is_empty());
    world.finish();
}

#[test]
fn a_producer_that_is_closed_before_the_commit_is_replayed_with_its_messages() {
    let (mut world, session, producer, _) = transacted();
    world.send(producer, true);
    world.ask(Request::CloseProducer(producer));
    world.fail_over();
    assert_eq!(told(&mut world, "b"), "Bm");
    assert_eq!(commit(&mut world, session), Ok(Answer::Done));
    assert_eq!(world.store.sequences("Q"), [1]);
    assert!(world.broker("b").open.producers.is_empty());
    world.finish();
}

#[test]
fn a_rollback_without_answer_is_done_when_the_link_is_gone() {
    let (mut world, session, producer, _) = transacted();
    world.send(producer, true);
    world.script("a", Script::Ignore(named("TransactionInfo")));
    let rollback = world.ask(Request::Rollback(session));
    assert!(world.answer(rollback).is_none());
    world.fail_over();
    world.done(rollback);
    assert!(world.store.sequences("Q").is_empty());
    world.finish();
}

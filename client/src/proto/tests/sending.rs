//! Sends: once, in order, and honest about what is not known.

use super::{
    broker::{Script, first, named},
    inbox::sequence,
    play::{PREFETCH, millis, queue, send},
    world::World,
};
use crate::proto::io::{Answer, Failure, Input, Request, SessionMode};

fn confirmed(answer: &Answer) -> bool {
    matches!(answer, Answer::Sent { confirmed: true, .. })
}

#[test]
fn a_confirmed_send_is_answered_by_the_broker_and_another_when_it_is_written() {
    let mut world = World::connected();
    let (_, producer) = world.producing(SessionMode::Auto);
    let (first, second) = (world.send(producer, true), world.send(producer, false));
    assert!(confirmed(&world.done(first)));
    assert!(!confirmed(&world.done(second)));
    let messages = world.broker("a").messages();
    let flags: Vec<_> = messages.iter().map(|it| (it.response_required, it.persistent)).collect();
    assert_eq!(flags, [(true, true), (false, false)]);
    assert!(messages.iter().all(|it| it.timestamp == world.now.unix_ms));
    world.finish();
}

#[test]
fn a_time_to_live_becomes_an_expiration_also_without_time_stamp() {
    let mut world = World::connected();
    let (_, producer) = world.producing(SessionMode::Auto);
    let Request::Send { message, .. } = send(producer, true) else { panic!() };
    let time_to_live = Some(millis(1500));
    world.ask(Request::Send { producer, message, time_to_live, stamp: false, confirm: true });
    let message = world.broker("a").messages().pop().unwrap();
    assert_eq!((message.timestamp, message.expiration), (0, world.now.unix_ms + 1500));
    world.finish();
}

#[test]
fn unanswered_sends_are_sent_again_in_order_with_their_old_ids_and_stored_once() {
    let mut world = World::connected();
    let (_, producer) = world.producing(SessionMode::Auto);
    world.script("a", Script::Mute(named("ActiveMQMessage")));
    let stored = [world.send(producer, true), world.send(producer, true)];
    world.broker("a").scripts.clear();
    world.script("a", Script::Ignore(named("ActiveMQMessage")));
    let ignored = [world.send(producer, true), world.send(producer, true)];
    let ids: Vec<_> = world.broker("a").messages().iter().map(|it| it.command_id).collect();
    world.kill("a");
    world.resume();
    world.settle();
    for send in stored.into_iter().chain(ignored) {
        assert!(confirmed(&world.done(send)));
    }
    let again: Vec<_> = world.broker("b").messages().iter().map(|it| it.command_id).collect();
    assert_eq!(again, ids);
    assert_eq!(world.store.sequences("Q"), [1, 2, 3, 4]);
    assert_eq!(world.store.duplicates, 2);
    world.fail_over();
    assert_eq!(world.broker("a").messages().len(), 4, "what was confirmed is not sent again");
    world.finish();
}

#[test]
fn sends_without_confirmation_wait_for_a_link_and_keep_their_place_among_the_others() {
    let mut world = World::connected();
    let (_, producer) = world.producing(SessionMode::Auto);
    world.cut("cut");
    let sends: Vec<_> = (0..6).map(|n| world.submit_send(producer, n % 2 == 0, None)).collect();
    assert!(sends.iter().all(|id| world.answer(*id).is_none()));
    world.resume();
    world.settle();
    for (n, id) in sends.iter().enumerate() {
        assert_eq!(confirmed(&world.done(*id)), n % 2 == 0);
    }
    assert_eq!(world.store.sequences("Q"), [1, 2, 3, 4, 5, 6]);
    world.fail_over();
    assert_eq!(world.broker("b").messages().len(), 6);
    assert!(world.broker("a").messages().is_empty());
    world.finish();
}

#[test]
fn sends_during_the_restore_are_written_after_those_from_before() {
    let mut world = World::connected();
    let (_, producer) = world.producing(SessionMode::Auto);
    world.cut("cut");
    world.submit_send(producer, true, None);
    world.script("b", Script::Mute(first("SessionInfo")));
    world.run_until(|world| !world.broker("b").log.is_empty());
    world.submit_send(producer, true, None);
    world.submit_send(producer, false, None);
    world.resume();
    world.settle();
    assert_eq!(world.store.sequences("Q"), [1, 2, 3]);
    world.finish();
}

#[test]
fn a_send_that_is_late_before_it_was_written_is_never_written() {
    let mut world = World::connected();
    let (_, producer) = world.producing(SessionMode::Auto);
    world.kill("a");
    world.kill("b");
    let sends =
        [true, false].map(|confirm| world.submit_send(producer, confirm, Some(millis(300))));
    let start = world.elapsed();
    world.run_until(|world| world.answer(sends[0]).is_some());
    assert_eq!(world.elapsed() - start, 300);
    for send in sends {
        assert_eq!(world.failed(send), Failure::TimedOut { maybe_done: false });
    }
    world.revive("a");
    world.resume();
    world.settle();
    assert!(world.broker("a").messages().is_empty());
    world.finish();
}

#[test]
fn a_send_that_is_late_after_it_was_written_may_be_done_and_is_not_sent_again() {
    let mut world = World::connected();
    let (_, producer) = world.producing(SessionMode::Auto);
    world.script("a", Script::Ignore(named("ActiveMQMessage")));
    let send = world.submit_send(producer, true, Some(millis(300)));
    world.kill("a");
    world.kill("b");
    world.run_until(|world| world.answer(send).is_some());
    assert_eq!(world.failed(send), Failure::TimedOut { maybe_done: true });
    world.revive("b");
    world.resume();
    world.settle();
    assert!(world.broker("b").messages().is_empty());
    world.finish();
}

#[test]
fn a_send_that_is_late_at_the_very_moment_of_the_reconnect_is_not_written() {
    let mut world = World::connected();
    let (_, producer) = world.producing(SessionMode::Auto);
    world.cut("cut");
    let send = world.submit_send(producer, true, Some(millis(10)));
    world.resume();
    world.settle();
    assert_eq!(world.failed(send), Failure::TimedOut { maybe_done: false });
    assert!(world.broker("b").messages().is_empty());
    let late = world.submit_send(producer, true, Some(millis(0)));
    assert_eq!(world.failed(late), Failure::TimedOut { maybe_done: false });
    world.settle();
    assert!(world.broker("b").messages().is_empty());
    world.finish();
}

#[test]
fn a_cancelled_send_is_not_written_and_not_answered() {
    let mut world = World::connected();
    let (_, producer) = world.producing(SessionMode::Auto);
    world.script("a", Script::Ignore(named("ActiveMQMessage")));
    let written = world.submit_send(producer, true, None);
    world.cut("cut");
    let waiting = world.submit_send(producer, true, None);
    let kept = world.submit_send(producer, true, None);
    world.input(Input::Cancel(written));
    world.input(Input::Cancel(waiting));
    world.resume();
    world.settle();
    world.done(kept);
    assert_eq!(world.store.sequences("Q"), [3]);
    assert!(world.answer(written).is_none() && world.answer(waiting).is_none());
    world.finish();
}

#[test]
fn a_refused_send_fails_and_is_not_sent_again() {
    let mut world = World::connected();
    let (_, producer) = world.producing(SessionMode::Auto);
    world.script(
        "a",
        Script::Refuse(first("ActiveMQMessage"), "javax.jms.ResourceAllocationException", "full"),
    );
    let send = world.send(producer, true);
    assert!(matches!(world.failed(send), Failure::Refused { message, .. } if message == "full"));
    world.fail_over();
    assert!(world.store.sequences("Q").is_empty());
    world.finish();
}

#[test]
fn a_producer_that_is_closed_stays_until_its_last_message_is_settled() {
    let mut world = World::connected();
    let (session, producer) = world.producing(SessionMode::Auto);
    world.script("a", Script::Ignore(named("ActiveMQMessage")));
    let send = world.send(producer, true);
    let close = world.ask(Request::CloseProducer(producer));
    world.done(close);
    let late = world.send(producer, true);
    assert_eq!(world.failed(late), Failure::NoSuch("producer"));
    let close = world.ask(Request::CloseSession(session));
    world.done(close);
    assert_eq!(world.broker("a").names().last(), Some(&"ActiveMQMessage"));
    world.kill("a");
    world.resume();
    world.settle();
    assert!(confirmed(&world.done(send)));
    let open = &world.broker("b").open;
    assert!(open.producers.is_empty() && open.sessions.is_empty());
    assert_eq!(world.broker("b").names().iter().filter(|it| **it == "RemoveInfo").count(), 2);
    world.finish();
}

#[test]
fn a_closed_producer_goes_after_its_unconfirmed_messages_are_written() {
    let mut world = World::connected();
    let (session, producer) = world.producing(SessionMode::Auto);
    world.cut("cut");
    world.submit_send(producer, false, None);
    world.submit(Request::CloseSession(session), None);
    world.resume();
    world.settle();
    assert_eq!(world.store.sequences("Q"), [1]);
    assert!(world.broker("b").open.sessions.is_empty());
    world.finish();
}

#[test]
fn takes_no_more_sends_while_too_much_waits() {
    let mut world = World::connected();
    let (_, producer) = world.producing(SessionMode::Auto);
    world.cut("cut");
    let big = || {
        let content = Some(vec![0; 9 << 20].into());
        let message = relaismq_openwire::Message { content, ..Default::default() };
        Request::Send {
            producer,
            message: message.into(),
            time_to_live: None,
            stamp: true,
            confirm: true,
        }
    };
    let mut sends = Vec::new();
    while world.client.accepts_sends() {
        sends.push(world.submit(big(), None));
    }
    assert_eq!(sends.len(), 8);
    world.resume();
    world.settle();
    assert!(world.client.accepts_sends());
    world.finish();
}

#[test]
fn an_answer_of_another_link_settles_nothing() {
    let mut world = World::connected();
    let (_, producer) = world.producing(SessionMode::Auto);
    world.script("a", Script::Ignore(named("ActiveMQMessage")));
    let send = world.send(producer, true);
    let correlation_id = world.broker("a").messages()[0].command_id;
    world.kill("a");
    world.script("b", Script::Ignore(first("ConnectionInfo")));
    world.run_until(|world| !world.broker("b").log.is_empty());
    let response = relaismq_openwire::Response { correlation_id, ..Default::default() };
    let epoch = world.client.epoch();
    world.input(Input::Received(epoch, response.into()));
    assert!(world.answer(send).is_none());
    world.resume();
    world.settle();
    world.done(send);
    world.finish();
}

#[test]
fn one_connection_sends_to_itself() {
    let mut world = World::connected();
    let (session, producer) = world.producing(SessionMode::Auto);
    let consumer = world.consumer(session, queue(PREFETCH));
    let send = world.send(producer, true);
    world.done(send);
    let delivery = world.take(consumer).unwrap();
    assert_eq!(sequence(&delivery), 1);
    world.finish();
}

//! Ending when the application is done, and not before.

use super::{
    play::{PREFETCH, millis},
    world::World,
};
use crate::proto::io::{
    Answer, ConsumerKey, Delivery, Failure, Input, Request, RequestId, SessionKey, SessionMode,
};

/// A consumer that has one of so many messages.
fn holding(world: &mut World, messages: i64) -> (ConsumerKey, Delivery) {
    world.put("Q", messages);
    let (_, consumer) = world.consuming(SessionMode::Individual, PREFETCH);
    world.dispatch();
    let held = world.take(consumer).unwrap();
    (consumer, held)
}

/// A transaction ends, and with it the draining.
fn commits(world: &mut World, session: SessionKey, drained: RequestId) {
    let commit = world.ask(Request::Commit(session));
    world.done(commit);
    world.advance(millis(100));
    assert_eq!(world.done(drained), Answer::Drained(true));
}

fn drain(world: &mut World, limit: u64) -> RequestId {
    world.ask(Request::Drain { limit: millis(limit) })
}

#[test]
fn whoever_has_nothing_is_drained_at_once() {
    let mut world = World::connected();
    let drained = drain(&mut world, 1000);
    assert_eq!((world.done(drained), world.elapsed()), (Answer::Drained(true), 0));
    world.finish();
}

#[test]
fn what_the_application_has_is_waited_for_and_it_gets_nothing_more() {
    let mut world = World::connected();
    let (consumer, held) = holding(&mut world, 3);
    let (_, producer) = world.producing(SessionMode::Auto);
    let drained = drain(&mut world, 60_000);
    world.advance(millis(1000));
    assert!(world.answer(drained).is_none() && world.take(consumer).is_none());
    let sent = world.send(producer, true);
    world.done(sent);
    world.acknowledge(consumer, &held).unwrap();
    world.advance(millis(100));
    assert_eq!(world.done(drained), Answer::Drained(true));
    world.finish();
}

#[test]
fn transactions_and_sends_are_waited_for() {
    let mut world = World::connected();
    let (session, producer) = world.producing(SessionMode::Transacted);
    world.send(producer, false);
    let drained = drain(&mut world, 60_000);
    world.advance(millis(1000));
    assert!(world.answer(drained).is_none());
    commits(&mut world, session, drained);
    world.finish();
}

#[test]
fn at_its_limit_it_says_that_something_is_left() {
    let mut world = World::connected();
    holding(&mut world, 1);
    let drained = drain(&mut world, 500);
    world.run_until(|world| world.answer(drained).is_some());
    assert_eq!((world.done(drained), world.elapsed()), (Answer::Drained(false), 500));
    world.finish();
}

#[test]
fn without_a_broker_a_send_is_waited_for_until_the_limit() {
    let mut world = World::connected();
    let (_, producer) = world.producing(SessionMode::Auto);
    world.kill("a");
    world.kill("b");
    let sent = world.submit_send(producer, true, None);
    let drained = drain(&mut world, 500);
    world.run_until(|world| world.answer(drained).is_some());
    assert_eq!(world.done(drained), Answer::Drained(false));
    assert!(world.answer(sent).is_none());
    world.finish();
}

#[test]
fn consumers_stay_held_back_over_a_reconnect() {
    let mut world = World::connected();
    let (consumer, _) = holding(&mut world, 3);
    let (session, producer) = world.producing(SessionMode::Transacted);
    world.send(producer, false);
    let drained = drain(&mut world, 60_000);
    world.fail_over();
    world.dispatch();
    assert!(world.take(consumer).is_none());
    commits(&mut world, session, drained);
    world.finish();
}

#[test]
fn when_nobody_waits_for_it_any_more_everything_goes_on() {
    let mut world = World::connected();
    let (consumer, _) = holding(&mut world, 2);
    let drained = drain(&mut world, 60_000);
    assert!(world.take(consumer).is_none());
    world.input(Input::Cancel(drained));
    assert!(world.take(consumer).is_some());
    world.finish_without(&[drained].into());
}

#[test]
fn the_end_of_the_connection_ends_it() {
    let mut world = World::connected();
    holding(&mut world, 1);
    let drained = drain(&mut world, 60_000);
    let close = world.ask(Request::Close);
    world.done(close);
    assert!(matches!(world.failed(drained), Failure::Closed { .. }));
    world.finish();
}

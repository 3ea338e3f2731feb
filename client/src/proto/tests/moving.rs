//! Leaving a broker that serves for a preferred one.

use std::time::Duration;

use super::{
    broker::{Script, named},
    play::{PREFETCH, millis},
    world::{World, options},
};
use crate::proto::{
    event::Event,
    io::{ConsumerKey, Delivery, Failure, Input, Request, SessionKey, SessionMode},
};

const MODES: [SessionMode; 4] =
    [SessionMode::Auto, SessionMode::Client, SessionMode::Individual, SessionMode::Transacted];
const DWELL: Duration = Duration::from_secs(10);

/// Connected to `b`, with `a` preferred and back.
fn longing() -> World {
    let mut options = options(&["a", "b"]);
    options.reconnect = options.reconnect.priority_backup(true);
    let mut world = World::with(options);
    world.kill("a");
    let connect = world.ask(Request::Connect);
    world.run_until(|world| world.client.is_connected());
    world.done(connect);
    assert_eq!(host(&world), "b");
    world.revive("a");
    world
}

pub(super) fn host(world: &World) -> String {
    assert!(world.client.is_connected());
    world.client.broker().host().to_owned()
}

fn is_moving(world: &mut World) -> bool {
    world.events.iter().any(|event| matches!(event, Event::Moving { .. }))
}

pub(super) fn moves(world: &World) -> usize {
    let left = |event: &&Event| matches!(event, Event::Interrupted { reason, .. } if reason.starts_with("left for"));
    world.events.iter().filter(left).count()
}

#[track_caller]
pub(super) fn arrives(world: &mut World, at: &str) {
    world.run_until(|world| world.client.is_connected() && world.client.broker().host() == at);
}

#[test]
fn a_preferred_broker_that_is_back_is_returned_to_after_the_dwell_time() {
    let mut world = longing();
    world.advance(DWELL - millis(1));
    assert_eq!((host(&world).as_str(), moves(&world)), ("b", 0));
    arrives(&mut world, "a");
    assert_eq!(moves(&world), 1);
    world.advance(Duration::from_secs(100));
    assert_eq!((host(&world).as_str(), moves(&world)), ("a", 1));
    world.finish();
}

#[test]
fn any_of_several_preferred_brokers_will_do() {
    let mut options = options(&["a", "b", "c"]);
    let preferred =
        ["b", "c"].map(|host| options.endpoints.iter().find(|it| it.address.host() == host));
    let preferred = preferred.map(|it| it.unwrap().address.clone()).to_vec();
    options.reconnect = options.reconnect.priority_backup(true).priority_uris(preferred);
    let mut world = World::with(options);
    world.kill("b");
    world.kill("c");
    let connect = world.ask(Request::Connect);
    world.run_until(|world| world.client.is_connected());
    world.done(connect);
    assert_eq!(host(&world), "a");
    world.revive("c");
    arrives(&mut world, "c");
    world.revive("b");
    world.advance(Duration::from_secs(100));
    assert_eq!((host(&world).as_str(), moves(&world)), ("c", 1));
    world.finish();
}

/// What an application has in work, and how it gets done with that.
struct Work {
    mode: SessionMode,
    session: SessionKey,
    consumer: ConsumerKey,
}

impl Work {
    /// With automatic acknowledgement it is not done with what it has been given.
    fn begin(&self, world: &mut World) -> Option<Delivery> {
        if self.mode == SessionMode::Auto {
            world.see(self.consumer, 1);
            return None;
        }
        world.take(self.consumer)
    }

    fn finish(&self, world: &mut World, delivery: Option<&Delivery>) {
        let Self { session, consumer, .. } = *self;
        match (self.mode, delivery) {
            (SessionMode::Transacted, _) => {
                let commit = world.ask(Request::Commit(session));
                world.done(commit);
            }
            (SessionMode::Client | SessionMode::Individual, Some(delivery)) => {
                world.acknowledge(consumer, delivery).unwrap();
            }
            _ => {
                let epoch = world.client.epoch();
                let request = Request::Consumed { consumer, epoch, through: 1 };
                world.input(Input::Submit { id: None, request, deadline: None });
            }
        }
    }

    /// Works off what there is; how many.
    fn all(&self, world: &mut World) -> usize {
        let mut count = 0;
        while let Some(delivery) = world.take(self.consumer) {
            assert!(!delivery.redelivered, "{:?}", self.mode);
            if self.mode != SessionMode::Auto {
                self.finish(world, Some(&delivery));
            }
            world.settle();
            count += 1;
        }
        count
    }
}

/// Java delivered what its consumers had once more, and then put it into the dead letter queue.
#[test]
fn what_the_application_has_is_waited_for_in_every_mode_and_nothing_comes_twice() {
    for mode in MODES {
        let mut world = longing();
        world.put("Q", 20);
        let (session, consumer) = world.consuming(mode, PREFETCH);
        let work = Work { mode, session, consumer };
        world.dispatch();
        let first = work.begin(&mut world);
        world.run_until(is_moving);
        world.advance(millis(500));
        assert_eq!(host(&world), "b", "{mode:?}: the application has one");
        assert!(world.take(consumer).is_none(), "{mode:?}: it gets no other");
        work.finish(&mut world, first.as_ref());
        arrives(&mut world, "a");
        world.dispatch();
        assert_eq!(work.all(&mut world), 19, "{mode:?}");
        assert!(world.store.dead.is_empty() && world.store.sequences("Q").is_empty(), "{mode:?}");
        world.finish();
    }
}

#[test]
fn an_application_that_takes_too_long_gets_its_message_again_flagged() {
    let mut world = longing();
    world.put("Q", 2);
    let (_, consumer) = world.consuming(SessionMode::Individual, PREFETCH);
    world.dispatch();
    let held = world.take(consumer).unwrap();
    arrives(&mut world, "a");
    assert_eq!(world.acknowledge(consumer, &held), Err(Failure::StaleDelivery));
    world.dispatch();
    let flags: Vec<bool> =
        std::iter::from_fn(|| world.take(consumer)).map(|it| it.redelivered).collect();
    assert_eq!(flags, [true, false]);
    world.finish();
}

#[test]
fn a_transaction_with_messages_taken_is_rolled_back_only_if_it_takes_too_long() {
    let mut world = longing();
    world.put("Q", 1);
    let (session, consumer) = world.consuming(SessionMode::Transacted, PREFETCH);
    world.dispatch();
    world.take(consumer).unwrap();
    arrives(&mut world, "a");
    let commit = world.ask(Request::Commit(session));
    assert!(matches!(world.failed(commit), Failure::TransactionRolledBack(_)));
    world.finish();
}

#[test]
fn sends_go_on_while_a_move_waits_and_each_arrives_once() {
    let mut world = longing();
    world.put("Q", 1);
    let (_, consumer) = world.consuming(SessionMode::Individual, 1);
    let (_, producer) = world.producing(SessionMode::Auto);
    world.dispatch();
    let held = world.take(consumer).unwrap();
    world.run_until(is_moving);
    let before = world.send(producer, true);
    world.done(before);
    world.acknowledge(consumer, &held).unwrap();
    arrives(&mut world, "a");
    let after = world.send(producer, true);
    world.done(after);
    assert_eq!((world.store.stored.len(), world.store.duplicates), (2, 0));
    world.finish();
}

#[test]
fn a_commit_whose_answer_does_not_come_is_never_left_in_doubt_by_a_move() {
    let mut world = longing();
    let (session, producer) = world.producing(SessionMode::Transacted);
    world.send(producer, false);
    world.script("b", Script::Mute(named("TransactionInfo")));
    let commit = world.ask(Request::Commit(session));
    world.run_until(is_moving);
    world.advance(Duration::from_secs(6));
    assert!(world.answer(commit).is_none());
    assert!(world.events.iter().any(|event| matches!(event, Event::Staying { .. })));
    assert_eq!(moves(&world), 0);
    world.finish_without(&[commit].into());
}

#[test]
fn a_preferred_broker_that_refuses_the_login_costs_one_interruption_a_minute_at_most() {
    let mut world = longing();
    world.script("a", Script::Refuse(named("ConnectionInfo"), "S", "no"));
    world.advance(Duration::from_secs(60));
    assert_eq!((host(&world).as_str(), moves(&world)), ("b", 1));
    world.advance(Duration::from_secs(600));
    assert!((2..=5).contains(&moves(&world)), "{}", moves(&world));
    assert_eq!(host(&world), "b");
    world.finish();
}

#[test]
fn a_preferred_broker_that_dies_while_the_move_waits_ends_the_move() {
    let mut world = longing();
    world.put("Q", 2);
    let (_, consumer) = world.consuming(SessionMode::Individual, PREFETCH);
    world.dispatch();
    let held = world.take(consumer).unwrap();
    world.run_until(is_moving);
    world.kill("a");
    world.settle();
    assert!(world.events.iter().any(|event| matches!(event, Event::Staying { .. })));
    world.acknowledge(consumer, &held).unwrap();
    assert!(world.take(consumer).is_some(), "it gets the others");
    assert_eq!((host(&world).as_str(), moves(&world)), ("b", 0));
    world.finish();
}

#[test]
fn a_link_that_is_lost_while_the_move_waits_leads_to_the_spare_at_once() {
    let mut world = longing();
    world.put("Q", 2);
    let (_, consumer) = world.consuming(SessionMode::Individual, PREFETCH);
    world.dispatch();
    world.take(consumer).unwrap();
    world.run_until(is_moving);
    let at = world.elapsed();
    world.kill("b");
    world.resume();
    assert_eq!((host(&world).as_str(), world.elapsed()), ("a", at));
    world.finish();
}

#[test]
fn a_broker_that_does_not_answer_the_farewell_holds_up_the_move_for_two_seconds() {
    let mut world = longing();
    world.script("b", Script::Ignore(named("RemoveInfo")));
    world.run_until(is_moving);
    let at = world.elapsed();
    arrives(&mut world, "a");
    assert_eq!(world.elapsed() - at, 2000);
    world.finish();
}

#[test]
fn who_pulls_gets_one_message_at_a_time_over_a_move() {
    let mut world = longing();
    world.put("Q", 5);
    let (_, consumer) = world.consuming(SessionMode::Individual, 0);
    let pull = |world: &mut World| world.ask(Request::Pull { consumer, wait: None });
    let first = pull(&mut world);
    world.done(first);
    let held = world.take(consumer).unwrap();
    world.run_until(is_moving);
    let second = pull(&mut world);
    world.advance(millis(500));
    assert!(world.answer(second).is_none());
    world.acknowledge(consumer, &held).unwrap();
    arrives(&mut world, "a");
    world.done(second);
    assert_eq!(world.inbox(consumer).waiting(), [2]);
    world.finish();
}

#[test]
fn a_pull_during_a_move_that_is_called_off_is_asked_for_then() {
    let mut world = longing();
    world.put("Q", 2);
    let (_, consumer) = world.consuming(SessionMode::Individual, 0);
    let first = world.ask(Request::Pull { consumer, wait: None });
    world.done(first);
    world.take(consumer).unwrap();
    world.run_until(is_moving);
    let second = world.ask(Request::Pull { consumer, wait: None });
    world.kill("a");
    world.advance(millis(100));
    world.done(second);
    assert_eq!(world.inbox(consumer).waiting(), [2]);
    world.finish();
}

#[test]
fn closing_while_a_move_waits_closes() {
    let mut world = longing();
    world.put("Q", 1);
    let (_, consumer) = world.consuming(SessionMode::Individual, PREFETCH);
    world.dispatch();
    world.take(consumer).unwrap();
    world.run_until(is_moving);
    let close = world.ask(Request::Close);
    world.done(close);
    assert!(world.ended && world.links.is_empty());
    world.finish();
}

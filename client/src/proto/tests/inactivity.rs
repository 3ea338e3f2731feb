//! When a silent link is given up, and when not.

use std::time::Duration;

use relaismq_openwire::{Command, KeepAliveInfo};

use super::{
    broker::Script,
    monitor::Monitor,
    play::{PREFETCH, millis},
    world::{World, options},
};
use crate::proto::{
    event::Event,
    io::{Input, Request, SessionMode},
};

/// Limit and initial delay of one side, in milliseconds.
type Wish = (u64, u64);

/// Connected to a broker with such a monitor.
fn watched(ours: Wish, theirs: Wish) -> World {
    let mut options = options(&["a"]);
    for endpoint in &mut options.endpoints {
        let wire = &mut endpoint.options.wire_format;
        wire.max_inactivity_duration = Some(millis(ours.0)).filter(|limit| !limit.is_zero());
        wire.max_inactivity_duration_initial_delay = millis(ours.1);
    }
    let mut world = World::with(options);
    let broker = world.broker("a");
    (broker.inactivity, broker.initial_delay) = (millis(theirs.0), millis(theirs.1));
    let connect = world.ask(Request::Connect);
    world.done(connect);
    let limit = millis(ours.0.min(theirs.0));
    let now = world.now.instant;
    world.broker("a").monitor = Monitor::start(now, millis(theirs.1), limit);
    world
}

fn is_interrupted(world: &World) -> bool {
    world.events.iter().any(|event| matches!(event, Event::Interrupted { .. }))
}

const LIMITS: [u64; 7] = [0, 1000, 2000, 3000, 5000, 10_000, 30_000];
const DELAYS: [u64; 4] = [0, 100, 3000, 10_000];

/// With a limit of 5 s an idle link to a stock ActiveMQ, whose initial delay is 10 s, was given up every
/// 10 s, and with 3 s every 3 s.
#[test]
fn a_healthy_link_is_never_given_up_and_a_dead_one_in_time_whatever_both_sides_wish() {
    for ours in LIMITS.iter().flat_map(|limit| DELAYS.map(|delay| (*limit, delay))) {
        for theirs in LIMITS.iter().flat_map(|limit| DELAYS.map(|delay| (*limit, delay))) {
            let mut world = watched(ours, theirs);
            world.advance(millis(100_000));
            assert!(!is_interrupted(&world), "idle: {ours:?} {theirs:?}");
            // An answer just after the monitor has looked makes the longest silence.
            let every = ours.0.min(theirs.0) / 3;
            for _ in 0..20 {
                world.advance(millis(every + 1));
                world.session(SessionMode::Auto);
            }
            assert!(!is_interrupted(&world), "in use: {ours:?} {theirs:?}");
            expect_the_end(world, ours, theirs);
        }
    }
}

/// The broker dies: nothing that is written is answered.
fn expect_the_end(mut world: World, ours: Wish, theirs: Wish) {
    world.script("a", Script::Ignore(Box::new(|_| true)));
    world.broker("a").monitor = None;
    let limit = ours.0.min(theirs.0);
    let start = world.elapsed();
    if limit == 0 {
        world.advance(millis(1_000_000));
        return assert!(!is_interrupted(&world), "{ours:?} {theirs:?}");
    }
    world.run_until(|world| is_interrupted(world));
    let took = u64::try_from(world.elapsed() - start).unwrap();
    assert!(took <= limit + (limit / 2).max(1000), "{took}: {ours:?} {theirs:?}");
}

#[test]
fn a_broker_that_beats_late_and_does_not_answer_either_is_given_up() {
    let mut world = watched((2000, 100), (30_000, 10_000));
    let question = |command: &Command| {
        matches!(command, Command::KeepAliveInfo(_)) && command.response_required()
    };
    world.script("a", Script::Ignore(Box::new(question)));
    world.advance(millis(10_000));
    assert!(is_interrupted(&world));
}

#[test]
fn a_silent_broker_is_asked_after_the_limit_and_left_half_of_it_later() {
    let mut world = watched((3000, 0), (3000, 0));
    world.broker("a").monitor = None;
    world.script("a", Script::Ignore(Box::new(|_| true)));
    let asked = |world: &mut World| {
        let log = world.broker("a").log.iter();
        log.filter(|it| matches!(it, Command::KeepAliveInfo(_)) && it.response_required()).count()
    };
    world.advance(millis(2999));
    assert_eq!(asked(&mut world), 0);
    world.advance(millis(1));
    assert_eq!(asked(&mut world), 1);
    world.advance(millis(1499));
    assert!(world.client.is_connected());
    world.advance(millis(1));
    let told = world.events.iter().find(|it| matches!(it, Event::Interrupted { .. }));
    assert!(told.unwrap().to_string().contains("nothing heard for 4.5s"));
}

#[test]
fn bytes_of_an_unfinished_frame_are_a_sign_of_life() {
    let mut world = watched((3000, 0), (3000, 0));
    world.broker("a").monitor = None;
    world.script("a", Script::Ignore(Box::new(|_| true)));
    for _ in 0..10 {
        world.advance(millis(4000));
        let epoch = world.client.epoch();
        world.input(Input::Heard(epoch));
    }
    assert!(!is_interrupted(&world));
}

#[test]
fn silence_is_not_suspicious_before_the_initial_delay() {
    let mut world = watched((3000, 8000), (3000, 0));
    world.broker("a").monitor = None;
    world.script("a", Script::Ignore(Box::new(|_| true)));
    world.advance(millis(8000 + 1499));
    assert!(!is_interrupted(&world));
    world.advance(millis(1));
    assert!(is_interrupted(&world));
}

/// A machine that was asleep, or an application that blocked the runtime, finds the limit long exceeded,
/// with the broker's signs of life still unread.
#[test]
fn a_driver_that_was_held_up_asks_before_it_judges() {
    let mut world = watched((3000, 0), (3000, 0));
    world.broker("a").monitor = None;
    world.consuming(SessionMode::Auto, PREFETCH);
    world.now.instant += millis(60_000);
    let now = world.now;
    world.client.handle_timeout(now);
    let epoch = world.client.epoch();
    world.input(Input::Received(epoch, KeepAliveInfo::default().into()));
    world.advance(millis(2000));
    assert!(!is_interrupted(&world));
    world.finish();
}

#[test]
fn a_limit_without_end_is_no_overflow() {
    let mut options = options(&["a"]);
    for endpoint in &mut options.endpoints {
        endpoint.options.wire_format.max_inactivity_duration = Some(Duration::MAX);
        endpoint.options.wire_format.max_inactivity_duration_initial_delay = Duration::MAX;
    }
    let mut world = World::with(options);
    world.broker("a").inactivity = millis(u64::MAX);
    let connect = world.ask(Request::Connect);
    world.done(connect);
    assert!(world.client.poll_timeout().is_some());
    world.finish();
}

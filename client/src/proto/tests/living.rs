//! Signs of life, and what brokers tell.

use std::time::Duration;

use relaismq_openwire::{
    Command, ConnectionControl, ConnectionError, KeepAliveInfo, ShutdownInfo, Throwable,
};

use super::{
    broker::{Broker, Script},
    play::{PREFETCH, millis},
    world::{World, options},
};
use crate::proto::{
    event::Event,
    io::{Input, Request, SessionMode},
};

/// With brokers that agree on this inactivity limit.
fn alive(limit: u64) -> World {
    let mut world = World::new();
    for broker in world.brokers.values_mut() {
        broker.inactivity = millis(limit);
    }
    let connect = world.ask(Request::Connect);
    world.done(connect);
    world.broker("a").forget();
    world
}

fn beats(broker: &Broker) -> usize {
    broker.log.iter().filter(|it| matches!(it, Command::KeepAliveInfo(_))).count()
}

#[test]
fn tells_that_it_lives_each_third_of_the_limit_unless_it_writes_anyway() {
    let mut world = alive(3000);
    for beat in 1..=8 {
        world.broker("a").say(KeepAliveInfo::default());
        world.advance(millis(1000));
        assert_eq!(beats(world.broker("a")), beat);
    }
    for _ in 0..8 {
        world.broker("a").say(KeepAliveInfo::default());
        world.session(SessionMode::Auto);
        world.advance(millis(500));
    }
    assert_eq!(beats(world.broker("a")), 8);
    world.finish();
}

#[test]
fn a_broker_that_is_silent_during_the_restore_is_left_even_without_a_limit_for_answers() {
    let mut options = options(&["a", "b"]);
    options.timeouts.connect_response = None;
    let mut world = World::with(options);
    for broker in world.brokers.values_mut() {
        broker.inactivity = millis(3000);
    }
    world.ask(Request::Connect);
    world.consuming(SessionMode::Auto, PREFETCH);
    let mut silent = false;
    let from_the_consumer_on = move |command: &Command| {
        silent |= command.name() == "ConsumerInfo";
        silent
    };
    world.script("b", Script::Ignore(Box::new(from_the_consumer_on)));
    world.cut("cut");
    world.resume();
    assert_eq!(world.client.broker().host(), "a");
    world.finish();
}

#[test]
fn a_sign_of_life_that_wants_an_answer_gets_one() {
    let mut world = alive(3_600_000);
    world.broker("a").say(KeepAliveInfo { response_required: true, ..Default::default() });
    world.settle();
    let Some(Command::KeepAliveInfo(beat)) = world.broker("a").log.last() else { panic!() };
    assert!(!beat.response_required);
    world.finish();
}

#[test]
fn a_limit_of_zero_means_no_signs_of_life() {
    let mut world = alive(0);
    world.advance(Duration::from_secs(100_000));
    assert!(world.client.is_connected());
    assert_eq!(beats(world.broker("a")), 0);
    world.finish();
}

#[test]
fn a_broker_that_says_farewell_is_left_at_once() {
    let mut world = World::connected();
    world.broker("a").say(ShutdownInfo::default());
    world.settle();
    world.resume();
    assert_eq!(world.client.broker().host(), "b");
    world.finish();
}

#[test]
fn what_a_broker_complains_of_is_passed_on() {
    let mut world = World::connected();
    let exception = Some(Throwable::new("java.io.IOException", "disk full"));
    world.broker("a").say(ConnectionError { exception, ..Default::default() });
    world.settle();
    let Some(Event::Warning(text)) = world.events.last() else { panic!() };
    assert!(text.contains("disk full"));
    assert!(world.client.is_connected());
    world.finish();
}

fn control(connected: &str, reconnect_to: &str) -> ConnectionControl {
    ConnectionControl {
        connected_brokers: Some(connected.into()),
        reconnect_to: Some(reconnect_to.into()),
        ..ConnectionControl::default()
    }
}

#[test]
fn a_list_of_brokers_adds_to_the_configured_ones() {
    let mut world = World::connected();
    world.brokers.insert("c".to_owned(), Broker { up: true, ..Broker::default() });
    world.broker("a").say(control("tcp://a:61616,tcp://c:61616", ""));
    world.settle();
    let Some(Event::BrokersChanged { added, removed }) = world.events.last() else { panic!() };
    assert_eq!((added.len(), removed.len(), added[0].host()), (1, 0, "c"));
    world.kill("b");
    world.kill("a");
    world.resume();
    assert_eq!(world.client.broker().host(), "c");
    world.finish();
}

#[test]
fn garbage_in_a_list_of_brokers_is_ignored_and_told() {
    for garbage in ["null", "", ",,,", "ftp://x", "tcp://", "tcp://a:99999", "((("] {
        let mut world = World::connected();
        world.broker("a").say(control(garbage, garbage));
        world.settle();
        assert!(!world.events.iter().any(|it| matches!(it, Event::BrokersChanged { .. })));
        world.fail_over();
        assert_eq!(world.client.broker().host(), "b");
        world.finish();
    }
}

#[test]
fn lists_of_brokers_can_be_switched_off() {
    let mut options = options(&["a", "b"]);
    options.reconnect.update_uris_supported = false;
    let mut world = World::with(options);
    world.ask(Request::Connect);
    world.broker("a").say(control("tcp://c:61616", "tcp://d:61616"));
    world.settle();
    assert!(!world.events.iter().any(|it| matches!(it, Event::BrokersChanged { .. })));
    world.finish();
}

#[test]
fn news_of_a_link_that_was_given_up_are_ignored() {
    let mut world = World::connected();
    let old = world.client.epoch();
    world.fail_over();
    world.input(Input::Received(old, ShutdownInfo::default().into()));
    world.input(Input::Lost(old, "late".to_owned()));
    world.input(Input::DialFailed(old, "late".to_owned()));
    world.input(Input::Dialled(old));
    assert!(world.client.is_connected());
    world.finish();
}

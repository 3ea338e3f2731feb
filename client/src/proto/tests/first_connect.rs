//! The way to the first login: attempts, delays, limits, refusals.

use super::{
    broker::{Script, first, named},
    play::millis,
    world::{World, options},
};
use crate::{
    options::ConnectOptions,
    proto::{
        event::Event,
        io::{Failure, Request},
    },
};

fn limited(hosts: &[&str], attempts: u32) -> ConnectOptions {
    let mut options = options(hosts);
    options.reconnect.max_reconnect_attempts = Some(attempts);
    options
}

#[test]
fn introduces_itself_logs_in_and_is_connected() {
    let mut world = World::new();
    let connect = world.ask(Request::Connect);
    world.done(connect);
    assert_eq!(
        world.broker("a").names(),
        ["WireFormatInfo", "ConnectionControl", "ConnectionInfo"]
    );
    let info = world.broker("a").log.pop().unwrap();
    assert_eq!((info.command_id(), info.response_required()), (Some(1), true));
    assert!(matches!(&world.events[..], [Event::Connecting { .. }, Event::Connected { .. }]));
    let again = world.ask(Request::Connect);
    world.done(again);
    world.finish();
}

#[test]
fn tries_the_next_broker_at_once_and_waits_longer_and_longer_between_passes() {
    let mut world = World::new();
    world.kill("a");
    world.kill("b");
    let connect = world.ask(Request::Connect);
    assert_eq!((world.dials.len(), world.elapsed()), (2, 0));
    let mut times = Vec::new();
    for pass in 2..=5 {
        world.run_until(|world| world.dials.len() == 2 * pass);
        times.push(world.elapsed());
    }
    assert_eq!(times, [10, 30, 70, 150]);
    world.revive("b");
    world.resume();
    world.done(connect);
    world.finish();
}

#[test]
fn warns_of_the_first_failed_pass_and_of_every_nth() {
    let mut options = options(&["a"]);
    options.reconnect.warn_after_reconnect_attempts = Some(3);
    let mut world = World::with(options);
    world.kill("a");
    world.run_until(|world| world.dials.len() == 7);
    let place = |world: &World| {
        let mut passes = 0;
        let mut warned = Vec::new();
        for event in &world.events {
            passes += usize::from(matches!(event, Event::Failed { .. }));
            if let Event::Warning(text) = event {
                assert!(text.contains("a refuses the connection"), "{text}");
                warned.push(passes);
            }
        }
        warned
    };
    assert_eq!(place(&world), [1, 3, 6]);
    world.finish();
}

#[test]
fn gives_up_after_the_limit_with_the_last_failure_of_each_broker() {
    let mut world = World::with(limited(&["a", "b"], 3));
    world.kill("a");
    world.script("b", Script::HangUp(named("ConnectionInfo")));
    let connect = world.submit(Request::Connect, None);
    world.run_until(|world| world.ended);
    assert_eq!(world.dials.len(), 6);
    let Failure::Exhausted(failures) = world.failed(connect) else { panic!() };
    let reasons: Vec<_> = failures.iter().map(|(broker, why)| (broker.host(), &**why)).collect();
    assert_eq!(reasons, [("a", "a refuses the connection"), ("b", "closed by the broker")]);
    assert!(matches!(world.events.last(), Some(Event::Closed { reason: Some(_) })));
    let late = world.ask(Request::Connect);
    let Failure::Closed { maybe_done: false, reason: Some(reason) } = world.failed(late) else {
        panic!("{:?}", world.failed(late))
    };
    assert!(reason.contains("a refuses the connection"), "{reason}");
    world.finish();
}

#[test]
fn a_connect_deadline_reports_the_last_failure_of_each_broker_and_trying_goes_on() {
    let mut world = World::new();
    world.kill("a");
    world.kill("b");
    let connect = world.submit(Request::Connect, Some(millis(500)));
    world.run_until(|world| world.answer(connect).is_some());
    assert_eq!(world.elapsed(), 500);
    assert!(matches!(world.failed(connect), Failure::Exhausted(failures) if failures.len() == 2));
    world.revive("a");
    world.resume();
    world.finish();
}

#[test]
fn a_connect_deadline_names_brokers_that_have_not_answered_or_were_not_tried() {
    let mut world = World::with(options(&["a", "b"]));
    world.black_holes.push("a".to_owned());
    let connect = world.submit(Request::Connect, Some(millis(200)));
    world.run_until(|world| world.answer(connect).is_some());
    let Failure::Exhausted(failures) = world.failed(connect) else { panic!("no reasons") };
    let reasons: Vec<_> = failures.iter().map(|(_, reason)| reason.as_str()).collect();
    assert_eq!(reasons, ["no answer to the attempt to connect yet", "not tried yet"]);
    world.finish();
}

#[test]
fn a_broker_that_is_silent_before_or_after_its_introduction_is_left_in_time() {
    for (silent, time) in [("WireFormatInfo", 250), ("ConnectionInfo", 1000)] {
        let mut world = World::new();
        world.script("a", Script::Ignore(named(silent)));
        let connect = world.submit(Request::Connect, None);
        world.resume();
        world.done(connect);
        assert_eq!((world.elapsed(), world.dials.last().unwrap().as_str()), (time, "b"));
        world.finish();
    }
}

#[test]
fn a_broker_that_is_silent_and_alone_is_tried_again_after_its_time() {
    for silent in ["WireFormatInfo", "ConnectionInfo"] {
        let mut world = World::with(options(&["a"]));
        world.script("a", Script::Ignore(first(silent)));
        let connect = world.submit(Request::Connect, None);
        world.resume();
        world.done(connect);
        assert_eq!((world.elapsed(), world.dials.len()), (10_010, 2));
        world.finish();
    }
}

#[test]
fn a_refused_login_is_final_when_every_broker_has_refused() {
    let mut world = World::new();
    let class = "java.lang.SecurityException";
    for host in ["a", "b"] {
        world.script(host, Script::Refuse(named("ConnectionInfo"), class, "no"));
    }
    let connect = world.ask(Request::Connect);
    assert_eq!(world.dials, ["a", "b"]);
    let refused = Failure::LoginRefused { class: class.to_owned(), message: "no".to_owned() };
    assert_eq!(world.failed(connect), refused);
    assert!(world.ended);
    world.finish();
}

#[test]
fn a_login_that_one_broker_refuses_goes_to_the_other() {
    let mut world = World::new();
    world.script(
        "a",
        Script::Refuse(named("ConnectionInfo"), "javax.jms.InvalidClientIDException", "x"),
    );
    let connect = world.ask(Request::Connect);
    world.done(connect);
    assert_eq!(world.client.broker().host(), "b");
    world.finish();
}

#[test]
fn a_revoked_login_is_final_at_the_second_refusal_of_every_broker_and_never_resumes() {
    let mut world = World::connected();
    for host in ["a", "b"] {
        world.script(host, Script::Refuse(named("ConnectionInfo"), "S", "revoked"));
    }
    world.cut("cut");
    world.run_until(|world| world.ended);
    assert_eq!(world.dials.len(), 1 + 4);
    assert!(!world.events.iter().any(|event| matches!(event, Event::Resumed { .. })));
    world.finish();
}

#[test]
fn a_login_that_is_refused_once_while_the_broker_starts_is_tried_again() {
    let mut world = World::connected();
    for host in ["a", "b"] {
        world.script(host, Script::Refuse(first("ConnectionInfo"), "S", "not yet"));
    }
    world.fail_over();
    world.finish();
}

const IN_USE: &str = "javax.jms.InvalidClientIDException";

/// Brokers where somebody has the client id until so many milliseconds have passed.
fn with_an_id_in_use(wait: u64) -> World {
    let mut options = options(&["a", "b"]);
    options.reconnect.client_id_wait = millis(wait);
    let mut world = World::with(options);
    for host in ["a", "b"] {
        world.script(host, Script::Refuse(named("ConnectionInfo"), IN_USE, "c is in use"));
    }
    world
}

#[test]
fn a_client_id_in_use_is_waited_for_as_long_as_asked_and_looked_for_once_a_second() {
    let mut world = with_an_id_in_use(45_000);
    let connect = world.submit(Request::Connect, None);
    world.run_until(|world| world.elapsed() > 33_000);
    assert!(!world.ended && !world.client.is_connected(), "{:?}", world.events.last());
    let asked = world.dials.len();
    assert!((60..=80).contains(&asked), "{asked} looks at two brokers in 33 s");
    world.broker("a").scripts.clear();
    world.resume();
    world.done(connect);
    assert!(world.elapsed() < 35_500, "{}", world.elapsed());
    world.finish();
}

#[test]
fn a_client_id_that_stays_in_use_is_a_refused_login_in_the_end() {
    for (wait, connected) in [(0, false), (5000, false), (5000, true)] {
        let mut world = with_an_id_in_use(wait);
        if connected {
            let scripts = ["a", "b"].map(|host| std::mem::take(&mut world.broker(host).scripts));
            world.ask(Request::Connect);
            for (host, scripts) in ["a", "b"].into_iter().zip(scripts) {
                world.broker(host).scripts = scripts;
            }
            world.cut("cut");
        }
        let begun = world.elapsed();
        let connect = world.submit(Request::Connect, None);
        world.run_until(|world| world.ended);
        let Failure::LoginRefused { class, .. } = world.failed(connect) else { panic!() };
        assert_eq!(class, IN_USE);
        let took = world.elapsed() - begun;
        let most = u128::from(wait) + if connected { 4000 } else { 1500 };
        assert!(took >= u128::from(wait) && took <= most, "{took} ms of {wait}");
        world.finish();
    }
}

#[test]
fn the_first_link_is_connected_once_even_if_it_breaks_while_what_was_opened_early_is_restored() {
    let mut world = World::new();
    let session = world.submit(Request::OpenSession(crate::proto::io::SessionMode::Auto), None);
    let connect = world.submit(Request::Connect, None);
    world.script("a", Script::HangUp(first("SessionInfo")));
    world.resume();
    world.done(session);
    world.done(connect);
    let connected = world.events.iter().filter(|it| matches!(it, Event::Connected { .. }));
    assert_eq!(connected.count(), 1);
    world.finish();
}

#[test]
fn without_reconnect_the_first_loss_is_the_end() {
    let mut options = options(&["a"]);
    options.reconnect.max_reconnect_attempts = Some(0);
    let mut world = World::with(options);
    let connect = world.ask(Request::Connect);
    world.done(connect);
    world.cut("cut");
    assert!(world.ended);
    world.finish();
}

#[test]
fn reconnect_now_skips_the_delay() {
    let mut world = World::new();
    world.kill("a");
    world.kill("b");
    world.run_until(|world| world.elapsed() > 5000);
    world.revive("a");
    let before = world.elapsed();
    world.ask(Request::ReconnectNow);
    assert!(world.client.is_connected());
    assert_eq!(world.elapsed(), before);
    world.finish();
}

//! Brokers that cannot be used before somebody changes something.

use std::time::Duration;

use super::{
    broker::{Script, named},
    world::{World, options},
};
use crate::proto::{
    event::Event,
    io::{Failure, Request},
};

/// Why the connection ended, by broker.
fn reasons(failure: Failure) -> Vec<(String, String)> {
    let Failure::Unusable(failures) = failure else { panic!("{failure:?}") };
    failures.into_iter().map(|(broker, why)| (broker.host().to_owned(), why)).collect()
}

fn pair(host: &str, reason: &str) -> (String, String) {
    (host.to_owned(), reason.to_owned())
}

#[test]
fn the_first_connect_ends_when_every_broker_is_unusable_with_the_reason_of_each() {
    let mut world = World::new();
    world.spoil("a", "unknown CA");
    world.spoil("b", "expired");
    let connect = world.ask(Request::Connect);
    assert_eq!(world.dials, ["a", "b"]);
    assert!(world.ended);
    let expected = [pair("a", "unknown CA"), pair("b", "expired")];
    assert_eq!(reasons(world.failed(connect)), expected);
    let Some(Event::Closed { reason: Some(reason) }) = world.events.last() else { panic!() };
    assert!(reason.contains("unknown CA") && reason.contains("expired"), "{reason}");
    world.finish();
}

#[test]
fn one_unusable_broker_does_not_stop_the_search_for_another() {
    let mut world = World::new();
    world.spoil("a", "expired");
    world.kill("b");
    let connect = world.submit(Request::Connect, None);
    world.run_until(|world| world.elapsed() > 5000);
    assert!(!world.ended);
    world.revive("b");
    world.resume();
    world.done(connect);
    assert_eq!(world.client.broker().host(), "b");
    world.finish();
}

#[test]
fn a_refused_login_and_a_wrong_certificate_end_it_together() {
    for login_first in [true, false] {
        let mut world = World::new();
        let (login, certificate) = if login_first { ("a", "b") } else { ("b", "a") };
        world.script(login, Script::Refuse(named("ConnectionInfo"), "S", "who are you"));
        world.spoil(certificate, "expired");
        let connect = world.ask(Request::Connect);
        let mut expected =
            vec![pair(login, "login refused: S: who are you"), pair(certificate, "expired")];
        expected.sort();
        let mut found = reasons(world.failed(connect));
        found.sort();
        assert_eq!(found, expected);
        world.finish();
    }
}

/// A connection in use that tries again every second at least, and its brokers are spoilt.
fn interrupted() -> World {
    let mut options = options(&["a", "b"]);
    options.reconnect.max_reconnect_delay = Duration::from_secs(1);
    let mut world = World::with(options);
    let connect = world.ask(Request::Connect);
    world.done(connect);
    world.spoil("a", "expired");
    world.spoil("b", "unknown CA");
    world.cut("cut");
    world
}

#[test]
fn a_connection_in_use_waits_a_minute_for_certificates_to_be_renewed() {
    let mut world = interrupted();
    let begin = world.elapsed();
    world.run_until(|world| world.elapsed() > begin + 58_000);
    assert!(!world.ended);
    world.mend("b");
    world.resume();
    assert!(world.client.is_connected());
    world.finish();
}

#[test]
fn a_connection_in_use_ends_when_certificates_stay_wrong() {
    let mut world = interrupted();
    let begin = world.elapsed();
    world.run_until(|world| world.ended);
    assert!((begin + 60_000..begin + 62_000).contains(&world.elapsed()));
    let Some(Event::Closed { reason: Some(reason) }) = world.events.last() else { panic!() };
    assert!(reason.contains("expired") && reason.contains("unknown CA"), "{reason}");
    assert!(!world.events.iter().any(|event| matches!(event, Event::Resumed { .. })));
    world.finish();
}

//! A broker list in a file, and the broker that is preferred.

use super::{
    broker::Broker,
    play::millis,
    world::{World, options},
};
use crate::proto::{event::Event, io::Request};

/// A client with a list in a file, and brokers `a`, `b` and `c`, of which the URI names some.
fn world(named: &[&str], list: &str) -> World {
    let mut options = options(named);
    options.reconnect.update_uris_url = Some("/etc/brokers".into());
    let mut world = World::with(options);
    for host in ["a", "b", "c"] {
        world.brokers.insert(host.to_owned(), Broker { up: true, ..Broker::default() });
    }
    world.list = Ok(list.to_owned());
    world
}

fn unread(world: &World) -> Vec<&str> {
    let reasons = world.events.iter().filter_map(|event| match event {
        Event::ListUnread { reason, .. } => Some(reason.as_str()),
        _ => None,
    });
    reasons.collect()
}

#[test]
fn brokers_of_the_file_are_tried_behind_those_of_the_uri() {
    let mut world = world(&["a"], "tcp://b:61616, tcp://c:61616\n");
    world.kill("a");
    let connect = world.ask(Request::Connect);
    world.done(connect);
    assert_eq!(world.dials, ["a", "b"]);
    world.finish();
}

#[test]
fn the_file_is_read_before_each_pass() {
    let mut world = world(&[], "");
    let connect = world.ask(Request::Connect);
    assert_eq!((world.reads, world.dials.len()), (1, 0));
    world.run_until(|world| world.reads == 3);
    world.list = Ok("tcp://b:61616".to_owned());
    world.resume();
    world.done(connect);
    assert_eq!(world.dials, ["b"]);
    world.list = Ok("# none\ntcp://c:61616\n".to_owned());
    world.kill("b");
    world.resume();
    assert_eq!(world.dials, ["b", "c"]);
    assert_eq!(unread(&world), ["\"# none\" is not a broker address"]);
    world.finish();
}

#[test]
fn what_was_read_before_stays_while_the_file_cannot_be_read() {
    let mut world = world(&[], "tcp://a:61616,tcp://b:61616?keepAlive=true");
    let connect = world.ask(Request::Connect);
    world.done(connect);
    assert!(unread(&world)[0].contains("used without its options"), "{:?}", unread(&world));
    world.list = Err("No such file".to_owned());
    world.kill("a");
    world.resume();
    assert_eq!(world.dials.last().unwrap(), "b");
    assert_eq!(unread(&world)[1..], ["No such file"]);
    world.finish();
}

#[test]
fn why_the_file_cannot_be_read_is_told_once() {
    let mut world = world(&[], "");
    world.list = Err("No such file".to_owned());
    world.submit(Request::Connect, None);
    world.run_until(|world| world.reads == 5);
    assert_eq!(unread(&world), ["No such file"]);
    let warning = world.events.iter().find(|event| matches!(event, Event::Warning(_))).unwrap();
    assert!(warning.to_string().contains("the broker list: No such file"), "{warning}");
}

#[test]
fn closing_does_not_wait_for_the_file() {
    let mut world = world(&[], "");
    let close = world.ask(Request::Close);
    world.done(close);
    world.advance(millis(100));
    assert_eq!(world.reads, 0);
}

fn preferring() -> World {
    let mut options = options(&["a", "b"]);
    options.reconnect = options.reconnect.randomize(true).priority_backup(true);
    World::with(options)
}

#[test]
fn each_pass_begins_with_the_preferred_broker_whatever_the_order() {
    for _ in 0..10 {
        let mut world = preferring();
        let connect = world.ask(Request::Connect);
        world.done(connect);
        assert_eq!(world.dials, ["a"]);
        assert!(!world.events.iter().any(|event| matches!(event, Event::Warning(_))));
        world.finish();
    }
}

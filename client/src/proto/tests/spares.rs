//! Spares: sockets that are open and introduced, of which one takes over.

use std::time::Duration;

use super::{
    play::millis,
    world::{World, options},
};
use crate::proto::{event::Event, io::Request};

fn spared(hosts: &[&str], pool: u32) -> World {
    let mut options = options(hosts);
    options.reconnect = options.reconnect.backup(true).backup_pool_size(pool);
    let mut world = World::with(options);
    let connect = world.ask(Request::Connect);
    world.done(connect);
    world.settle();
    world
}

/// Hosts that a socket is open to.
fn open(world: &World) -> Vec<&str> {
    world.links.iter().map(|(_, host)| host.as_str()).collect()
}

fn ready(world: &World) -> usize {
    world.events.iter().filter(|event| matches!(event, Event::SpareReady { .. })).count()
}

#[test]
fn the_pool_is_filled_and_none_of_it_is_logged_in_to() {
    let world = spared(&["a", "b", "c", "d"], 2);
    assert_eq!((open(&world), ready(&world)), (vec!["a", "b", "c"], 2));
    assert!(!world.brokers["b"].open.logged_in && !world.brokers["c"].open.logged_in);
    world.finish();
}

#[test]
fn a_spare_takes_over_without_a_delay_and_the_pool_is_filled_again() {
    let mut world = spared(&["a", "b", "c"], 1);
    let before = world.elapsed();
    world.kill("a");
    world.resume();
    assert_eq!(world.elapsed(), before);
    assert_eq!(open(&world), ["b", "c"]);
    world.finish();
}

#[test]
fn a_spare_that_dies_is_replaced_by_another_broker() {
    let mut world = spared(&["a", "b", "c"], 1);
    world.kill("b");
    world.settle();
    assert_eq!(open(&world), ["a", "c"]);
    assert!(world.events.iter().any(|event| matches!(event, Event::SpareLost { .. })));
    world.finish();
}

#[test]
fn a_broker_that_is_down_is_tried_as_a_spare_less_and_less_often() {
    let mut world = spared(&["a", "b"], 1);
    world.kill("b");
    let before = world.dials.len();
    world.advance(Duration::from_secs(600));
    let tried = world.dials.len() - before;
    assert!((15..30).contains(&tried), "{tried}");
    // The same reason is told when the spare is lost, and not each time.
    let lost = world.events.iter().filter(|event| matches!(event, Event::SpareLost { .. }));
    assert_eq!(lost.count(), 1);
    world.revive("b");
    world.advance(Duration::from_secs(31));
    assert_eq!(open(&world), ["a", "b"]);
    world.finish();
}

/// A broker drops whoever gives no sign of life.
#[test]
fn spares_give_signs_of_life_and_a_silent_one_is_dropped() {
    let mut options = options(&["a", "b"]);
    options.reconnect = options.reconnect.backup(true);
    let mut world = World::with(options);
    for host in ["a", "b"] {
        world.broker(host).inactivity = millis(3000);
    }
    let connect = world.ask(Request::Connect);
    world.done(connect);
    world.settle();
    world.advance(millis(2500));
    assert!(world.broker("b").log.iter().any(|it| it.name() == "KeepAliveInfo"));
    // It is asked, and gives no answer.
    let lost =
        |event: &Event| matches!(event, Event::SpareLost { broker, .. } if broker.host() == "b");
    world.broker("b").scripts.push(super::broker::Script::Ignore(Box::new(|_| true)));
    world.run_until(|world| world.events.iter().any(lost));
    world.finish();
}

#[test]
fn the_end_closes_every_socket() {
    let mut world = spared(&["a", "b", "c"], 2);
    let close = world.ask(Request::Close);
    world.run_until(|world| world.ended);
    world.done(close);
    assert!(world.links.is_empty(), "{:?}", world.links);
    world.finish();
}

#[test]
fn there_are_none_where_a_lost_link_is_the_end() {
    let mut options = options(&["a", "b"]);
    options.reconnect = options.reconnect.backup(true).max_reconnect_attempts(Some(0));
    let mut world = World::with(options);
    let connect = world.ask(Request::Connect);
    world.done(connect);
    world.settle();
    assert_eq!(open(&world), ["a"]);
    world.finish();
}

//! Brokers that keep us waiting, in front of one that does not.

use super::{
    broker::{Script, named},
    play::{PREFETCH, millis},
    world::{World, options},
};
use crate::proto::{
    event::Event,
    io::{Request, SessionMode},
};

const WITHIN: u128 = 1000;

/// `silent` accepts and says nothing, `hole` does not even accept, `good` and `fine` serve.
fn list() -> World {
    let mut world = World::with(options(&["silent", "hole", "good", "fine"]));
    world.script("silent", Script::Ignore(Box::new(|_| true)));
    world.black_holes.push("hole".to_owned());
    world
}

fn connect(world: &mut World) -> u128 {
    let start = world.elapsed();
    let connect = world.submit(Request::Connect, None);
    world.resume();
    world.done(connect);
    world.elapsed() - start
}

/// A silent broker in the list cost ten seconds, a black hole five.
#[test]
fn silent_brokers_and_black_holes_hold_up_nobody_for_long() {
    let mut world = list();
    assert_eq!((connect(&mut world), world.client.broker().host()), (500, "good"));
    assert!(world.links.len() == 1 && world.dialling.is_empty(), "the others are hung up");
    world.finish();
}

#[test]
fn at_every_switch_the_brokers_that_were_silent_come_last() {
    let mut world = list();
    connect(&mut world);
    for (dead, next) in [("good", "fine"), ("fine", "good"), ("good", "fine")] {
        world.dials.clear();
        let start = world.elapsed();
        world.kill(dead);
        world.resume();
        assert!(world.elapsed() - start <= WITHIN);
        assert_eq!((world.client.broker().host(), world.dials[0].as_str()), (next, next));
        world.revive(dead);
    }
    world.finish();
}

#[test]
fn a_broker_that_speaks_again_keeps_its_place_from_then_on() {
    let mut world = list();
    connect(&mut world);
    world.broker("silent").scripts.clear();
    world.kill("good");
    world.kill("fine");
    world.resume();
    assert_eq!(world.client.broker().host(), "silent");
    world.revive("good");
    world.revive("fine");
    world.kill("silent");
    world.revive("silent");
    world.resume();
    world.dials.clear();
    world.fail_over();
    assert_eq!(world.dials[0], "silent");
    world.finish();
}

#[test]
fn the_first_in_order_wins_if_it_answers_within_the_stagger_and_the_quicker_one_else() {
    for (first, winner) in [(200, "a"), (300, "b")] {
        let mut world = World::new();
        world.far.insert("a".to_owned(), millis(first));
        world.far.insert("b".to_owned(), millis(10));
        connect(&mut world);
        assert_eq!((world.client.broker().host(), world.links.len()), (winner, 1));
        world.finish();
    }
}

#[test]
fn only_one_of_several_that_answer_is_logged_in_to() {
    let mut world = World::with(options(&["a", "b", "c"]));
    for (host, far) in [("a", 600), ("b", 350), ("c", 99)] {
        world.far.insert(host.to_owned(), millis(far));
    }
    connect(&mut world);
    assert_eq!(world.client.broker().host(), "c");
    world.advance(millis(2000));
    let logins = ["a", "b", "c"].map(|host| {
        let names = world.broker(host).names();
        names.iter().filter(|name| **name == "ConnectionInfo").count()
    });
    assert_eq!(logins, [0, 0, 1]);
    world.finish();
}

#[test]
fn a_login_that_is_silent_is_left_after_a_second_if_another_broker_is_ready() {
    let mut world = World::new();
    world.script("a", Script::Ignore(named("ConnectionInfo")));
    assert_eq!((connect(&mut world), world.client.broker().host()), (1000, "b"));
    world.finish();
}

#[test]
fn a_login_that_is_silent_is_waited_for_if_no_other_broker_is_ready() {
    let mut world = World::new();
    world.script("a", Script::Mute(named("ConnectionInfo")));
    world.kill("b");
    world.submit(Request::Connect, None);
    world.advance(millis(9000));
    let login = world.broker("a").log.last().cloned().unwrap();
    world.broker("a").answer(&login, None);
    world.settle();
    assert_eq!(world.client.broker().host(), "a");
    assert!(world.client.is_connected());
    world.finish();
}

/// Where each login takes three seconds, none of them must be left again and again.
#[test]
fn slow_logins_come_to_their_end_although_other_brokers_are_ready() {
    let mut world = World::new();
    for host in ["a", "b"] {
        world.script(host, Script::Mute(named("ConnectionInfo")));
    }
    world.submit(Request::Connect, None);
    let mut since = std::collections::BTreeMap::new();
    for _ in 0..2000 {
        world.advance(millis(10));
        for host in ["a", "b"] {
            let there = world.links.iter().any(|(_, other)| other == host);
            let log = &world.broker(host).log;
            let login = log.last().filter(|it| it.name() == "ConnectionInfo").cloned();
            let Some(login) = login.filter(|_| there) else {
                since.remove(host);
                continue;
            };
            let now = world.elapsed();
            if now - *since.entry(host).or_insert(now) == 3000 {
                world.broker(host).answer(&login, None);
            }
        }
        if world.client.is_connected() {
            assert!(world.elapsed() < 8000, "{}", world.elapsed());
            return world.finish();
        }
    }
    panic!("no login comes to its end");
}

/// The machine of the master is gone, and its slave needs some time to take over: the dead one's address
/// swallows attempts for five seconds, and the slave must not wait for that.
#[test]
fn a_broker_that_comes_up_is_found_while_another_one_keeps_us_waiting() {
    let mut world = World::connected();
    world.consuming(SessionMode::Auto, PREFETCH);
    world.kill("b");
    world.black_holes.push("a".to_owned());
    world.kill("a");
    world.advance(millis(1500));
    world.revive("b");
    let start = world.elapsed();
    world.resume();
    assert!(world.elapsed() - start <= 1000, "{}", world.elapsed() - start);
    assert_eq!(world.client.broker().host(), "b");
    world.finish();
}

/// Sixteen logins were refused in four seconds.
#[test]
fn a_broker_that_refuses_the_login_is_left_alone_for_longer_and_longer() {
    let mut world = World::connected();
    world.script("a", Script::Refuse(named("ConnectionInfo"), "S", "no"));
    world.kill("b");
    world.dials.clear();
    world.cut("cut");
    let mut times = Vec::new();
    while world.elapsed() < 20_000 {
        let before = world.dials.iter().filter(|host| *host == "a").count();
        world.advance(millis(10));
        let now = world.dials.iter().filter(|host| *host == "a").count();
        times.extend((before < now).then(|| world.elapsed()));
    }
    assert!((3..=5).contains(&times.len()), "{times:?}");
    let pauses: Vec<_> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let expected = [1000, 2000, 4000, 8000];
    assert!(pauses.iter().zip(expected).all(|(it, least)| *it >= least), "{pauses:?}");
    // The other one is tried all the time.
    assert!(world.dials.iter().filter(|host| *host == "b").count() > 8);
    world.revive("b");
    world.resume();
    assert_eq!(world.client.broker().host(), "b");
    world.finish();
}

#[test]
fn who_is_in_a_hurry_has_a_broker_tried_that_refused_the_login() {
    let mut world = World::connected();
    world.script("a", Script::Refuse(super::broker::first("ConnectionInfo"), "S", "not yet"));
    world.kill("b");
    world.cut("cut");
    world.advance(millis(100));
    assert!(!world.client.is_connected());
    world.ask(Request::ReconnectNow);
    assert!(world.client.is_connected());
    world.finish();
}

#[test]
fn what_is_told_of_a_race_names_who_kept_us_waiting() {
    let mut world = list();
    connect(&mut world);
    let failed = world.events.iter().filter_map(|event| match event {
        Event::Failed { broker, reason } => Some((broker.host(), reason.as_str())),
        _ => None,
    });
    let told: Vec<_> = failed.collect();
    assert!(told.iter().all(|(_, reason)| reason.contains("when tcp://good:61616 answered")));
    assert_eq!(told.iter().map(|(host, _)| *host).collect::<Vec<_>>(), ["silent", "hole"]);
    world.finish();
}

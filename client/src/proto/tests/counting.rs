//! The figures of a connection, after runs in which every one of them is known.

use relaismq_openwire::Message;

use super::{
    broker::{Script, named},
    inbox::sequence,
    play::{PREFETCH, millis, queue, send},
    world::World,
};
use crate::proto::{
    io::{Failure, Request, SessionMode},
    statistics::{FigureKind, Statistics},
};

fn figures(world: &World) -> Statistics {
    world.client.statistics(world.now.instant)
}

#[test]
fn sends_and_their_ends_are_counted() {
    let mut world = World::connected();
    let (_, producer) = world.producing(SessionMode::Auto);
    world.send(producer, true);
    world.send(producer, false);
    world.script("a", Script::Refuse(named("ActiveMQMessage"), "S", "full"));
    world.send(producer, true);
    world.broker("a").scripts.clear();
    world.script("a", Script::Mute(named("ActiveMQMessage")));
    world.submit_send(producer, true, Some(millis(100)));
    world.advance(millis(200));
    let now = figures(&world);
    assert_eq!((now.sent, now.confirmed, now.refused), (4, 1, 1));
    assert_eq!((now.timed_out, now.unknown), (1, 1), "it was written");
    assert_eq!((now.sessions, now.producers, now.consumers), (1, 1, 0));
    assert_eq!((now.connected, now.requests), (1, 0));
    world.finish();
}

#[test]
fn an_outage_is_counted_while_it_lasts_and_what_followed_from_it() {
    let mut world = World::connected();
    let (_, producer) = world.producing(SessionMode::Auto);
    world.script("a", Script::Mute(named("ActiveMQMessage")));
    world.submit(send(producer, true), None);
    world.settle();
    assert!(figures(&world).request_bytes > 0);
    world.broker("b").up = false;
    world.kill("a");
    world.advance(millis(700));
    let during = figures(&world);
    assert_eq!((during.connected, during.interruptions, during.reconnects), (0, 1, 0));
    assert_eq!(during.outage, millis(700));
    assert!(during.failed_passes > 1 && during.failed_attempts >= 2 * during.failed_passes);
    world.revive("b");
    world.resume();
    let after = figures(&world);
    assert_eq!((after.connected, after.interruptions, after.reconnects), (1, 1, 1));
    assert_eq!((after.restored, after.replays), (2, 1), "a session, a producer; a message");
    assert!(after.outage >= millis(700) && after.attempts > during.attempts);
    assert_eq!(after.attempts, after.failed_attempts + 2, "the first broker, and this one");
    let settled = after.outage;
    world.advance(millis(500));
    assert_eq!(figures(&world).outage, settled, "it is over");
    world.finish();
}

#[test]
fn deliveries_are_counted_from_their_dispatch_to_their_end() {
    let mut world = World::connected();
    let (_, consumer) = world.consuming(SessionMode::Individual, 10);
    world.put("Q", 12);
    let all: Vec<_> = (0..3).filter_map(|_| world.take(consumer)).collect();
    world.acknowledge(consumer, &all[0]).unwrap();
    let now = figures(&world);
    assert_eq!((now.received, now.redelivered, now.duplicates), (11, 0, 0));
    assert_eq!((now.acknowledged, now.prefetch), (1, 10));
    assert_eq!(now.held + now.waiting, 10, "the driver tells them apart");
    world.fail_over();
    let late = world.acknowledge(consumer, &all[1]);
    assert_eq!(late, Err(Failure::StaleDelivery));
    let now = figures(&world);
    assert_eq!(now.stale_acks, 1);
    assert_eq!(now.received, 21);
    assert!((2..=10).contains(&now.duplicates), "what was taken: {}", now.duplicates);
    assert!(now.redelivered >= now.duplicates);
    let again = world.take(consumer).unwrap();
    assert_eq!(sequence(&again), 2);
    world.finish();
}

#[test]
fn what_expires_and_what_is_given_up_is_counted() {
    let mut world = World::connected();
    let (_, consumer) = world.consuming(SessionMode::Individual, PREFETCH);
    world.put("Q", 1);
    let stranger = relaismq_openwire::ConnectionId::new("ID:y").session(1).producer(1);
    let message_id = Some(stranger.message(1));
    let old = Message { expiration: 1, message_id, ..Message::default() };
    world.store.put("Q", old.into());
    world.dispatch();
    let delivery = world.take(consumer).unwrap();
    let (epoch, number) = (delivery.epoch, delivery.number);
    let dead = Some("broken".to_owned());
    world.ask(Request::Reject { consumer, epoch, number, dead });
    let now = figures(&world);
    assert_eq!((now.expired, now.dead_lettered), (1, 1));
}

#[test]
fn commits_that_fail_are_counted_by_what_is_known_of_them() {
    let mut world = World::connected();
    let (session, producer) = world.producing(SessionMode::Transacted);
    world.send(producer, false);
    world.script("a", Script::Mute(named("TransactionInfo")));
    world.submit(Request::Commit(session), None);
    world.settle();
    world.broker("a").scripts.clear();
    world.fail_over();
    let consumer = world.consumer(session, queue(PREFETCH));
    world.put("Q", 1);
    assert!(world.take(consumer).is_some());
    world.fail_over();
    world.ask(Request::Commit(session));
    let now = figures(&world);
    assert_eq!((now.in_doubt, now.rolled_back), (1, 1));
    world.finish();
}

#[test]
fn after_the_end_the_figures_can_still_be_had() {
    let mut world = World::connected();
    let (_, producer) = world.producing(SessionMode::Auto);
    world.send(producer, true);
    world.ask(Request::Close);
    assert!(world.ended);
    let id = world.ask(Request::Statistics);
    let known = world.done(id);
    let crate::proto::io::Answer::Statistics(now) = known else { panic!("{known:?}") };
    assert_eq!((now.sent, now.confirmed, now.connected), (1, 1, 0));
}

#[test]
fn names_of_metrics_are_unique_and_say_what_they_are() {
    let names: Vec<String> = Statistics::figures().iter().map(|it| it.metric()).collect();
    let unique: std::collections::BTreeSet<_> = names.iter().collect();
    assert_eq!(unique.len(), names.len());
    for figure in Statistics::figures() {
        let name = figure.metric();
        assert!(figure.meaning.ends_with('.'), "{name}: {}", figure.meaning);
        assert_eq!(name.ends_with("_total"), figure.kind == FigureKind::Counter);
        assert_eq!(figure.read(&Statistics::default()).to_bits(), 0f64.to_bits());
    }
}

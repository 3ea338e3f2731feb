//! What a reconnect restores, in which order, and when it counts as done.

use relaismq_openwire::{Command, Destination, destination::Kind};

use super::{
    broker::{Script, first, named},
    play::{PREFETCH, queue, spec},
    world::World,
};
use crate::proto::{
    event::Event,
    io::{Answer, Failure, Input, Request, SessionMode},
};

fn temporary(world: &mut World) -> Destination {
    let id = world.ask(Request::CreateTemporary(Kind::Queue));
    match world.done(id) {
        Answer::Temporary(destination) => destination,
        other => panic!("{other:?}"),
    }
}

fn resumed(world: &World) -> (u32, usize, usize) {
    match world.events.last() {
        Some(Event::Resumed { attempts, restored, resent, .. }) => (*attempts, *restored, *resent),
        other => panic!("{other:?}"),
    }
}

#[test]
fn restores_temporaries_then_each_session_with_its_producers_and_consumers_then_requests() {
    let mut world = World::connected();
    let (session, producer) = world.producing(SessionMode::Auto);
    world.consumer(session, queue(PREFETCH));
    let second = world.session(SessionMode::Client);
    world.consumer(second, queue(PREFETCH));
    temporary(&mut world);
    world.script("a", Script::Mute(named("ActiveMQMessage")));
    let send = world.send(producer, true);
    world.kill("a");
    world.resume();
    world.done(send);
    let expected = [
        "WireFormatInfo",
        "ConnectionControl",
        "ConnectionInfo",
        "DestinationInfo",
        "SessionInfo",
        "ProducerInfo",
        "ConsumerInfo",
        "SessionInfo",
        "ConsumerInfo",
        "ActiveMQMessage",
    ];
    assert_eq!(world.broker("b").names(), expected);
    let Command::ConnectionInfo(info) = &world.broker("b").log[2] else { panic!() };
    assert!(info.failover_reconnect && info.fault_tolerant);
    assert_eq!(resumed(&world), (1, 6, 1));
    world.finish();
}

#[test]
fn is_resumed_only_when_the_broker_has_answered_all_that_was_replayed() {
    let mut world = World::connected();
    world.consuming(SessionMode::Auto, PREFETCH);
    world.kill("a");
    world.script("b", Script::Mute(named("ConsumerInfo")));
    world.run_until(|world| world.broker("b").names().contains(&"ConsumerInfo"));
    assert!(matches!(world.events.last(), Some(Event::Restoring { .. })));
    assert!(!world.client.is_connected());
    world.broker("b").scripts.clear();
    world.resume();
    assert_eq!(world.dials.last().unwrap(), "b", "the only broker is tried again after a timeout");
    let interruptions = world.events.iter().filter(|it| matches!(it, Event::Interrupted { .. }));
    assert_eq!(interruptions.count(), 1);
    world.finish();
}

#[test]
fn a_consumer_that_the_next_broker_refuses_is_lost_and_the_others_resume() {
    let mut world = World::connected();
    let session = world.session(SessionMode::Auto);
    let kept = world.consumer(session, queue(PREFETCH));
    let refused = world.consumer(session, spec(&Destination::queue("FORBIDDEN"), PREFETCH));
    let forbidden = |command: &Command| {
        matches!(command, Command::ConsumerInfo(info)
            if &*info.destination.as_ref().unwrap().name == "FORBIDDEN")
    };
    world.script("b", Script::Refuse(Box::new(forbidden), "S", "not yours"));
    world.fail_over();
    assert_eq!(resumed(&world).1, 2);
    let lost = world.events.iter().filter_map(|event| match event {
        Event::ConsumerLost { destination, .. } => Some(destination.as_str()),
        _ => None,
    });
    assert_eq!(lost.collect::<Vec<_>>(), ["queue://FORBIDDEN"]);
    let ended = world.inbox(refused).ended.clone();
    assert!(matches!(ended, Some(Failure::Refused { message, .. }) if message == "not yours"));
    world.put("Q", 1);
    assert_eq!(world.take_all(kept), [1]);
    world.fail_over();
    assert_eq!(world.broker("a").open.consumers.len(), 1, "it is not restored any more");
    world.finish();
}

#[test]
fn a_producer_that_the_next_broker_refuses_is_gone() {
    let mut world = World::connected();
    let (_, producer) = world.producing(SessionMode::Auto);
    world.script("b", Script::Refuse(named("ProducerInfo"), "S", "no"));
    world.fail_over();
    let send = world.send(producer, true);
    assert_eq!(world.failed(send), Failure::NoSuch("producer"));
    assert!(world.events.iter().any(|event| matches!(event, Event::Warning(_))));
    world.finish();
}

#[test]
fn a_link_that_breaks_during_the_restore_is_still_the_same_interruption() {
    let mut world = World::connected();
    world.consuming(SessionMode::Auto, PREFETCH);
    world.script("a", Script::HangUp(first("ConsumerInfo")));
    world.script("b", Script::HangUpAfter(first("SessionInfo")));
    world.kill("a");
    world.revive("a");
    world.resume();
    assert_eq!(resumed(&world), (3, 2, 0));
    world.finish();
}

#[test]
fn what_was_closed_is_not_restored() {
    let mut world = World::connected();
    let (session, producer) = world.producing(SessionMode::Auto);
    let consumer = world.consumer(session, queue(PREFETCH));
    let temporary = temporary(&mut world);
    for request in [
        Request::CloseConsumer(consumer),
        Request::CloseProducer(producer),
        Request::CloseSession(session),
        Request::DeleteDestination(temporary),
    ] {
        let id = world.ask(request);
        world.done(id);
    }
    let names = world.broker("a").names();
    assert_eq!(
        &names[names.len() - 4..],
        ["RemoveInfo", "RemoveInfo", "RemoveInfo", "DestinationInfo"]
    );
    world.kill("a");
    world.resume();
    assert_eq!(resumed(&world).1, 0);
    assert_eq!(world.broker("b").names().len(), 3);
    world.finish();
}

#[test]
fn closing_while_disconnected_needs_no_broker() {
    let mut world = World::connected();
    let (session, producer) = world.producing(SessionMode::Auto);
    let consumer = world.consumer(session, queue(PREFETCH));
    let temporary = temporary(&mut world);
    world.cut("cut");
    for request in [
        Request::CloseConsumer(consumer),
        Request::CloseProducer(producer),
        Request::CloseSession(session),
        Request::DeleteDestination(temporary),
    ] {
        let id = world.submit(request, None);
        world.done(id);
    }
    world.resume();
    assert_eq!(resumed(&world).1, 0);
    world.finish();
}

#[test]
fn what_is_opened_while_disconnected_opens_after_the_restore() {
    let mut world = World::connected();
    world.cut("cut");
    let session = world.session(SessionMode::Auto);
    let destination = Some(Destination::queue("Q"));
    let producer =
        world.submit(Request::OpenProducer { session, destination, dispatch_async: false }, None);
    let spec = queue(PREFETCH).into();
    let consumer = world.submit(Request::OpenConsumer { session, spec }, None);
    assert!(world.answer(producer).is_none());
    world.resume();
    world.settle();
    let Answer::Consumer(consumer) = world.done(consumer) else { panic!() };
    world.done(producer);
    world.put("Q", 1);
    assert_eq!(world.take_all(consumer), [1]);
    world.finish();
}

#[test]
fn an_opening_that_was_not_answered_is_asked_for_again_and_opens_once() {
    let mut world = World::connected();
    let session = world.session(SessionMode::Auto);
    world.script("a", Script::HangUpAfter(first("ConsumerInfo")));
    let spec = queue(PREFETCH).into();
    let consumer = world.ask(Request::OpenConsumer { session, spec });
    world.resume();
    world.settle();
    world.done(consumer);
    assert_eq!(resumed(&world).2, 1);
    world.fail_over();
    world.finish();
}

#[test]
fn an_opening_that_is_cancelled_leaves_nothing_behind() {
    for answered_late in [false, true] {
        let mut world = World::connected();
        let session = world.session(SessionMode::Auto);
        if !answered_late {
            world.script("a", Script::Mute(named("ConsumerInfo")));
        }
        let spec = queue(PREFETCH).into();
        let consumer = world.submit(Request::OpenConsumer { session, spec }, None);
        world.input(Input::Cancel(consumer));
        let destination = Some(Destination::queue("Q"));
        let producer = world
            .submit(Request::OpenProducer { session, destination, dispatch_async: false }, None);
        world.input(Input::Cancel(producer));
        let temporary = world.submit(Request::CreateTemporary(Kind::Topic), None);
        world.input(Input::Cancel(temporary));
        world.settle();
        assert!(world.answers.len() <= 2, "connect and the session");
        assert!(world.broker("a").open.consumers.is_empty());
        assert!(world.broker("a").open.producers.is_empty());
        assert_eq!(world.broker("a").log.last().unwrap().name(), "DestinationInfo");
        world.kill("a");
        world.resume();
        assert_eq!(resumed(&world).1, 1);
        world.finish();
    }
}

#[test]
fn a_session_that_closes_takes_openings_under_way_with_it() {
    let mut world = World::connected();
    let session = world.session(SessionMode::Auto);
    world.script("a", Script::Mute(named("ConsumerInfo")));
    let spec = queue(PREFETCH).into();
    let consumer = world.ask(Request::OpenConsumer { session, spec });
    let close = world.ask(Request::CloseSession(session));
    world.done(close);
    assert_eq!(world.failed(consumer), Failure::NoSuch("session"));
    assert!(world.broker("a").open.consumers.is_empty());
    world.fail_over();
    assert!(world.broker("b").open.consumers.is_empty());
    world.finish();
}

//! The end of a connection, from every phase.

use relaismq_openwire::Message;

use super::{
    broker::{Script, named},
    play::{PREFETCH, millis, queue, send},
    world::{World, options},
};
use crate::proto::{
    event::Event,
    io::{Answer, Failure, Input, Request, SessionMode},
};

fn closed(maybe_done: bool) -> Failure {
    Failure::Closed { maybe_done, reason: None }
}

#[test]
fn says_farewell_acknowledges_and_hangs_up() {
    let mut world = World::connected();
    let (_, consumer) = world.consuming(SessionMode::Auto, PREFETCH);
    world.put("Q", 2);
    world.take(consumer);
    world.broker("a").forget();
    let close = world.ask(Request::Close);
    world.done(close);
    let names = ["MessageAck", "RemoveInfo", "RemoveInfo", "ShutdownInfo"];
    assert_eq!(world.broker("a").names(), names);
    assert!(world.ended && world.links.is_empty());
    assert_eq!(world.inbox(consumer).ended, Some(closed(false)));
    assert_eq!(world.events.last(), Some(&Event::Closed { reason: None }));
    let again = world.ask(Request::Close);
    world.done(again);
    let late = world.ask(Request::OpenSession(SessionMode::Auto));
    assert_eq!(world.failed(late), closed(false));
    world.finish();
}

/// The connection's own farewell had no word on how far its consumers were: all that was merely on its
/// way counted as delivered.
#[test]
fn tells_of_each_consumer_how_far_it_was() {
    let mut world = World::connected();
    let (_, first) = world.consuming(SessionMode::Individual, 3);
    world.put("Q", 3);
    let session = world.session(SessionMode::Auto);
    let second = world.consumer(session, queue(3));
    world.put("Q", 3);
    world.take(first);
    world.see(second, 2);
    let close = world.ask(Request::Close);
    world.done(close);
    let counters: Vec<_> = world.store.queues["Q"].iter().map(|it| it.counter).collect();
    assert_eq!(counters, [1, 0, 0, 1, 1, 0]);
    world.finish();
}

#[test]
fn answers_that_come_before_the_farewell_is_answered_count() {
    let mut world = World::connected();
    let (_, producer) = world.producing(SessionMode::Auto);
    let send = world.submit_send(producer, true, None);
    let close = world.submit(Request::Close, None);
    let late = world.submit(super::play::send(producer, true), None);
    assert_eq!(world.failed(late), closed(false));
    let late = world.submit(Request::CloseProducer(producer), None);
    world.done(late);
    world.settle();
    assert!(matches!(world.done(send), Answer::Sent { confirmed: true, .. }));
    world.done(close);
    world.finish();
}

#[test]
fn a_silent_broker_is_left_soon_and_everybody_is_told_what_is_known() {
    let mut world = World::connected();
    let (session, producer) = world.producing(SessionMode::Auto);
    let consumer = world.consumer(session, queue(0));
    let (transacted, transacted_producer) = world.producing(SessionMode::Transacted);
    world.script("a", Script::Ignore(Box::new(|_| true)));
    let send = world.send(producer, true);
    let pull = world.ask(Request::Pull { consumer, wait: None });
    world.send(transacted_producer, true);
    let commit = world.ask(Request::Commit(transacted));
    let close = world.submit(Request::Close, Some(millis(5000)));
    let second = world.submit(Request::Close, None);
    let start = world.elapsed();
    world.run_until(|world| world.ended);
    assert_eq!(world.elapsed() - start, 100);
    world.done(close);
    world.done(second);
    assert_eq!(world.failed(send), closed(true));
    assert!(matches!(world.failed(commit), Failure::TransactionInDoubt(_)));
    assert_eq!(world.failed(pull), closed(false));
    assert_eq!(world.broker("a").names().last(), Some(&"ShutdownInfo"));
    world.finish();
}

/// Closing over a link that carried nothing any more took fifteen seconds.
#[test]
fn a_broker_is_waited_for_twice_as_long_as_it_usually_takes_to_answer() {
    for usual in [10, 300, 2000] {
        let mut world = World::connected();
        world.script("a", Script::Mute(named("ProducerInfo")));
        for _ in 0..3 {
            let session = world.session(SessionMode::Auto);
            let request =
                Request::OpenProducer { session, destination: None, dispatch_async: false };
            world.submit(request, None);
            world.advance(millis(usual));
            let question = world.broker("a").log.last().cloned().unwrap();
            world.broker("a").answer(&question, None);
            world.settle();
        }
        world.script("a", Script::Ignore(Box::new(|_| true)));
        let start = world.elapsed();
        let close = world.submit(Request::Close, None);
        world.run_until(|world| world.ended);
        world.done(close);
        assert_eq!(world.elapsed() - start, u128::from(2 * usual.max(50)));
        world.finish();
    }
}

#[test]
fn a_broker_that_gives_signs_of_life_is_waited_for_until_the_limit() {
    for reads in [true, false] {
        let mut world = World::connected();
        world.script("a", Script::Ignore(named("RemoveInfo")));
        let close = world.submit(Request::Close, Some(millis(1000)));
        let (start, epoch) = (world.elapsed(), world.client.epoch());
        while !world.ended {
            let sign = if reads { Input::Taken(epoch) } else { Input::Heard(epoch) };
            world.input(sign);
            world.advance(millis(80));
        }
        world.done(close);
        let took = world.elapsed() - start;
        assert!((1000..1080).contains(&took), "{took}");
        world.finish();
    }
}

/// What was handed over before waits for the link, and the close behind it.
#[test]
fn who_is_about_to_close_does_not_wait_for_a_silent_broker_either() {
    let mut world = World::connected();
    let (_, producer) = world.producing(SessionMode::Auto);
    world.script("a", Script::Ignore(Box::new(|_| true)));
    let sent = world.send(producer, true);
    let leave = world.ask(Request::Leave);
    world.done(leave);
    let start = world.elapsed();
    world.run_until(|world| world.ended);
    assert_eq!(world.elapsed() - start, 100);
    assert_eq!(world.failed(sent), closed(true));
    world.finish();
}

/// A broker whose machine paused for a tenth of a second was left, and thousands of messages with it.
#[test]
fn a_silent_broker_is_waited_for_while_it_may_have_one_way_messages_to_read() {
    let mut world = World::connected();
    let (_, producer) = world.producing(SessionMode::Auto);
    world.slow = true;
    for _ in 0..300 {
        world.submit_send(producer, false, None);
    }
    world.submit(Request::Leave, None);
    world.pass(millis(5000));
    let close = world.submit(Request::Close, Some(millis(15000)));
    world.pass(millis(5000));
    assert!(!world.ended);
    world.settle();
    world.done(close);
    assert_eq!(world.broker("a").messages().len(), 300);
    assert!(!world.events.iter().any(|it| matches!(it, Event::Warning(_))));
    world.finish();
}

/// `jms.closeTimeout=0` ended it after 15 s all the same.
#[test]
fn without_a_limit_only_a_lost_link_ends_the_waiting() {
    let mut world = World::connected();
    world.client.options.timeouts.close = None;
    let (_, producer) = world.producing(SessionMode::Auto);
    world.slow = true;
    world.submit_send(producer, false, None);
    world.submit(Request::Leave, None);
    let close = world.submit(Request::Close, None);
    world.pass(millis(20_000));
    assert!(!world.ended);
    world.settle();
    world.done(close);
    assert_eq!(world.broker("a").messages().len(), 1);
    world.finish();
}

#[test]
fn when_the_last_one_way_message_is_proven_a_silent_broker_is_left_soon() {
    let mut world = World::connected();
    let (_, producer) = world.producing(SessionMode::Auto);
    for _ in 0..256 {
        world.send(producer, false);
    }
    world.script("a", Script::Ignore(Box::new(|_| true)));
    let close = world.submit(Request::Close, Some(millis(15000)));
    let start = world.elapsed();
    world.run_until(|world| world.ended);
    world.done(close);
    assert_eq!(world.elapsed() - start, 100);
    assert!(!world.events.iter().any(|it| matches!(it, Event::Warning(_))));
    world.finish();
}

#[test]
fn one_way_messages_that_are_left_behind_at_the_limit_are_counted() {
    for persistent in [false, true] {
        let mut world = World::connected();
        let (_, producer) = world.producing(SessionMode::Auto);
        world.script("a", Script::Ignore(Box::new(|_| true)));
        for _ in 0..300 {
            let message = Message { persistent, ..Message::default() }.into();
            let (time_to_live, stamp, confirm) = (None, true, false);
            world.ask(Request::Send { producer, message, time_to_live, stamp, confirm });
        }
        let close = world.submit(Request::Close, Some(millis(1500)));
        let start = world.elapsed();
        world.run_until(|world| world.ended);
        world.done(close);
        assert_eq!(world.elapsed() - start, 1500);
        let left = |it: &Event| matches!(it, Event::Warning(text) if text.starts_with("300 mess"));
        assert_eq!(world.events.iter().filter(|it| left(it)).count(), 1, "{:?}", world.events);
        world.finish();
    }
}

#[test]
fn a_link_that_is_lost_when_somebody_is_about_to_close_is_the_end() {
    let mut world = World::connected();
    world.ask(Request::Leave);
    world.cut("cut");
    assert!(world.ended);
    world.finish();
}

/// The answer may lie in the socket unread when the runtime was blocked.
#[test]
fn a_driver_that_was_held_up_gives_the_broker_its_time_once_more() {
    let mut world = World::connected();
    world.script("a", Script::Mute(named("RemoveInfo")));
    let close = world.submit(Request::Close, None);
    world.now.instant += millis(3000);
    let now = world.now;
    world.client.handle_timeout(now);
    world.outputs();
    assert!(!world.ended);
    let question = world.broker("a").log.last().cloned().unwrap();
    world.broker("a").answer(&question, None);
    world.settle();
    world.done(close);
    assert_eq!(world.broker("a").names().last(), Some(&"ShutdownInfo"));
    world.finish();
}

#[test]
fn a_close_that_nobody_waits_for_any_more_still_ends() {
    let mut world = World::connected();
    world.script("a", Script::Ignore(named("RemoveInfo")));
    let close = world.submit(Request::Close, Some(millis(250)));
    world.input(Input::Cancel(close));
    world.advance(millis(250));
    assert!(world.ended);
    world.finish();
}

#[test]
fn a_link_that_breaks_during_the_farewell_is_the_end_and_no_interruption() {
    let mut world = World::connected();
    world.script("a", Script::HangUp(named("RemoveInfo")));
    let close = world.ask(Request::Close);
    world.done(close);
    assert!(!world.events.iter().any(|it| matches!(it, Event::Interrupted { .. })));
    world.finish();
}

#[test]
fn a_refused_farewell_is_a_farewell() {
    let mut world = World::connected();
    world.script("a", Script::Refuse(named("RemoveInfo"), "X", "no"));
    let close = world.ask(Request::Close);
    world.done(close);
    assert!(world.ended);
    world.finish();
}

#[test]
fn without_a_link_it_ends_at_once() {
    let mut world = World::connected();
    let (session, producer) = world.producing(SessionMode::Auto);
    let consumer = world.consumer(session, queue(0));
    world.script("a", Script::Ignore(named("ActiveMQMessage")));
    let written = world.send(producer, true);
    world.kill("a");
    world.kill("b");
    let waiting = world.ask(send(producer, true));
    let unconfirmed = world.ask(send(producer, false));
    let pull = world.ask(Request::Pull { consumer, wait: None });
    let connect = world.ask(Request::Connect);
    world.advance(millis(1000));
    let start = world.elapsed();
    let close = world.submit(Request::Close, Some(millis(5000)));
    assert!(world.ended);
    world.done(close);
    assert_eq!(world.elapsed(), start);
    assert_eq!(world.failed(written), closed(true));
    assert_eq!(world.failed(waiting), closed(false));
    assert_eq!(world.failed(unconfirmed), closed(false));
    assert_eq!(world.failed(pull), closed(false));
    assert_eq!(world.failed(connect), closed(false));
    assert_eq!(world.client.poll_timeout(), None);
    world.finish();
}

#[test]
fn it_ends_at_once_while_a_link_is_being_established() {
    for silent in ["WireFormatInfo", "ConnectionInfo", "SessionInfo"] {
        let mut world = World::with(options(&["a"]));
        world.script("a", Script::Ignore(named(silent)));
        world.submit(Request::OpenSession(SessionMode::Auto), None);
        world.settle();
        assert!(!world.links.is_empty() && !world.client.is_connected(), "{silent}");
        let close = world.ask(Request::Close);
        world.done(close);
        assert!(world.ended && world.links.is_empty());
        world.finish();
    }
}

#[test]
fn it_ends_at_once_while_a_socket_is_being_opened() {
    let mut world = World::with(options(&["a"]));
    world.black_holes.push("a".to_owned());
    world.settle();
    let connect = world.ask(Request::Connect);
    let close = world.ask(Request::Close);
    world.done(close);
    assert_eq!(world.failed(connect), closed(false));
    world.finish();
}

//! Consumers without a window ask for each message.

use std::time::Duration;

use relaismq_openwire::Command;

use super::{play::millis, world::World};
use crate::proto::io::{Answer, ConsumerKey, Failure, Input, Request, RequestId, SessionMode};

fn pulling() -> (World, ConsumerKey) {
    let mut world = World::connected();
    let (_, consumer) = world.consuming(SessionMode::Auto, 0);
    world.broker("a").forget();
    (world, consumer)
}

fn pull(world: &mut World, consumer: ConsumerKey, wait: Option<u64>) -> RequestId {
    let id = world.submit(Request::Pull { consumer, wait: wait.map(millis) }, None);
    world.settle();
    id
}

/// The times that a broker was asked to wait.
fn asked(world: &mut World, host: &str) -> Vec<i64> {
    let pulls = world.broker(host).log.iter().filter_map(|command| match command {
        Command::MessagePull(pull) => Some(pull.timeout),
        _ => None,
    });
    pulls.collect()
}

#[track_caller]
fn ends_empty_after(world: &mut World, id: RequestId, wait: u128) {
    let start = world.elapsed();
    world.run_until(|world| world.answer(id).is_some());
    assert_eq!((world.done(id), world.elapsed() - start), (Answer::Pulled(false), wait));
}

#[test]
fn waits_for_ever_for_a_while_or_not_at_all() {
    let (mut world, consumer) = pulling();
    let id = pull(&mut world, consumer, Some(0));
    assert_eq!(world.done(id), Answer::Pulled(false));
    let id = pull(&mut world, consumer, Some(500));
    ends_empty_after(&mut world, id, 500);
    let id = pull(&mut world, consumer, None);
    world.advance(millis(1_000_000));
    assert!(world.answer(id).is_none());
    assert_eq!(asked(&mut world, "a"), [-1, 500, 0]);
    world.finish();
}

#[test]
fn a_message_ends_the_pull_and_is_acknowledged() {
    let (mut world, consumer) = pulling();
    world.put("Q", 2);
    for number in [1, 2] {
        let id = pull(&mut world, consumer, Some(500));
        assert_eq!(world.done(id), Answer::Pulled(true));
        assert_eq!(world.take_all(consumer), [number]);
    }
    assert_eq!(world.acks().len(), 2);
    world.finish();
}

#[test]
fn a_fraction_of_a_millisecond_is_rounded_up() {
    let (mut world, consumer) = pulling();
    let wait = Some(Duration::from_micros(1001));
    world.submit(Request::Pull { consumer, wait }, None);
    assert_eq!(asked(&mut world, "a"), [2]);
    world.finish();
}

#[test]
fn a_reconnect_asks_again_for_what_is_left_of_the_time() {
    let (mut world, consumer) = pulling();
    let id = pull(&mut world, consumer, Some(5000));
    world.advance(millis(2000));
    world.kill("a");
    world.kill("b");
    world.advance(millis(1000));
    world.revive("b");
    world.resume();
    let left = 5000 - i64::try_from(world.elapsed()).unwrap();
    assert_eq!(asked(&mut world, "b"), [left]);
    assert!(world.answer(id).is_none());
    let left = u128::try_from(left).unwrap();
    ends_empty_after(&mut world, id, left);
    world.finish();
}

#[test]
fn a_pull_that_was_answered_is_not_asked_for_again() {
    let (mut world, consumer) = pulling();
    world.put("Q", 1);
    let id = pull(&mut world, consumer, None);
    world.done(id);
    world.fail_over();
    assert_eq!(asked(&mut world, "b"), [0; 0]);
    world.finish();
}

#[test]
fn without_a_link_a_pull_ends_at_its_time_and_not_before() {
    let (mut world, consumer) = pulling();
    world.kill("a");
    world.kill("b");
    let id = pull(&mut world, consumer, Some(700));
    ends_empty_after(&mut world, id, 700);
    let id = pull(&mut world, consumer, Some(0));
    assert_eq!(world.done(id), Answer::Pulled(false));
    let for_ever = pull(&mut world, consumer, None);
    world.advance(millis(100_000));
    assert!(world.answer(for_ever).is_none());
    world.revive("a");
    world.put("Q", 1);
    world.resume();
    world.settle();
    assert_eq!(world.done(for_ever), Answer::Pulled(true));
    world.finish();
}

#[test]
fn a_pull_that_was_written_ends_at_its_time_without_a_link() {
    let (mut world, consumer) = pulling();
    let id = pull(&mut world, consumer, Some(700));
    world.advance(millis(200));
    world.kill("a");
    world.kill("b");
    ends_empty_after(&mut world, id, 500);
    world.finish();
}

#[test]
fn the_deadline_of_the_request_holds_with_and_without_a_link() {
    for connected in [true, false] {
        let (mut world, consumer) = pulling();
        if !connected {
            world.kill("b");
            world.kill("a");
        }
        let request = Request::Pull { consumer, wait: None };
        let id = world.submit(request, Some(millis(300)));
        ends_empty_after(&mut world, id, 300);
        world.finish();
    }
}

#[test]
fn the_end_of_a_cancelled_pull_is_not_the_end_of_the_next() {
    let (mut world, consumer) = pulling();
    let first = pull(&mut world, consumer, Some(1000));
    world.advance(millis(500));
    world.input(Input::Cancel(first));
    let second = pull(&mut world, consumer, Some(5000));
    world.advance(millis(4999));
    assert!(world.answer(second).is_none());
    ends_empty_after(&mut world, second, 1);
    assert!(world.answer(first).is_none());
    world.finish();
}

#[test]
fn a_second_pull_ends_the_first() {
    let (mut world, consumer) = pulling();
    let first = pull(&mut world, consumer, None);
    let second = pull(&mut world, consumer, Some(100));
    assert_eq!(world.done(first), Answer::Pulled(false));
    ends_empty_after(&mut world, second, 100);
    world.finish();
}

#[test]
fn a_message_that_comes_for_a_cancelled_pull_is_not_lost() {
    let (mut world, consumer) = pulling();
    let id = pull(&mut world, consumer, None);
    world.input(Input::Cancel(id));
    world.store.put("Q", message(1));
    world.broker("a").out.clear();
    let store = &mut world.store;
    world.brokers.get_mut("a").unwrap().dispatch_one(store, consumer.0);
    world.settle();
    assert_eq!(world.take_all(consumer), [1]);
    assert_eq!(world.acks().len(), 1);
    world.finish();
}

fn message(number: i64) -> std::sync::Arc<relaismq_openwire::Message> {
    let stranger = relaismq_openwire::ConnectionId::new("ID:x").session(1).producer(1);
    let message_id = Some(stranger.message(number));
    relaismq_openwire::Message { message_id, ..Default::default() }.into()
}

#[test]
fn an_expired_message_does_not_end_the_pull() {
    let (mut world, consumer) = pulling();
    let expired = relaismq_openwire::Message { expiration: 1, ..(*message(1)).clone() };
    world.store.put("Q", expired.into());
    world.store.put("Q", message(2));
    let id = pull(&mut world, consumer, Some(500));
    assert_eq!(world.done(id), Answer::Pulled(true));
    assert_eq!(world.take_all(consumer), [2]);
    assert_eq!(world.store.dead.len(), 1);
    world.finish();
}

#[test]
fn a_pull_ends_with_its_consumer() {
    let (mut world, consumer) = pulling();
    let id = pull(&mut world, consumer, None);
    world.ask(Request::CloseConsumer(consumer));
    assert_eq!(world.done(id), Answer::Pulled(false));
    let late = pull(&mut world, consumer, None);
    assert_eq!(world.failed(late), Failure::NoSuch("consumer"));
    world.finish();
}

/// `receive_timeout(Duration::MAX)` used to overflow the clock and with it to end the connection's task.
#[test]
fn times_without_end_are_no_overflow() {
    let mut world = World::new();
    world.client.options.timeouts.close = Some(Duration::MAX);
    world.client.options.timeouts.connect_response = Some(Duration::MAX);
    let connect = world.ask(Request::Connect);
    world.done(connect);
    let (_, consumer) = world.consuming(SessionMode::Auto, 0);
    let wait = Some(Duration::MAX);
    world.submit(Request::Pull { consumer, wait }, None);
    world.settle();
    let place = world.client.broker().host().to_owned();
    assert!(asked(&mut world, &place).iter().all(|wait| *wait > 1_000_000_000_000));
    let close = world.ask(Request::Close);
    assert_eq!(world.done(close), Answer::Done);
}

/// On an empty queue of Artemis, which answers a pull without time limit at once, `receive()` asked 17,000
/// times in three seconds.
#[test]
fn a_broker_that_does_not_wait_is_asked_again_after_longer_and_longer_pauses() {
    let (mut world, consumer) = pulling();
    world.broker("a").impatient = true;
    let id = pull(&mut world, consumer, None);
    world.advance(millis(10_000));
    let asks = asked(&mut world, "a").len();
    assert!((15..=17).contains(&asks), "{asks}");
    assert!(world.answer(id).is_none());
    world.put("Q", 1);
    let start = world.elapsed();
    world.run_until(|world| world.answer(id).is_some());
    assert_eq!(world.done(id), Answer::Pulled(true));
    assert!(world.elapsed() - start <= 1000);
    assert_eq!(world.take_all(consumer), [1]);
    // The next one begins with short pauses again.
    pull(&mut world, consumer, None);
    let before = asked(&mut world, "a").len();
    world.advance(millis(70));
    assert_eq!(asked(&mut world, "a").len() - before, 3);
    world.finish();
}

#[test]
fn a_pull_that_is_given_up_between_two_questions_leaves_no_answer_to_wait_for() {
    let (mut world, consumer) = pulling();
    world.broker("a").impatient = true;
    for _ in 0..5 {
        let id = pull(&mut world, consumer, None);
        world.advance(millis(5));
        world.input(Input::Cancel(id));
        world.advance(millis(100));
    }
    let id = pull(&mut world, consumer, None);
    world.advance(millis(100));
    world.put("Q", 1);
    world.run_until(|world| world.answer(id).is_some());
    assert_eq!(world.done(id), Answer::Pulled(true));
    world.finish();
}

#[test]
fn a_reconnect_asks_at_once_and_not_after_the_pause() {
    let (mut world, consumer) = pulling();
    world.broker("a").impatient = true;
    let id = pull(&mut world, consumer, None);
    world.advance(millis(5000));
    world.store.put("Q", message(1));
    world.cut("cut");
    world.resume();
    world.settle();
    assert_eq!(world.done(id), Answer::Pulled(true));
    world.finish();
}

//! What is rolled back comes again: when, how often, and in which order.

use relaismq_openwire::{Command, MessageAck, PrimitiveMap};

use super::{
    play::{PREFETCH, millis, queue},
    world::World,
};
use crate::{
    options::RedeliveryPolicy,
    proto::io::{
        Answer, ConsumerKey, ConsumerSpec, Delivery, Failure, Request, SessionKey, SessionMode,
    },
};

fn policy() -> RedeliveryPolicy {
    RedeliveryPolicy::default().initial_redelivery_delay(millis(100)).redelivery_delay(millis(200))
}

fn consuming(mode: SessionMode, policy: RedeliveryPolicy) -> (World, SessionKey, ConsumerKey) {
    let mut world = World::connected();
    let session = world.session(mode);
    let spec = ConsumerSpec { redelivery: policy, ..queue(PREFETCH) };
    let consumer = world.consumer(session, spec);
    (world, session, consumer)
}

fn recover(world: &mut World, session: SessionKey) {
    let id = world.ask(Request::Recover { session, only: None });
    assert_eq!(world.done(id), Answer::Done);
}

fn taken(world: &mut World, consumer: ConsumerKey) -> Vec<Delivery> {
    std::iter::from_fn(|| world.take(consumer)).collect()
}

#[test]
fn what_is_recovered_comes_again_in_order_after_the_delay_before_everything_else() {
    for mode in [SessionMode::Client, SessionMode::Transacted, SessionMode::Individual] {
        let (mut world, session, consumer) = consuming(mode, policy());
        world.put("Q", 5);
        let first = [world.take(consumer).unwrap(), world.take(consumer).unwrap()];
        recover(&mut world, session);
        assert!(world.inbox(consumer).held);
        assert_eq!(world.take_all(consumer), [0; 0]);
        assert_eq!(world.acks(), [(MessageAck::REDELIVERED, 2, Some(1), 2)]);
        let start = world.elapsed();
        world.run_until(|world| !world.inbox(consumer).held);
        assert_eq!(world.elapsed() - start, 100);
        let again = taken(&mut world, consumer);
        let seen: Vec<_> = again.iter().map(|it| (it.number, it.redelivery_counter)).collect();
        assert_eq!(seen, [(1, 1), (2, 1), (3, 0), (4, 0), (5, 0)]);
        assert!(!first[0].redelivered && again[0].redelivered && !again[2].redelivered);
        world.finish();
    }
}

#[test]
fn each_redelivery_waits_as_the_policy_says_and_the_last_one_goes_to_the_dead_letters() {
    let (mut world, session, consumer) =
        consuming(SessionMode::Client, policy().maximum_redeliveries(Some(3)));
    world.put("Q", 2);
    world.take(consumer);
    let mut waits = Vec::new();
    for _ in 0..3 {
        let start = world.elapsed();
        recover(&mut world, session);
        world.run_until(|world| !world.inbox(consumer).held);
        waits.push(world.elapsed() - start);
        world.take(consumer);
    }
    assert_eq!(waits, [100, 200, 200]);
    recover(&mut world, session);
    assert!(!world.inbox(consumer).held);
    let Some(Command::MessageAck(ack)) = world.broker("a").log.last().cloned() else { panic!() };
    assert_eq!((ack.ack_type, ack.message_count), (MessageAck::POISON, 1));
    assert_eq!(ack.first_message_id, ack.last_message_id);
    assert!(ack.transaction_id.is_none());
    let cause = ack.poison_cause.and_then(|cause| cause.message).unwrap();
    assert!(cause.contains("redelivery policy limit: 3"), "{cause}");
    assert_eq!((world.store.dead.len(), world.take_all(consumer)), (1, vec![2]));
    world.finish();
}

#[test]
fn only_the_message_at_its_limit_goes_to_the_dead_letters() {
    let (mut world, session, consumer) =
        consuming(SessionMode::Transacted, policy().maximum_redeliveries(Some(1)));
    world.put("Q", 3);
    world.take(consumer);
    recover(&mut world, session);
    world.run_until(|world| !world.inbox(consumer).held);
    assert_eq!(world.take_all(consumer), [1, 2, 3]);
    recover(&mut world, session);
    world.run_until(|world| !world.inbox(consumer).held);
    assert_eq!(world.take_all(consumer), [2, 3]);
    assert_eq!(world.store.dead.len(), 1);
    let commit = world.ask(Request::Commit(session));
    world.done(commit);
    assert!(world.store.sequences("Q").is_empty());
    world.finish();
}

#[test]
fn a_limit_of_zero_redelivers_nothing() {
    let (mut world, session, consumer) =
        consuming(SessionMode::Client, policy().maximum_redeliveries(Some(0)));
    world.put("Q", 2);
    world.take_all(consumer);
    recover(&mut world, session);
    assert_eq!(world.store.dead.len(), 2);
    assert!(!world.inbox(consumer).held);
    world.finish();
}

#[test]
fn without_delay_they_come_at_once() {
    let policy = policy().initial_redelivery_delay(millis(0));
    let (mut world, session, consumer) = consuming(SessionMode::Client, policy);
    world.put("Q", 2);
    world.take_all(consumer);
    recover(&mut world, session);
    assert_eq!(world.take_all(consumer), [1, 2]);
    world.finish();
}

#[test]
fn one_message_of_an_individual_session_is_overtaken_by_the_others() {
    let (mut world, session, consumer) = consuming(SessionMode::Individual, policy());
    world.put("Q", 4);
    let all = taken(&mut world, consumer);
    let only = Some((consumer, all[1].number));
    world.ask(Request::Recover { session, only });
    // Twice is the same.
    world.ask(Request::Recover { session, only });
    assert!(!world.inbox(consumer).held);
    assert_eq!(world.acknowledge(consumer, &all[2]), Ok(Answer::Done));
    world.put("Q", 1);
    assert_eq!(world.take_all(consumer).len(), 1);
    world.advance(millis(100));
    let again = taken(&mut world, consumer);
    let seen: Vec<_> = again.iter().map(|it| (it.number, it.redelivery_counter)).collect();
    assert_eq!(seen, [(2, 1)]);
    for delivery in [&all[0], &all[3], &again[0]] {
        assert_eq!(world.acknowledge(consumer, delivery), Ok(Answer::Done));
    }
    world.finish();
}

#[test]
fn what_is_acknowledged_during_its_delay_does_not_come_again() {
    let (mut world, session, consumer) = consuming(SessionMode::Individual, policy());
    world.put("Q", 2);
    let all = taken(&mut world, consumer);
    recover(&mut world, session);
    assert_eq!(world.acknowledge(consumer, &all[0]), Ok(Answer::Done));
    world.advance(millis(100));
    assert_eq!(world.take_all(consumer), [2]);
    world.finish();
}

#[test]
fn nothing_comes_again_by_itself_when_the_link_is_gone() {
    let (mut world, session, consumer) = consuming(SessionMode::Client, policy());
    world.put("Q", 2);
    world.take_all(consumer);
    recover(&mut world, session);
    world.fail_over();
    world.advance(millis(1000));
    let again = taken(&mut world, consumer);
    let seen: Vec<_> = again.iter().map(|it| it.redelivered).collect();
    assert_eq!(seen, [true, true]);
    world.finish();
}

#[test]
fn messages_that_were_only_prefetched_do_not_reach_their_limit_by_failovers() {
    let (mut world, session, consumer) =
        consuming(SessionMode::Client, policy().maximum_redeliveries(Some(2)));
    world.put("Q", 2);
    for _ in 0..10 {
        world.fail_over();
    }
    world.take_all(consumer);
    recover(&mut world, session);
    assert!(world.store.dead.is_empty());
    world.finish();
}

#[test]
fn a_session_that_does_not_exist_recovers_nothing() {
    let mut world = World::connected();
    let id = world.ask(Request::Recover { session: SessionKey(9), only: None });
    assert_eq!(world.failed(id), Failure::NoSuch("session"));
    world.finish();
}

/// A message that ends the application each time is never rolled back by it.
#[test]
fn where_it_is_asked_for_what_the_broker_has_delivered_too_often_is_given_up_in_transactions() {
    let checking = RedeliveryPolicy::default().maximum_redeliveries(Some(2));
    for (mode, check, expected) in [
        (SessionMode::Transacted, true, vec![1, 3, 4]),
        (SessionMode::Transacted, false, vec![1, 2, 3, 4]),
        (SessionMode::Client, true, vec![1, 2, 3, 4]),
    ] {
        let mut world = World::connected();
        world.put("Q", 4);
        let delayed = [("redeliveryDelay", 1000_i64)].into_iter().collect::<PrimitiveMap>();
        for (stored, counter) in world.store.queues.get_mut("Q").unwrap().iter_mut().zip([2, 3, 3])
        {
            stored.counter = counter;
        }
        let marked = &mut world.store.queues.get_mut("Q").unwrap()[2].message;
        let mut message = (**marked).clone();
        message.marshalled_properties = Some(delayed.encode().unwrap());
        *marked = message.into();
        let session = world.session(mode);
        let redelivery = checking.clone().pre_dispatch_check(check);
        let consumer = world.consumer(session, ConsumerSpec { redelivery, ..queue(PREFETCH) });
        assert_eq!(world.take_all(consumer), expected);
        assert_eq!(world.store.dead.len(), 4 - expected.len());
        world.finish();
    }
}

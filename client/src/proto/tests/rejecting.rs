//! What the application gives back, one delivery at a time.

use relaismq_openwire::{Command, MessageAck};

use super::{
    broker::{Script, named},
    inbox::sequence,
    play::{PREFETCH, millis, queue},
    world::World,
};
use crate::{
    options::RedeliveryPolicy,
    proto::io::{
        Answer, ConsumerKey, ConsumerSpec, Delivery, Failure, Request, RequestId, SessionKey,
        SessionMode,
    },
};

fn policy() -> RedeliveryPolicy {
    RedeliveryPolicy::default().initial_redelivery_delay(millis(100)).redelivery_delay(millis(100))
}

fn consuming(mode: SessionMode, policy: RedeliveryPolicy) -> (World, SessionKey, ConsumerKey) {
    let mut world = World::connected();
    let session = world.session(mode);
    let spec = ConsumerSpec { redelivery: policy, ..queue(PREFETCH) };
    let consumer = world.consumer(session, spec);
    world.put("Q", 5);
    (world, session, consumer)
}

fn reject(
    world: &mut World,
    consumer: ConsumerKey,
    delivery: &Delivery,
    dead: Option<&str>,
) -> RequestId {
    let (epoch, number) = (delivery.epoch, delivery.number);
    world.ask(Request::Reject { consumer, epoch, number, dead: dead.map(str::to_owned) })
}

fn take(world: &mut World, consumer: ConsumerKey, count: usize) -> Vec<Delivery> {
    (0..count).map(|_| world.take(consumer).unwrap()).collect()
}

fn poisoned(world: &mut World) -> Vec<(i64, String)> {
    let poison = |command: &Command| match command {
        Command::MessageAck(ack) if ack.ack_type == MessageAck::POISON => {
            let id = ack.last_message_id.as_ref().unwrap().producer_sequence_id;
            Some((id, ack.poison_cause.as_ref()?.message.as_ref()?.to_string()))
        }
        _ => None,
    };
    world.broker("a").log.iter().filter_map(poison).collect()
}

#[test]
fn one_delivery_comes_again_after_its_delay_and_nobody_waits_for_it() {
    let (mut world, _, consumer) = consuming(SessionMode::Individual, policy());
    let held = take(&mut world, consumer, 3);
    let rejected = reject(&mut world, consumer, &held[1], None);
    assert_eq!(world.done(rejected), Answer::Done);
    world.acknowledge(consumer, &held[0]).unwrap();
    assert_eq!(sequence(&world.take(consumer).unwrap()), 4);
    world.advance(millis(100));
    let again = world.take(consumer).unwrap();
    assert_eq!((sequence(&again), again.redelivery_counter, again.redelivered), (2, 1, true));
    world.acknowledge(consumer, &again).unwrap();
    world.acknowledge(consumer, &held[2]).unwrap();
    assert_eq!(world.store.sequences("Q"), [4, 5]);
    world.finish();
}

#[test]
fn what_is_given_back_too_often_goes_to_the_dead_letters_and_the_broker_confirms_it() {
    let policy = policy().maximum_redeliveries(Some(1));
    let (mut world, _, consumer) = consuming(SessionMode::Individual, policy);
    let first = world.take(consumer).unwrap();
    reject(&mut world, consumer, &first, None);
    world.advance(millis(100));
    let again = world.take(consumer).unwrap();
    assert_eq!(sequence(&again), 1);
    let rejected = reject(&mut world, consumer, &again, None);
    assert_eq!(world.done(rejected), Answer::Done);
    assert_eq!(world.store.dead.len(), 1);
    let cause = "Exceeded redelivery policy limit: 1, rolled back 2 times";
    assert_eq!(poisoned(&mut world), [(1, cause.to_owned())]);
    world.finish();
}

#[test]
fn a_delivery_can_be_sent_to_the_dead_letters_at_once_with_its_cause() {
    let (mut world, _, consumer) = consuming(SessionMode::Individual, policy());
    let held = take(&mut world, consumer, 2);
    let buried = reject(&mut world, consumer, &held[0], Some("no such customer"));
    assert_eq!(world.done(buried), Answer::Done);
    assert_eq!(poisoned(&mut world), [(1, "no such customer".to_owned())]);
    assert_eq!(world.store.dead.len(), 1);
    world.acknowledge(consumer, &held[1]).unwrap();
    world.finish();
}

#[test]
fn nobody_is_told_that_it_is_buried_before_the_broker_has_said_so() {
    let (mut world, _, consumer) = consuming(SessionMode::Individual, policy());
    let first = world.take(consumer).unwrap();
    world.script("a", Script::Ignore(named("MessageAck")));
    let buried = reject(&mut world, consumer, &first, Some("bad"));
    assert!(world.answer(buried).is_none());
    world.fail_over();
    assert_eq!(world.failed(buried), Failure::Unanswered);
    world.dispatch();
    assert!(world.take(consumer).unwrap().redelivered);
    world.finish();
}

#[test]
fn what_is_settled_or_came_by_a_lost_link_cannot_be_given_back() {
    let (mut world, _, consumer) = consuming(SessionMode::Individual, policy());
    let held = take(&mut world, consumer, 2);
    world.acknowledge(consumer, &held[0]).unwrap();
    let late = reject(&mut world, consumer, &held[0], None);
    assert_eq!(world.failed(late), Failure::NoSuch("delivery to give back"));
    let once = reject(&mut world, consumer, &held[1], None);
    world.done(once);
    let twice = reject(&mut world, consumer, &held[1], None);
    assert_eq!(world.failed(twice), Failure::NoSuch("delivery to give back"));
    let third = world.take(consumer).unwrap();
    world.fail_over();
    let stale = reject(&mut world, consumer, &third, None);
    assert_eq!(world.failed(stale), Failure::StaleDelivery);
    world.finish();
}

#[test]
fn with_client_acknowledgement_it_covers_everything_taken() {
    let (mut world, _, consumer) = consuming(SessionMode::Client, policy());
    let held = take(&mut world, consumer, 3);
    let rejected = reject(&mut world, consumer, &held[1], None);
    world.done(rejected);
    assert!(world.inbox(consumer).held);
    world.advance(millis(100));
    assert_eq!(world.take_all(consumer), [1, 2, 3, 4, 5]);
    world.finish();
}

#[test]
fn with_automatic_acknowledgement_it_is_what_the_application_is_not_done_with() {
    let (mut world, _, consumer) = consuming(SessionMode::Auto, policy());
    take(&mut world, consumer, 1);
    world.settle();
    let lent = world.inbox(consumer).take().unwrap();
    let rejected = reject(&mut world, consumer, &lent, None);
    world.done(rejected);
    assert_eq!(world.store.sequences("Q"), [2, 3, 4, 5]);
    world.advance(millis(100));
    assert_eq!(world.take_all(consumer), [2, 3, 4, 5]);
    assert!(world.store.sequences("Q").is_empty());
    world.finish();
}

/// Others overtake, in any mode, and everything is acknowledged once.
#[test]
fn without_blocking_what_was_rolled_back_comes_behind_what_was_delivered_meanwhile() {
    for mode in [SessionMode::Client, SessionMode::Transacted, SessionMode::Individual] {
        let (mut world, session, consumer) = consuming(mode, policy().non_blocking(true));
        take(&mut world, consumer, 2);
        let recovered = world.ask(Request::Recover { session, only: None });
        world.done(recovered);
        assert_eq!(sequence(&world.take(consumer).unwrap()), 3, "{mode:?}");
        world.advance(millis(100));
        let rest = take(&mut world, consumer, 4);
        let order: Vec<_> = rest.iter().map(sequence).collect();
        assert_eq!(order, [4, 5, 1, 2], "{mode:?}");
        assert!(rest[2].redelivered && !rest[1].redelivered);
        if mode == SessionMode::Transacted {
            let commit = world.ask(Request::Commit(session));
            world.done(commit);
        } else {
            let taken = world.inbox(consumer).taken.clone();
            for delivery in taken.iter().skip(2) {
                world.acknowledge(consumer, delivery).unwrap();
            }
        }
        assert!(world.store.sequences("Q").is_empty(), "{mode:?}: {:?}", world.acks());
        world.finish();
    }
}

//! Acknowledgements of the application: what the broker has confirmed, and what nobody knows.

use relaismq_openwire::{Command, Destination, MessageAck};

use super::{
    broker::{Script, first, named},
    inbox::sequence,
    play::{PREFETCH, millis, queue, spec},
    world::World,
};
use crate::proto::io::{
    Answer, ConsumerKey, ConsumerSpec, Delivery, Failure, Input, Request, RequestId, SessionMode,
};

const STANDARD: i8 = MessageAck::STANDARD;
const INDIVIDUAL: i8 = MessageAck::INDIVIDUAL;

/// A consumer of so many messages, all of them taken.
fn holding(mode: SessionMode, count: i64) -> (World, ConsumerKey, Vec<Delivery>) {
    let mut world = World::connected();
    let (_, consumer) = world.consuming(mode, PREFETCH);
    world.put("Q", count);
    let taken: Vec<_> = std::iter::from_fn(|| world.take(consumer)).collect();
    world.settle();
    (world, consumer, taken)
}

/// Acknowledges without letting anything else happen.
fn ack(world: &mut World, consumer: ConsumerKey, delivery: &Delivery) -> RequestId {
    ack_by(world, consumer, delivery, None)
}

fn ack_by(
    world: &mut World,
    consumer: ConsumerKey,
    delivery: &Delivery,
    limit: Option<u64>,
) -> RequestId {
    let (epoch, number) = (delivery.epoch, delivery.number);
    world.submit(Request::Acknowledge { consumer, epoch, number }, limit.map(millis))
}

/// The broker answers what it was asked to keep silent about.
fn answer_acks(world: &mut World) {
    world.broker("a").scripts.clear();
    let acks: Vec<_> = world.broker("a").log.clone();
    for command in acks.iter().filter(|it| matches!(it, Command::MessageAck(_))) {
        world.broker("a").answer(command, None);
    }
    world.settle();
}

/// `ack()` used to say that all was well as soon as the command was queued.
#[test]
fn an_acknowledgement_is_done_when_the_broker_has_confirmed_it_and_not_before() {
    for mode in [SessionMode::Individual, SessionMode::Client] {
        let (mut world, consumer, taken) = holding(mode, 1);
        world.script("a", Script::Mute(named("MessageAck")));
        let acked = ack(&mut world, consumer, &taken[0]);
        world.advance(millis(5000));
        assert!(world.answer(acked).is_none());
        answer_acks(&mut world);
        assert_eq!(world.done(acked), Answer::Done);
        world.finish();
    }
}

#[test]
fn what_gathers_while_the_broker_is_busy_goes_as_one_range_with_one_confirmation() {
    let (mut world, consumer, taken) = holding(SessionMode::Individual, 10);
    world.script("a", Script::Mute(named("MessageAck")));
    let first = ack(&mut world, consumer, &taken[0]);
    world.settle();
    let later: Vec<_> =
        taken[1..9].iter().map(|delivery| ack(&mut world, consumer, delivery)).collect();
    world.settle();
    assert_eq!(world.acks(), [(INDIVIDUAL, 1, None, 1)]);
    answer_acks(&mut world);
    // A broker that syncs for each message that is to be answered syncs once.
    assert_eq!(world.acks()[1..], [(STANDARD, 7, Some(2), 8), (INDIVIDUAL, 1, None, 9)]);
    let asking = world.broker("a").log.iter().rev().take(2).map(Command::response_required);
    assert_eq!(asking.collect::<Vec<_>>(), [true, false]);
    for id in later.into_iter().chain([first]) {
        assert_eq!(world.done(id), Answer::Done);
    }
    assert_eq!(world.store.sequences("Q"), [10]);
    world.finish();
}

#[test]
fn what_is_acknowledged_at_a_time_goes_in_runs_of_neighbours_whatever_the_order() {
    let (mut world, consumer, taken) = holding(SessionMode::Individual, 8);
    let asked: Vec<_> =
        [7, 2, 0, 5, 1, 6].map(|place: usize| ack(&mut world, consumer, &taken[place])).into();
    // Nothing is written before the outputs are asked for; here each submission asks.
    world.settle();
    assert!(asked.iter().all(|id| world.done(*id) == Answer::Done));
    assert_eq!(world.store.sequences("Q"), [4, 5]);
    let count: i32 = world.acks().iter().map(|ack| ack.1).sum();
    assert_eq!(count, 6);
    world.finish();
}

#[test]
fn neighbours_are_those_that_the_broker_still_has_in_flight() {
    let (mut world, consumer, taken) = holding(SessionMode::Individual, 6);
    assert_eq!(world.acknowledge(consumer, &taken[2]), Ok(Answer::Done));
    world.script("a", Script::Mute(first("MessageAck")));
    ack(&mut world, consumer, &taken[5]);
    world.settle();
    for place in [1, 3, 4] {
        ack(&mut world, consumer, &taken[place]);
    }
    answer_acks(&mut world);
    // 3 is gone, 6 as well; 2, 4 and 5 are neighbours.
    assert_eq!(world.acks()[2..], [(STANDARD, 2, Some(2), 4), (INDIVIDUAL, 1, None, 5)]);
    assert_eq!(world.store.sequences("Q"), [1]);
    world.finish();
}

#[test]
fn an_acknowledgement_that_is_written_when_the_link_is_lost_is_unknown_and_one_that_is_not_is_stale()
 {
    for happened in [true, false] {
        let (mut world, consumer, taken) = holding(SessionMode::Individual, 3);
        let script = if happened { Script::Mute } else { Script::Ignore };
        world.script("a", script(named("MessageAck")));
        let written = ack(&mut world, consumer, &taken[0]);
        let gathered = ack(&mut world, consumer, &taken[1]);
        world.fail_over();
        assert_eq!(world.failed(written), Failure::Unanswered);
        assert_eq!(world.failed(gathered), Failure::StaleDelivery);
        let again: Vec<_> = std::iter::from_fn(|| world.take(consumer)).collect();
        let expected = if happened { vec![2, 3] } else { vec![1, 2, 3] };
        assert_eq!(again.iter().map(sequence).collect::<Vec<_>>(), expected);
        assert!(again.iter().all(|delivery| delivery.redelivered));
        world.finish();
    }
}

#[test]
fn a_refused_acknowledgement_says_so_and_may_be_tried_again() {
    for mode in [SessionMode::Individual, SessionMode::Client] {
        let (mut world, consumer, taken) = holding(mode, 1);
        let class = "javax.jms.JMSException";
        world.script("a", Script::Refuse(first("MessageAck"), class, "disk full"));
        let refused = world.acknowledge(consumer, &taken[0]);
        let message = "disk full".to_owned();
        assert_eq!(refused, Err(Failure::Refused { class: class.to_owned(), message }));
        assert_eq!(world.acknowledge(consumer, &taken[0]), Ok(Answer::Done));
        assert!(world.store.sequences("Q").is_empty());
        world.finish();
    }
}

#[test]
fn whoever_acknowledges_the_same_message_twice_waits_for_the_same_answer() {
    let (mut world, consumer, taken) = holding(SessionMode::Individual, 1);
    world.script("a", Script::Mute(named("MessageAck")));
    let first = ack(&mut world, consumer, &taken[0]);
    let second = ack(&mut world, consumer, &taken[0]);
    world.settle();
    assert!(world.answer(second).is_none());
    answer_acks(&mut world);
    assert_eq!((world.done(first), world.done(second)), (Answer::Done, Answer::Done));
    let third = world.acknowledge(consumer, &taken[0]);
    assert_eq!((third, world.acks().len()), (Ok(Answer::Done), 1));
    world.finish();
}

#[test]
fn a_client_acknowledgement_is_done_when_all_consumers_of_the_session_are_confirmed() {
    let mut world = World::connected();
    let (session, first) = world.consuming(SessionMode::Client, PREFETCH);
    let second = world.consumer(session, spec(&Destination::queue("R"), PREFETCH));
    world.put("Q", 2);
    world.put("R", 2);
    let delivery = world.take(first).unwrap();
    world.take(second);
    let refuse_the_second = |command: &Command| {
        matches!(command, Command::MessageAck(ack)
            if ack.destination == Some(Destination::queue("R")))
    };
    world.script("a", Script::Mute(Box::new(refuse_the_second)));
    let acked = ack(&mut world, first, &delivery);
    world.settle();
    assert!(world.answer(acked).is_none());
    let left = world.broker("a").log.last().cloned().unwrap();
    world.broker("a").answer(&left, Some(("X", "no")));
    world.settle();
    assert!(matches!(world.failed(acked), Failure::Refused { .. }));
    world.finish();
}

#[test]
fn at_its_deadline_an_acknowledgement_is_unknown_and_goes_on() {
    let (mut world, consumer, taken) = holding(SessionMode::Individual, 2);
    world.script("a", Script::Mute(named("MessageAck")));
    let written = ack_by(&mut world, consumer, &taken[0], Some(300));
    let gathered = ack_by(&mut world, consumer, &taken[1], Some(300));
    let late = ack_by(&mut world, consumer, &taken[1], Some(0));
    assert_eq!(world.failed(late), Failure::TimedOut { maybe_done: false });
    world.advance(millis(300));
    for id in [written, gathered] {
        assert_eq!(world.failed(id), Failure::TimedOut { maybe_done: true });
    }
    answer_acks(&mut world);
    assert!(world.store.sequences("Q").is_empty());
    world.finish();
}

#[test]
fn an_acknowledgement_that_nobody_waits_for_any_more_goes_on() {
    let (mut world, consumer, taken) = holding(SessionMode::Individual, 2);
    world.script("a", Script::Mute(named("MessageAck")));
    for delivery in &taken {
        let id = ack(&mut world, consumer, delivery);
        world.input(Input::Cancel(id));
    }
    answer_acks(&mut world);
    assert!(world.store.sequences("Q").is_empty());
    world.finish();
}

#[test]
fn a_consumer_that_hands_over_waits_for_no_confirmation() {
    for mode in [SessionMode::Individual, SessionMode::Client] {
        let mut world = World::connected();
        let session = world.session(mode);
        let handing = ConsumerSpec { confirm_acks: false, ..queue(PREFETCH) };
        let consumer = world.consumer(session, handing);
        world.put("Q", 3);
        let taken: Vec<_> = std::iter::from_fn(|| world.take(consumer)).collect();
        world.broker("a").forget();
        let acked = ack(&mut world, consumer, &taken[2]);
        assert_eq!(world.done(acked), Answer::Done);
        let Some(Command::MessageAck(ack)) = world.broker("a").log.last().cloned() else {
            panic!()
        };
        assert!(!ack.response_required);
        let all = mode == SessionMode::Client;
        assert_eq!(world.store.sequences("Q"), if all { vec![] } else { vec![1, 2] });
        world.finish();
    }
}

#[test]
fn closing_writes_what_has_gathered_whatever_is_under_way() {
    for whole in [true, false] {
        let (mut world, consumer, taken) = holding(SessionMode::Individual, 3);
        world.script("a", Script::Mute(first("MessageAck")));
        let written = ack(&mut world, consumer, &taken[0]);
        world.settle();
        let gathered = ack(&mut world, consumer, &taken[1]);
        let close = if whole { Request::Close } else { Request::CloseConsumer(consumer) };
        let close = world.ask(close);
        world.done(close);
        assert_eq!(world.acks(), [(INDIVIDUAL, 1, None, 1), (INDIVIDUAL, 1, None, 2)]);
        assert_eq!(world.done(gathered), Answer::Done);
        if whole {
            assert_eq!(world.failed(written), Failure::Closed { maybe_done: true, reason: None });
        } else {
            answer_acks(&mut world);
            world.done(written);
        }
        world.finish();
    }
}

#[test]
fn what_is_acknowledged_does_not_come_again_with_a_rollback() {
    for mode in [SessionMode::Individual, SessionMode::Client] {
        let (mut world, consumer, taken) = holding(mode, 2);
        world.script("a", Script::Mute(named("MessageAck")));
        let acked = ack(&mut world, consumer, &taken[1]);
        let session = world.client.registry.consumers[&consumer].session;
        let recover = world.ask(Request::Recover { session, only: None });
        world.done(recover);
        answer_acks(&mut world);
        world.done(acked);
        world.advance(millis(2000));
        let again = world.take_all(consumer);
        assert_eq!(again, if mode == SessionMode::Client { vec![] } else { vec![1] });
        world.finish();
    }
}

#[test]
fn an_acknowledgement_of_a_consumer_that_the_broker_has_closed_is_not_done() {
    for mode in [SessionMode::Individual, SessionMode::Client] {
        let (mut world, consumer, taken) = holding(mode, 3);
        world.script("a", Script::Mute(named("MessageAck")));
        let written = ack(&mut world, consumer, &taken[0]);
        world.settle();
        world.put("Q", 1);
        world.take_all(consumer);
        let gathered = ack(&mut world, consumer, &taken[1]);
        let consumer_id = world.broker("a").open.consumers[&consumer.0].info.consumer_id.clone();
        world.broker("a").say(relaismq_openwire::ConsumerControl {
            consumer_id,
            close: true,
            ..Default::default()
        });
        world.settle();
        world.broker("a").open.consumers.clear();
        answer_acks(&mut world);
        world.done(written);
        assert_eq!(world.failed(gathered), Failure::NoSuch("consumer"));
        world.finish();
    }
}

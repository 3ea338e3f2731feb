//! Deliveries and their acknowledgements.

use relaismq_openwire::{Command, ConsumerControl, Destination, MessageAck, destination::Kind};

use super::{
    broker::{Script, first, named},
    inbox::sequence,
    play::{PREFETCH, queue, spec},
    world::World,
};
use crate::proto::{
    event::Event,
    io::{Answer, Failure, Input, Request, SessionMode},
};

const STANDARD: i8 = MessageAck::STANDARD;
const DELIVERED: i8 = MessageAck::DELIVERED;

#[test]
fn what_was_taken_together_is_acknowledged_as_one_range() {
    for mode in [SessionMode::Auto, SessionMode::DupsOk] {
        let mut world = World::connected();
        let (_, consumer) = world.consuming(mode, PREFETCH);
        world.put("Q", 10);
        assert_eq!(world.inbox(consumer).waiting(), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        assert!(world.acks().is_empty());
        for _ in 0..4 {
            world.take(consumer);
        }
        world.settle();
        world.take_all(consumer);
        assert_eq!(world.acks(), [(STANDARD, 4, Some(1), 4), (STANDARD, 6, Some(5), 10)]);
        assert!(world.store.sequences("Q").is_empty());
        world.finish();
    }
}

#[test]
fn an_acknowledgement_names_consumer_destination_and_broker_sequences() {
    let mut world = World::connected();
    let (_, consumer) = world.consuming(SessionMode::Auto, PREFETCH);
    world.put("Q", 2);
    world.take_all(consumer);
    let Some(Command::MessageAck(ack)) = world.broker("a").log.last().cloned() else { panic!() };
    assert!(!ack.response_required && ack.command_id > 0);
    assert_eq!(ack.destination, Some(Destination::queue("Q")));
    assert_eq!(ack.consumer_id.map(|id| (id.session_id, id.value)), Some((1, consumer.0)));
    assert_eq!(ack.first_message_id.map(|id| id.broker_sequence_id), Some(1));
    assert_eq!(ack.last_message_id.map(|id| id.broker_sequence_id), Some(2));
    world.finish();
}

#[test]
fn a_client_acknowledgement_covers_what_all_consumers_of_the_session_have_taken() {
    let mut world = World::connected();
    let (session, first) = world.consuming(SessionMode::Client, PREFETCH);
    let second = world.consumer(session, spec(&Destination::queue("R"), PREFETCH));
    let (_, stranger) = world.consuming(SessionMode::Client, PREFETCH);
    world.put("Q", 4);
    world.put("R", 3);
    let taken = [world.take(first).unwrap(), world.take(first).unwrap()];
    world.take(second);
    world.take(stranger);
    world.settle();
    assert!(world.acks().is_empty());
    let done = world.acknowledge(first, &taken[0]);
    assert_eq!(done, Ok(Answer::Done));
    assert_eq!(world.acks(), [(STANDARD, 2, Some(1), 2), (STANDARD, 1, Some(1), 1)]);
    let again = world.acknowledge(first, &taken[1]);
    assert_eq!((again, world.acks().len()), (Ok(Answer::Done), 2));
    world.finish();
}

#[test]
fn an_individual_acknowledgement_covers_one_message() {
    let mut world = World::connected();
    let (_, consumer) = world.consuming(SessionMode::Individual, PREFETCH);
    world.put("Q", 4);
    let taken: Vec<_> = std::iter::from_fn(|| world.take(consumer)).collect();
    for place in [2, 0, 2] {
        assert_eq!(world.acknowledge(consumer, &taken[place]), Ok(Answer::Done));
    }
    let individual = MessageAck::INDIVIDUAL;
    assert_eq!(world.acks(), [(individual, 1, None, 3), (individual, 1, None, 1)]);
    assert_eq!(world.store.sequences("Q"), [2, 4]);
    world.finish();
}

#[test]
fn half_a_window_taken_asks_for_more() {
    for mode in [SessionMode::Client, SessionMode::Individual, SessionMode::Transacted] {
        let mut world = World::connected();
        let (_, consumer) = world.consuming(mode, 10);
        world.put("Q", 40);
        assert_eq!(world.inbox(consumer).waiting().len(), 10);
        for _ in 0..4 {
            world.take(consumer);
        }
        world.settle();
        assert!(world.acks().is_empty());
        let last = world.take(consumer).unwrap();
        world.settle();
        assert_eq!(world.acks(), [(DELIVERED, 5, Some(1), 5)]);
        assert_eq!(world.inbox(consumer).waiting().len(), 10);
        assert_eq!(world.take_all(consumer), (6..=40).collect::<Vec<_>>());
        assert!(world.acks()[1..].iter().all(|ack| ack.0 == DELIVERED && ack.1 >= 5));
        if mode == SessionMode::Client {
            assert_eq!(world.acknowledge(consumer, &last), Ok(Answer::Done));
            assert!(world.store.sequences("Q").is_empty());
        }
        world.finish();
    }
}

#[test]
fn an_acknowledgement_of_a_link_that_is_gone_is_stale_and_the_message_comes_again() {
    for mode in [SessionMode::Client, SessionMode::Individual] {
        let mut world = World::connected();
        let (_, consumer) = world.consuming(mode, PREFETCH);
        world.put("Q", 2);
        let old = world.take(consumer).unwrap();
        world.cut("cut");
        assert_eq!(world.acknowledge(consumer, &old), Err(Failure::StaleDelivery));
        world.resume();
        world.settle();
        assert_eq!(world.acknowledge(consumer, &old), Err(Failure::StaleDelivery));
        assert!(world.acks().is_empty());
        let again = world.take(consumer).unwrap();
        assert_eq!((sequence(&again), again.redelivered), (1, true));
        assert_eq!(world.acknowledge(consumer, &again), Ok(Answer::Done));
        assert_eq!(world.store.sequences("Q"), [2]);
        world.finish();
    }
}

#[test]
fn what_waits_is_discarded_with_its_link() {
    let mut world = World::connected();
    let (_, consumer) = world.consuming(SessionMode::Auto, PREFETCH);
    world.put("Q", 3);
    world.take(consumer);
    world.settle();
    world.cut("cut");
    assert!(world.inbox(consumer).waiting().is_empty());
    world.resume();
    assert_eq!(world.take_all(consumer), [2, 3]);
    let numbers: Vec<_> = world.inbox(consumer).taken.iter().map(|it| it.number).collect();
    assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
    world.finish();
}

#[test]
fn what_the_application_has_seen_is_flagged_even_if_the_broker_does_not_know() {
    let mut world = World::connected();
    let (_, consumer) = world.consuming(SessionMode::Client, PREFETCH);
    world.put("Q", 3);
    world.take(consumer);
    // Taken, but the driver had no time to say so.
    let late = world.inbox(consumer).take().unwrap();
    world.cut("cut");
    for stored in world.store.queues.get_mut("Q").unwrap() {
        stored.counter = 0;
    }
    let (epoch, through) = (late.epoch, late.number);
    let request = Request::Consumed { consumer, epoch, through };
    world.input(Input::Submit { id: None, request, deadline: None });
    world.resume();
    let again: Vec<_> = std::iter::from_fn(|| world.take(consumer)).collect();
    let flags: Vec<_> = again.iter().map(|it| (it.redelivered, it.redelivery_counter)).collect();
    assert_eq!(flags, [(true, 0), (true, 0), (false, 0)]);
    world.finish();
}

#[test]
fn what_another_consumer_of_the_connection_has_seen_is_flagged_on_queues_but_not_on_topics() {
    for (destination, flagged) in
        [(Destination::queue("Q"), true), (Destination::topic("Q"), false)]
    {
        let mut world = World::connected();
        let session = world.session(SessionMode::Client);
        let first = world.consumer(session, spec(&destination, 1));
        world.put("Q", 1);
        world.take(first);
        world.cut("cut");
        for stored in world.store.queues.get_mut("Q").unwrap() {
            stored.counter = 0;
        }
        world.submit(Request::CloseConsumer(first), None);
        world.resume();
        let second = world.consumer(session, spec(&destination, 1));
        assert_eq!(world.take(second).unwrap().redelivered, flagged);
        world.finish();
    }
}

#[test]
fn an_expired_message_is_given_back_and_not_delivered() {
    let mut world = World::connected();
    let (_, consumer) = world.consuming(SessionMode::Client, PREFETCH);
    world.put("Q", 1);
    let mut expired = (*world.store.queues["Q"][0].message).clone();
    expired.expiration = world.now.unix_ms;
    expired.message_id.as_mut().unwrap().producer_sequence_id = 2;
    world.store.put("Q", expired.clone().into());
    expired.expiration = world.now.unix_ms + 1;
    expired.message_id.as_mut().unwrap().producer_sequence_id = 3;
    world.store.put("Q", expired.into());
    world.dispatch();
    let last = std::iter::from_fn(|| world.take(consumer)).last().unwrap();
    assert_eq!(sequence(&last), 3);
    assert_eq!(world.acknowledge(consumer, &last), Ok(Answer::Done));
    assert_eq!(
        world.acks(),
        [
            (MessageAck::EXPIRED, 1, Some(2), 2),
            (STANDARD, 1, Some(1), 1),
            (STANDARD, 1, Some(3), 3)
        ]
    );
    assert_eq!(world.store.dead.len(), 1);
    world.finish();
}

#[test]
fn what_expired_before_the_application_came_to_take_it_is_given_back() {
    for mode in [SessionMode::Auto, SessionMode::Individual, SessionMode::Transacted] {
        let mut world = World::connected();
        let (_, consumer) = world.consuming(mode, PREFETCH);
        world.put("Q", 4);
        let epoch = world.client.epoch();
        let deliveries = vec![(epoch, 1), (epoch, 3)];
        let request = Request::Expired { consumer, deliveries };
        world.input(Input::Submit { id: None, request, deadline: None });
        world.settle();
        let expired = MessageAck::EXPIRED;
        assert_eq!(world.acks(), [(expired, 1, Some(1), 1), (expired, 1, Some(3), 3)]);
        assert_eq!((world.store.dead.len(), world.store.sequences("Q")), (2, vec![2, 4]));
        world.finish();
    }
}

#[test]
fn where_expiry_is_not_checked_everything_is_delivered() {
    let mut world = World::connected();
    let session = world.session(SessionMode::Auto);
    let spec = crate::proto::io::ConsumerSpec { check_expiry: false, ..queue(PREFETCH) };
    let consumer = world.consumer(session, spec);
    world.put("Q", 1);
    let mut expired = (*world.store.queues["Q"][0].message).clone();
    expired.expiration = 1;
    expired.message_id.as_mut().unwrap().producer_sequence_id = 2;
    world.store.put("Q", expired.into());
    world.dispatch();
    assert_eq!(world.take_all(consumer), [1, 2]);
    world.finish();
}

#[test]
fn closing_a_consumer_acknowledges_what_was_taken_and_tells_how_far_it_got() {
    let mut world = World::connected();
    let (_, consumer) = world.consuming(SessionMode::Auto, PREFETCH);
    world.put("Q", 5);
    world.take(consumer);
    world.take(consumer);
    let close = world.ask(Request::CloseConsumer(consumer));
    world.done(close);
    assert_eq!(world.acks(), [(STANDARD, 2, Some(1), 2)]);
    let Some(Command::RemoveInfo(info)) = world.broker("a").log.last().cloned() else { panic!() };
    assert_eq!(info.last_delivered_sequence_id, 2);
    assert!(world.store.queues["Q"].iter().all(|it| !it.in_flight && it.counter == 0));
    world.finish();
}

/// The last message of a stream that was dropped came back as if nobody had seen it.
#[test]
fn closing_a_consumer_tells_of_what_was_given_out_and_not_acknowledged() {
    let mut world = World::connected();
    let (_, consumer) = world.consuming(SessionMode::Auto, PREFETCH);
    world.put("Q", 5);
    world.take(consumer);
    world.see(consumer, 2);
    let close = world.ask(Request::CloseConsumer(consumer));
    world.done(close);
    assert_eq!(world.acks(), [(STANDARD, 1, Some(1), 1)]);
    let counters: Vec<_> = world.store.queues["Q"].iter().map(|it| it.counter).collect();
    assert_eq!(counters, [1, 1, 0, 0]);
    world.finish();
}

#[test]
fn closing_a_consumer_tells_of_the_last_one_that_is_left_and_not_of_the_last_one_seen() {
    let mut world = World::connected();
    let (_, consumer) = world.consuming(SessionMode::Individual, PREFETCH);
    world.put("Q", 4);
    let taken: Vec<_> = std::iter::from_fn(|| world.take(consumer)).collect();
    for place in [1, 3] {
        assert_eq!(world.acknowledge(consumer, &taken[place]), Ok(Answer::Done));
    }
    let close = world.ask(Request::CloseConsumer(consumer));
    world.done(close);
    let left = world.store.queues["Q"].iter();
    assert_eq!(left.map(|it| it.counter).collect::<Vec<_>>(), [1, 1]);
    world.finish();
}

#[test]
fn what_was_given_out_and_not_acknowledged_is_flagged_after_a_loss_even_if_the_broker_does_not_know()
 {
    let mut world = World::connected();
    let (_, consumer) = world.consuming(SessionMode::Auto, PREFETCH);
    world.put("Q", 3);
    world.see(consumer, 1);
    world.cut("cut");
    for stored in world.store.queues.get_mut("Q").unwrap() {
        stored.counter = 0;
    }
    world.resume();
    let again: Vec<_> = std::iter::from_fn(|| world.take(consumer)).collect();
    let flags: Vec<_> = again.iter().map(|it| it.redelivered).collect();
    assert_eq!(flags, [true, false, false]);
    world.finish();
}

#[test]
fn a_removal_that_is_not_answered_is_done_when_the_link_is_gone() {
    let mut world = World::connected();
    let (_, consumer) = world.consuming(SessionMode::Auto, PREFETCH);
    world.script("a", Script::Mute(named("RemoveInfo")));
    let close = world.ask(Request::CloseConsumer(consumer));
    assert!(world.answer(close).is_none());
    world.cut("cut");
    world.done(close);
    world.resume();
    assert!(!world.broker("b").names().contains(&"RemoveInfo"));
    world.finish();
}

#[test]
fn a_consumer_that_the_broker_closes_is_lost() {
    let mut world = World::connected();
    let (_, consumer) = world.consuming(SessionMode::Auto, PREFETCH);
    let consumer_id = world.broker("a").open.consumers[&consumer.0].info.consumer_id.clone();
    world.broker("a").say(ConsumerControl { consumer_id, close: true, ..Default::default() });
    world.settle();
    assert!(matches!(world.inbox(consumer).ended, Some(Failure::Refused { .. })));
    assert!(matches!(world.events.last(), Some(Event::ConsumerLost { .. })));
    world.fail_over();
    assert!(world.broker("b").open.consumers.is_empty());
    world.finish();
}

#[test]
fn a_prefetch_that_the_broker_sets_is_kept_over_a_reconnect() {
    let mut world = World::connected();
    let (_, consumer) = world.consuming(SessionMode::Client, PREFETCH);
    let consumer_id = world.broker("a").open.consumers[&consumer.0].info.consumer_id.clone();
    world.broker("a").say(ConsumerControl { consumer_id, prefetch: 4, ..Default::default() });
    world.settle();
    world.fail_over();
    assert_eq!(world.broker("b").open.consumers[&consumer.0].info.prefetch_size, 4);
    world.finish();
}

#[test]
fn what_is_dispatched_before_the_answer_follows_it() {
    let mut world = World::connected();
    let session = world.session(SessionMode::Auto);
    world.put("Q", 1);
    world.script("a", Script::Mute(first("ConsumerInfo")));
    let spec = queue(PREFETCH).into();
    let open = world.ask(Request::OpenConsumer { session, spec });
    world.dispatch();
    assert!(world.inboxes.is_empty());
    world.fail_over();
    world.settle();
    let Answer::Consumer(consumer) = world.done(open) else { panic!() };
    assert_eq!(world.take_all(consumer), [1]);
    world.finish();
}

#[test]
fn a_browser_sees_everything_once_and_is_not_restored_after_its_end() {
    let mut world = World::connected();
    let session = world.session(SessionMode::Auto);
    world.put("Q", 3);
    let browsing = |prefetch| crate::proto::io::ConsumerSpec { browser: true, ..queue(prefetch) };
    let ended = world.consumer(session, browsing(PREFETCH));
    assert!(world.inbox(ended).browsed);
    assert_eq!(world.inbox(ended).waiting(), [1, 2, 3]);
    world.fail_over();
    assert!(world.broker("b").open.consumers.is_empty());
    let close = world.ask(Request::CloseConsumer(ended));
    world.done(close);
    assert!(world.acks().is_empty());
    world.finish();
}

#[test]
fn a_temporary_queue_is_there_again_before_its_consumer() {
    let mut world = World::connected();
    let session = world.session(SessionMode::Auto);
    let id = world.ask(Request::CreateTemporary(Kind::Queue));
    let Answer::Temporary(destination) = world.done(id) else { panic!() };
    assert_eq!(destination.kind, Kind::TempQueue);
    world.consumer(session, spec(&destination, PREFETCH));
    world.fail_over();
    assert_eq!(world.broker("b").open.temporaries, [destination.name.to_string()]);
    world.finish();
}

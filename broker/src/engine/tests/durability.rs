//! Confirm after durable; dispatch after durable; a store that fails.

use relaismq_openwire::{ConsumerInfo, DestinationInfo, Response};

use super::{Answer, Rig, queue, topic};

#[test]
fn a_persistent_message_is_confirmed_and_dispatched_when_stored_not_before() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    let mut producer = rig.producer(&peer, queue("Q"));
    rig.frozen = true;
    let (answer, _) = rig.send_with(&mut producer, "1", |_| ());
    assert_eq!(rig.texts(&consumer), [""; 0]);
    rig.thaw();
    assert_eq!(rig.answer_to(peer.link, answer.command()), Answer::Done);
    assert_eq!(rig.texts(&consumer), ["1"]);
}

#[test]
fn a_non_persistent_message_is_confirmed_at_once() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    let mut producer = rig.producer(&peer, queue("Q"));
    rig.frozen = true;
    let (answer, _) = rig.send_with(&mut producer, "1", |message| message.persistent = false);
    assert_eq!(answer, Answer::Done);
    assert_eq!(rig.texts(&consumer), ["1"]);
}

#[test]
fn a_light_message_does_not_overtake_one_that_is_not_stored_yet() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    let mut producer = rig.producer(&peer, queue("Q"));
    rig.frozen = true;
    rig.send_with(&mut producer, "1", |_| ());
    rig.fire(&mut producer, "2");
    assert_eq!(rig.texts(&consumer), [""; 0]);
    rig.thaw();
    assert_eq!(rig.texts(&consumer), ["1", "2"]);
}

#[test]
fn many_sends_of_one_input_share_a_batch_and_are_all_answered() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    let before = rig.batches.len();
    let commands = (1..=50)
        .map(|number| {
            let message = producer.message("x", |message| {
                message.command_id = 1000 + number;
                message.response_required = true;
            });
            message.into()
        })
        .collect();
    rig.feed(crate::engine::io::Input::Received { link: peer.link, commands });
    assert_eq!(rig.batches.len(), before + 1);
    for number in 1..=50 {
        assert_eq!(rig.answer_to(peer.link, 1000 + number), Answer::Done);
    }
}

#[test]
fn a_full_store_refuses_the_message_and_serves_on() {
    let mut rig = Rig::refusing();
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    let mut producer = rig.producer(&peer, queue("Q"));
    rig.full = true;
    let (answer, _) = rig.send_with(&mut producer, "1", |_| ());
    assert_eq!(answer.class(), "javax.jms.ResourceAllocationException");
    assert!(answer.text().contains("/data"), "names the disk: {answer:?}");
    assert_eq!(rig.texts(&consumer), [""; 0]);
    rig.full = false;
    rig.send(&mut producer, "2");
    assert_eq!(rig.texts(&consumer), ["2"]);
    assert_eq!(rig.failed, None);
}

#[test]
fn after_a_final_failure_nothing_is_confirmed_any_more() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    rig.frozen = true;
    let (first, _) = rig.send_with(&mut producer, "1", |_| ());
    let (second, _) = rig.send_with(&mut producer, "2", |_| ());
    rig.break_store();
    assert!(rig.failed.as_deref().is_some_and(|reason| reason.contains("input/output error")));
    rig.thaw();
    for answer in [first, second] {
        let number = answer.command();
        assert_eq!(rig.answer_to(peer.link, number), Answer::Pending(number));
    }
    let (light, _) = rig.send_with(&mut producer, "3", |message| message.persistent = false);
    assert!(matches!(light, Answer::Pending(_)), "{light:?}");
}

#[test]
fn a_durable_subscription_is_confirmed_when_stored() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    rig.frozen = true;
    let info = ConsumerInfo {
        consumer_id: Some(peer.session().consumer(7)),
        destination: Some(topic("T")),
        subscription_name: Some("news".into()),
        prefetch_size: 100,
        ..ConsumerInfo::default()
    };
    let answer = rig.request(&peer, info);
    rig.thaw();
    assert_eq!(rig.answer_to(peer.link, answer.command()), Answer::Done);
    rig.crash(0);
    let peer = rig.connect("b");
    let mut producer = rig.producer(&peer, topic("T"));
    rig.send(&mut producer, "1");
    let key = crate::model::SubscriptionKey { client_id: "a".into(), name: "news".into() };
    assert_eq!(rig.kept(&crate::model::Container::Subscription(key)), 1);
}

#[test]
fn a_destination_is_confirmed_when_stored_and_so_is_its_removal() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    for operation_type in [DestinationInfo::ADD, DestinationInfo::REMOVE] {
        rig.frozen = true;
        let info = DestinationInfo {
            destination: Some(queue("Q")),
            operation_type,
            ..DestinationInfo::default()
        };
        let answer = rig.request(&peer, info.clone());
        rig.thaw();
        assert_eq!(rig.answer_to(peer.link, answer.command()), Answer::Done);
        rig.frozen = true;
        assert_eq!(rig.request(&peer, info), Answer::Done, "nothing to store the second time");
        rig.thaw();
    }
}

#[test]
fn a_removal_that_found_no_room_is_tried_again() {
    let mut rig = Rig::refusing();
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    let mut producer = rig.producer(&peer, queue("Q"));
    rig.send(&mut producer, "1");
    let given = rig.deliveries(&consumer);
    // The acknowledgement shares its batch, and so its fate, with a message.
    let ack = consumer.ack(relaismq_openwire::MessageAck::STANDARD, &given);
    let next = producer.message("2", |_| ());
    rig.full = true;
    let commands = vec![ack.into(), next.into()];
    rig.feed(crate::engine::io::Input::Received { link: peer.link, commands });
    assert_eq!(rig.errors(peer.link).len(), 1, "the sender is told although it did not ask");
    // It is not forgotten when the next attempt fails like the first.
    rig.full = false;
    let (answer, _) = rig.send_with(&mut producer, "3", |_| ());
    assert_eq!(answer, Answer::Done);
    rig.full = true;
    rig.send_with(&mut producer, "4", |_| ());
    rig.full = false;
    rig.send(&mut producer, "5");
    rig.advance(std::time::Duration::from_secs(31));
    assert_eq!(rig.kept_texts("Q"), ["3", "5"]);
    assert_eq!(rig.texts(&consumer), ["3", "5"]);
}

#[test]
fn the_answer_for_a_client_that_has_gone_is_dropped() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    rig.frozen = true;
    rig.send_with(&mut producer, "1", |_| ());
    rig.cut(&peer);
    rig.thaw();
    let response = |command: &relaismq_openwire::Command| match command {
        relaismq_openwire::Command::Response(it) => Some(Response::clone(it)),
        _ => None,
    };
    assert!(rig.take(peer.link, response).is_empty());
    assert_eq!(rig.kept_in_queue("Q"), 1);
}

// A store that was handed what does not fit could only give up, and the broker with it.
#[test]
fn what_does_not_fit_into_the_store_is_refused_and_the_rest_goes_on() {
    let mut rig = Rig::new();
    let limits = crate::model::StoreLimits {
        destination: Some(6),
        subscription: Some(3),
        message: Some(65_535),
        ..crate::model::StoreLimits::default()
    };
    rig.engine.restore(crate::model::Recovered { limits, ..crate::model::Recovered::default() });
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("orders"));
    let big = "x".repeat(70_000);
    let (refused, _) = rig.send_with(&mut producer, &big, |_| ());
    assert!(says(&refused, "may take 61439 bytes"), "{refused:?}");
    let (light, _) = rig.send_with(&mut producer, &big, |message| message.persistent = false);
    assert_eq!(light, Answer::Done);
    let long = DestinationInfo {
        connection_id: Some(peer.connection.clone()),
        destination: Some(queue("seventh")),
        ..DestinationInfo::default()
    };
    let long = rig.request(&peer, long);
    assert!(says(&long, "may have 6 characters"), "{long:?}");
    let durable = ConsumerInfo {
        consumer_id: Some(peer.session().consumer(7)),
        destination: Some(topic("T")),
        subscription_name: Some("desk".into()),
        ..ConsumerInfo::default()
    };
    let refused = rig.request(&peer, durable);
    assert!(says(&refused, "may have 3 characters"), "{refused:?}");
    rig.send(&mut producer, "small");
}

fn says(answer: &Answer, part: &str) -> bool {
    matches!(answer, Answer::Refused(_, text) if text.contains(part))
}

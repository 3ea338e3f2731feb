//! The seven types of acknowledgement, on queues and on topics.

use relaismq_openwire::{MessageAck, MessageId, Value};

use super::{Answer, Consumer, Delivery, JMS, Peer, Rig, queue, topic};

/// A consumer that has been given these messages.
fn holding(texts: &[&str]) -> (Rig, Peer, Consumer, Vec<Delivery>) {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    let mut producer = rig.producer(&peer, queue("Q"));
    for text in texts {
        rig.send(&mut producer, text);
    }
    let given = rig.deliveries(&consumer);
    (rig, peer, consumer, given)
}

#[test]
fn a_standard_acknowledgement_removes_its_range_and_frees_the_window() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 3);
    let mut producer = rig.producer(&peer, queue("Q"));
    for text in ["1", "2", "3", "4", "5"] {
        rig.send(&mut producer, text);
    }
    let first = rig.deliveries(&consumer);
    assert_eq!(first.len(), 3, "no more than the window");
    rig.consume(&consumer, &first[..2]);
    assert_eq!(rig.texts(&consumer), ["4", "5"]);
    assert_eq!(rig.kept_in_queue("Q"), 3);
}

#[test]
fn a_range_without_a_first_message_begins_with_the_oldest_in_flight() {
    let (mut rig, peer, consumer, given) = holding(&["1", "2", "3"]);
    let ack = MessageAck { first_message_id: None, ..consumer.ack(MessageAck::STANDARD, &given) };
    assert_eq!(rig.request(&peer, ack), Answer::Done);
    assert_eq!(rig.kept_in_queue("Q"), 0);
}

#[test]
fn a_standard_acknowledgement_that_does_not_fit_changes_nothing() {
    let (mut rig, peer, consumer, given) = holding(&["1", "2", "3"]);
    let unknown = MessageAck {
        last_message_id: Some(MessageId { producer_sequence_id: 99, ..given[0].id() }),
        ..consumer.ack(MessageAck::STANDARD, &given)
    };
    let backwards = MessageAck {
        first_message_id: Some(given[2].id()),
        last_message_id: Some(given[0].id()),
        ..consumer.ack(MessageAck::STANDARD, &given)
    };
    let mut wrong_counts = [0, 2, 4, -1].map(|message_count| MessageAck {
        message_count,
        ..consumer.ack(MessageAck::STANDARD, &given)
    });
    let empty = MessageAck { last_message_id: None, ..wrong_counts[0].clone() };
    wrong_counts[0].message_count = 1;
    for ack in [unknown, backwards, empty].into_iter().chain(wrong_counts) {
        let answer = rig.request(&peer, ack);
        assert_eq!(answer.class(), JMS);
        assert!(answer.text().starts_with("Unmatched acknowledge"), "{answer:?}");
    }
    assert_eq!(rig.kept_in_queue("Q"), 3);
    rig.consume(&consumer, &given);
    assert_eq!(rig.kept_in_queue("Q"), 0);
}

#[test]
fn a_failure_without_response_comes_as_a_connection_error() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    let ack = MessageAck {
        last_message_id: Some(peer.session().producer(1).message(1)),
        message_count: 1,
        ..consumer.ack(MessageAck::STANDARD, &[])
    };
    rig.tell(peer.link, ack);
    let errors = rig.errors(peer.link);
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].class(), JMS);
    assert!(rig.closed.is_empty(), "the connection stays");
}

#[test]
fn an_acknowledgement_of_an_unknown_consumer_is_ignored() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    let id = rig.send(&mut producer, "1");
    let ack = MessageAck {
        consumer_id: Some(peer.session().consumer(99)),
        destination: Some(queue("Q")),
        ack_type: MessageAck::STANDARD,
        last_message_id: Some(id),
        message_count: 1,
        ..MessageAck::default()
    };
    assert_eq!(rig.request(&peer, ack), Answer::Done);
    assert_eq!(rig.kept_in_queue("Q"), 1);
}

#[test]
fn delivered_extends_the_window_and_removes_nothing() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 2);
    let mut producer = rig.producer(&peer, queue("Q"));
    for text in ["1", "2", "3", "4", "5"] {
        rig.send(&mut producer, text);
    }
    let mut given = rig.deliveries(&consumer);
    assert_eq!(rig.ack(&consumer, MessageAck::DELIVERED, &given), Answer::Done);
    given.extend(rig.deliveries(&consumer));
    assert_eq!(given.len(), 4);
    assert_eq!(rig.kept_in_queue("Q"), 5);
    rig.consume(&consumer, &given[..2]);
    assert_eq!(rig.texts(&consumer), [""; 0], "the extension shrinks with what is removed");
    rig.consume(&consumer, &given[2..]);
    assert_eq!(rig.texts(&consumer), ["5"]);
}

#[test]
fn the_window_shrinks_back_to_its_size_and_no_further() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 2);
    let mut producer = rig.producer(&peer, queue("Q"));
    for text in ["1", "2", "3", "4"] {
        rig.send(&mut producer, text);
    }
    let given = rig.deliveries(&consumer);
    assert_eq!(rig.ack(&consumer, MessageAck::DELIVERED, &given[..1]), Answer::Done);
    assert_eq!(rig.texts(&consumer), ["3"], "seen, not settled");
    rig.consume(&consumer, &given);
    assert_eq!(rig.texts(&consumer), ["4"]);
}

#[test]
fn delivered_with_an_unknown_message_is_refused() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    let ack = MessageAck {
        last_message_id: Some(peer.session().producer(1).message(1)),
        message_count: 1,
        ..consumer.ack(MessageAck::DELIVERED, &[])
    };
    assert_eq!(rig.request(&peer, ack).class(), JMS);
}

#[test]
fn individual_removes_exactly_one_and_ignores_unknown_ones() {
    let (mut rig, peer, consumer, given) = holding(&["1", "2", "3"]);
    let middle = &given[1..2];
    assert_eq!(rig.ack(&consumer, MessageAck::INDIVIDUAL, middle), Answer::Done);
    assert_eq!(rig.kept_in_queue("Q"), 2);
    assert_eq!(rig.ack(&consumer, MessageAck::INDIVIDUAL, middle), Answer::Done);
    assert_eq!(rig.kept_in_queue("Q"), 2);
    assert_eq!(rig.close(&consumer, -1), Answer::Done);
    let again = rig.consumer(&peer, queue("Q"));
    assert_eq!(rig.texts(&again), ["1", "3"]);
}

#[test]
fn individual_goes_by_its_last_message() {
    let (mut rig, peer, consumer, given) = holding(&["1", "2", "3"]);
    let ack = consumer.ack(MessageAck::INDIVIDUAL, &given[1..2]);
    assert_eq!(rig.request(&peer, MessageAck { first_message_id: None, ..ack }), Answer::Done);
    assert_eq!(rig.kept_texts("Q"), ["1", "3"]);
}

#[test]
fn redelivered_only_checks_its_range() {
    let (mut rig, _, consumer, given) = holding(&["1"]);
    assert_eq!(rig.ack(&consumer, MessageAck::REDELIVERED, &given), Answer::Done);
    assert_eq!(rig.kept_in_queue("Q"), 1);
    rig.consume(&consumer, &given);
    assert_eq!(rig.ack(&consumer, MessageAck::REDELIVERED, &given).class(), JMS);
}

#[test]
fn expired_removes_its_range_and_buries_only_what_has_expired() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    let mut producer = rig.producer(&peer, queue("Q"));
    let soon = rig.now.unix_ms + 10;
    rig.send_with(&mut producer, "short", |message| message.expiration = soon);
    rig.send(&mut producer, "long");
    let given = rig.deliveries(&consumer);
    rig.advance(std::time::Duration::from_millis(20));
    assert_eq!(rig.ack(&consumer, MessageAck::EXPIRED, &given), Answer::Done);
    assert_eq!(rig.kept_in_queue("Q"), 0);
    let dead = rig.consumer(&peer, queue("ActiveMQ.DLQ"));
    assert_eq!(rig.texts(&dead), ["short"]);
}

#[test]
fn poison_goes_to_the_dead_letter_queue_with_its_cause() {
    let (mut rig, peer, consumer, given) = holding(&["1"]);
    let cause = relaismq_openwire::Throwable::new("java.lang.Throwable", "given up");
    let ack = MessageAck { poison_cause: Some(cause), ..consumer.ack(MessageAck::POISON, &given) };
    assert_eq!(rig.request(&peer, ack), Answer::Done);
    let dead = rig.consumer(&peer, queue("ActiveMQ.DLQ"));
    let dead = rig.deliveries(&dead);
    let message = dead[0].message.as_ref().unwrap();
    let cause = message.property("dlqDeliveryFailureCause").unwrap();
    assert_eq!(cause, Some(Value::Text("java.lang.Throwable: given up".into())));
    assert_eq!(message.original_destination, Some(queue("Q")));
    assert_eq!(message.destination, Some(queue("ActiveMQ.DLQ")));
}

#[test]
fn unknown_types_are_refused() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let (on_queue, on_topic) = (rig.consumer(&peer, queue("Q")), rig.consumer(&peer, topic("T")));
    let mut producers = [rig.producer(&peer, queue("Q")), rig.producer(&peer, topic("T"))];
    for producer in &mut producers {
        rig.send(producer, "1");
    }
    for consumer in [on_queue, on_topic] {
        let given = rig.deliveries(&consumer);
        for kind in [MessageAck::UNMATCHED, 7, -1] {
            assert_eq!(rig.ack(&consumer, kind, &given).class(), JMS, "{kind}");
        }
    }
}

#[test]
fn a_topic_believes_the_count_and_survives_wrong_ones() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer_with(&peer, topic("T"), |info| info.prefetch_size = 2);
    let mut producer = rig.producer(&peer, topic("T"));
    for text in ["1", "2", "3", "4", "5"] {
        rig.send(&mut producer, text);
    }
    let given = rig.deliveries(&consumer);
    assert_eq!(given.len(), 2);
    let ack = |count| MessageAck {
        message_count: count,
        first_message_id: None,
        ..consumer.ack(MessageAck::STANDARD, &given)
    };
    assert_eq!(rig.request(&peer, ack(-5)), Answer::Done);
    assert_eq!(rig.texts(&consumer), [""; 0]);
    assert_eq!(rig.request(&peer, ack(1)), Answer::Done);
    assert_eq!(rig.texts(&consumer), ["3"]);
    assert_eq!(rig.request(&peer, ack(i32::MAX)), Answer::Done);
    assert_eq!(rig.texts(&consumer), ["4", "5"], "clamped at zero in flight");
}

#[test]
fn acknowledgements_with_response_wait_for_the_store() {
    let (mut rig, peer, consumer, given) = holding(&["1"]);
    rig.frozen = true;
    let answer = rig.ack(&consumer, MessageAck::STANDARD, &given);
    rig.thaw();
    assert_eq!(rig.answer_to(peer.link, answer.command()), Answer::Done);
    assert!(rig.batches.last().unwrap().sync);
}

#[test]
fn acknowledgements_without_response_cost_no_sync() {
    let (mut rig, peer, consumer, given) = holding(&["1"]);
    let before = rig.batches.len();
    rig.tell(peer.link, consumer.ack(MessageAck::STANDARD, &given));
    assert_eq!(rig.batches.len(), before, "it may wait for company");
    rig.advance(std::time::Duration::from_millis(10));
    assert!(!rig.batches.last().unwrap().sync);
    assert_eq!(rig.kept_in_queue("Q"), 0);
}

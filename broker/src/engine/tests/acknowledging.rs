//! The ways of acknowledging, and what comes back.

use relaismq_openwire::{Command, Destination, MessageAck, RemoveInfo, Throwable, TransactionInfo};

use super::rig::{Peer, Rig, ack, from, queued, transaction};
use relaismq_openwire::{ConsumerId, ProducerId};

/// A consumer with three messages in flight.
fn three() -> (Rig, Peer, ProducerId, ConsumerId) {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let producer = rig.producer(&peer);
    for number in 1..=3 {
        rig.request(peer.link, queued(&producer, number)).unwrap();
    }
    let consumer = rig.consumer(&peer, "q", 10);
    assert_eq!(rig.numbers(), [1, 2, 3]);
    (rig, peer, producer, consumer)
}

fn remove(consumer: &ConsumerId, last: i64) -> RemoveInfo {
    let object_id = Some(Box::new(Command::from(consumer.clone())));
    RemoveInfo { object_id, last_delivered_sequence_id: last, ..RemoveInfo::default() }
}

/// What a fresh consumer gets: numbers and counters.
fn left(rig: &mut Rig) -> Vec<(i64, i32)> {
    let other = rig.connect("other");
    rig.consumer(&other, "q", 10);
    rig.dispatched().into_iter().map(|(_, number, counter)| (number.unwrap(), counter)).collect()
}

#[test]
fn the_window_opens_with_each_acknowledgement() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let producer = rig.producer(&peer);
    let consumer = rig.consumer(&peer, "q", 2);
    for number in 1..=4 {
        rig.request(peer.link, queued(&producer, number)).unwrap();
    }
    assert_eq!(rig.numbers(), [1, 2]);
    let id = producer.message(1);
    rig.tell(peer.link, ack(&consumer, MessageAck::DELIVERED, &id, &id, 1));
    assert_eq!(rig.numbers(), [3], "seen, not settled");
    let (first, last) = (producer.message(1), producer.message(2));
    rig.tell(peer.link, ack(&consumer, MessageAck::STANDARD, &first, &last, 2));
    assert_eq!(rig.numbers(), [4]);
}

#[test]
fn an_acknowledgement_that_does_not_fit_is_refused_and_changes_nothing() {
    let (mut rig, peer, producer, consumer) = three();
    let (first, last) = (producer.message(1), producer.message(2));
    let wrong_count = ack(&consumer, MessageAck::STANDARD, &first, &last, 3);
    assert_eq!(rig.request(peer.link, wrong_count), Err("JMSException".to_owned()));
    let unknown = ack(&consumer, MessageAck::STANDARD, &first, &producer.message(9), 1);
    assert_eq!(rig.request(peer.link, unknown), Err("JMSException".to_owned()));
    rig.request(peer.link, ack(&consumer, MessageAck::STANDARD, &first, &producer.message(3), 3))
        .unwrap();
    assert!(rig.stored.is_empty());
}

#[test]
fn individual_acknowledgements_take_one_out_of_the_middle() {
    let (mut rig, peer, producer, consumer) = three();
    let mut middle =
        ack(&consumer, MessageAck::INDIVIDUAL, &producer.message(2), &producer.message(2), 1);
    middle.first_message_id = None;
    rig.request(peer.link, middle).unwrap();
    rig.tell(peer.link, remove(&consumer, RemoveInfo::NONE_DELIVERED));
    assert_eq!(left(&mut rig), [(1, 0), (3, 0)]);
}

#[test]
fn counters_rise_by_what_the_client_says_it_saw() {
    for (last, counters) in [(-2, [1, 1, 1]), (-1, [0, 0, 0]), (0, [0, 0, 0]), (2, [1, 1, 0])] {
        let (mut rig, peer, _, consumer) = three();
        rig.tell(peer.link, remove(&consumer, last));
        let expected: Vec<(i64, i32)> = (1..).zip(counters).collect();
        assert_eq!(left(&mut rig), expected, "in their old order, last delivered {last}");
    }
}

#[test]
fn poison_goes_to_the_dead_letter_queue_with_its_cause() {
    let (mut rig, peer, producer, consumer) = three();
    let id = producer.message(2);
    let mut poison = ack(&consumer, MessageAck::POISON, &id, &id, 1);
    poison.poison_cause = Some(Throwable::new("java.lang.Throwable", "too often"));
    rig.request(peer.link, poison).unwrap();
    rig.consume(&peer, 2, from(Destination::queue("ActiveMQ.DLQ"), 10)).unwrap();
    let dead = rig.sent.iter().find_map(|(_, command)| match command {
        Command::MessageDispatch(dispatch) => dispatch.message.clone(),
        _ => None,
    });
    let dead = dead.unwrap();
    assert_eq!(dead.original_destination, Some(Destination::queue("q")));
    let cause = dead.property("dlqDeliveryFailureCause").unwrap().unwrap();
    assert_eq!(cause.as_text().unwrap(), &"java.lang.Throwable: too often");
}

#[test]
fn a_rollback_leaves_messages_with_their_consumer_and_closing_it_gives_them_back() {
    let (mut rig, peer, producer, consumer) = three();
    let id = rig.begin(&peer, 1);
    let mut taken =
        ack(&consumer, MessageAck::STANDARD, &producer.message(1), &producer.message(2), 2);
    taken.transaction_id = Some(id.clone());
    rig.request(peer.link, taken).unwrap();
    rig.request(peer.link, transaction(&id, TransactionInfo::ROLLBACK)).unwrap();
    assert!(rig.numbers().is_empty(), "a second dispatch would be a duplicate to Java");
    rig.tell(peer.link, remove(&consumer, RemoveInfo::DELIVERED_UNKNOWN));
    assert_eq!(left(&mut rig), [(1, 1), (2, 1), (3, 1)]);
}

#[test]
fn what_a_closed_consumer_acknowledged_stays_hidden_until_the_outcome() {
    for (outcome, back) in
        [(TransactionInfo::COMMIT_ONE_PHASE, vec![]), (TransactionInfo::ROLLBACK, vec![(1, 1)])]
    {
        let (mut rig, peer, producer, consumer) = three();
        let id = rig.begin(&peer, 1);
        let mut taken =
            ack(&consumer, MessageAck::STANDARD, &producer.message(1), &producer.message(1), 1);
        taken.transaction_id = Some(id.clone());
        rig.request(peer.link, taken).unwrap();
        rig.tell(peer.link, remove(&consumer, RemoveInfo::DELIVERED_UNKNOWN));
        assert_eq!(left(&mut rig), [(2, 1), (3, 1)]);
        rig.request(peer.link, transaction(&id, outcome)).unwrap();
        let came: Vec<_> = rig.dispatched().into_iter().map(|it| (it.1.unwrap(), it.2)).collect();
        assert_eq!(came, back);
    }
}

#[test]
fn a_transaction_with_a_failed_acknowledgement_can_only_be_rolled_back() {
    let (mut rig, peer, producer, consumer) = three();
    let id = rig.begin(&peer, 1);
    let unknown = producer.message(9);
    let mut wrong = ack(&consumer, MessageAck::STANDARD, &unknown, &unknown, 1);
    wrong.transaction_id = Some(id.clone());
    rig.tell(peer.link, wrong);
    let commit = rig.request(peer.link, transaction(&id, TransactionInfo::COMMIT_ONE_PHASE));
    assert_eq!(commit, Err("TransactionRolledBackException".to_owned()));
}

//! Local transactions.

mod recommits;

use relaismq_openwire::{MessageAck, TransactionId, TransactionInfo, XaTransactionId};

use super::{Answer, JMS, Rig, queue, rig::transaction, topic};
use crate::{engine::Settings, model::Change};

#[test]
fn what_is_sent_appears_at_the_commit_in_one_batch() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    let (mut to_q, mut to_r) = (rig.producer(&peer, queue("Q")), rig.producer(&peer, queue("R")));
    let id = rig.begin(&peer);
    rig.enlist(&mut to_q, "1", &id);
    rig.enlist(&mut to_r, "2", &id);
    rig.enlist(&mut to_q, "3", &id);
    assert_eq!(rig.texts(&consumer), [""; 0]);
    assert_eq!(rig.kept_in_queue("Q"), 0);
    let before = rig.batches.len();
    assert_eq!(rig.commit(&peer, &id), Answer::Done);
    assert_eq!(rig.batches.len(), before + 1);
    assert!(rig.batches[before].sync);
    assert_eq!(rig.texts(&consumer), ["1", "3"]);
    assert_eq!((rig.kept_in_queue("Q"), rig.kept_in_queue("R")), (2, 1));
}

#[test]
fn a_commit_is_answered_and_dispatched_only_when_durable() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    let listener = rig.consumer(&peer, topic("T"));
    let (mut to_q, mut to_t) = (rig.producer(&peer, queue("Q")), rig.producer(&peer, topic("T")));
    let id = rig.begin(&peer);
    rig.enlist(&mut to_q, "persistent", &id);
    let within = Some(id.clone());
    let light = to_q.message("light", |message| {
        message.persistent = false;
        message.transaction_id = within;
    });
    rig.tell(peer.link, light);
    rig.enlist(&mut to_t, "published", &id);
    rig.frozen = true;
    let answer = rig.commit(&peer, &id);
    assert!(rig.dispatches(peer.link).is_empty(), "nothing of it is seen before");
    rig.thaw();
    assert_eq!(rig.answer_to(peer.link, answer.command()), Answer::Done);
    assert_eq!(rig.texts(&consumer), ["persistent", "light"]);
    assert_eq!(rig.texts(&listener), ["published"]);
}

#[test]
fn acknowledgements_and_sends_are_committed_together() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    let (mut to_q, mut to_r) = (rig.producer(&peer, queue("Q")), rig.producer(&peer, queue("R")));
    rig.send(&mut to_q, "1");
    let given = rig.deliveries(&consumer);
    let id = rig.begin(&peer);
    rig.enlist(&mut to_r, "2", &id);
    assert_eq!(rig.ack_in(&consumer, MessageAck::STANDARD, &given, &id), Answer::Done);
    assert_eq!(rig.kept_in_queue("Q"), 1, "not before the commit");
    let before = rig.batches.len();
    assert_eq!(rig.commit(&peer, &id), Answer::Done);
    let adds = |it: &&Change| matches!(it, Change::Add { .. });
    let removes = |it: &&Change| matches!(it, Change::Remove { .. });
    let batch = &rig.batches[before];
    assert_eq!(rig.batches.len(), before + 1);
    assert_eq!(batch.changes.iter().filter(adds).count(), 1);
    assert_eq!(batch.changes.iter().filter(removes).count(), 1);
}

#[test]
fn a_rollback_forgets_sends_and_redispatches_nothing_to_an_open_consumer() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    let mut producer = rig.producer(&peer, queue("Q"));
    rig.send(&mut producer, "1");
    let given = rig.deliveries(&consumer);
    let id = rig.begin(&peer);
    rig.enlist(&mut producer, "2", &id);
    rig.ack_in(&consumer, MessageAck::STANDARD, &given, &id);
    assert_eq!(rig.roll_back(&peer, &id), Answer::Done);
    assert_eq!(rig.texts(&consumer), [""; 0]);
    // It is still in flight, so the client can acknowledge what it redelivered by itself.
    let id = rig.begin(&peer);
    assert_eq!(rig.ack_in(&consumer, MessageAck::STANDARD, &given, &id), Answer::Done);
    assert_eq!(rig.commit(&peer, &id), Answer::Done);
    assert_eq!(rig.kept_in_queue("Q"), 0);
}

#[test]
fn what_was_rolled_back_comes_again_once_its_consumer_closes() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    let mut producer = rig.producer(&peer, queue("Q"));
    for text in ["1", "2", "3"] {
        rig.send(&mut producer, text);
    }
    let given = rig.deliveries(&consumer);
    let id = rig.begin(&peer);
    rig.ack_in(&consumer, MessageAck::STANDARD, &given[..2], &id);
    assert_eq!(rig.roll_back(&peer, &id), Answer::Done);
    assert_eq!(rig.texts(&consumer), [""; 0], "a second dispatch would be a duplicate to Java");
    rig.close(&consumer, -2);
    let other = rig.consumer(&peer, queue("Q"));
    let back = rig.deliveries(&other);
    let shown: Vec<_> = back.iter().map(|it| (it.text(), it.counter)).collect();
    assert_eq!(shown, ["1", "2", "3"].map(|text| (text.to_owned(), 1)), "counted once");
}

#[test]
fn transacted_acknowledgements_hold_the_window_and_delivered_extends_it() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 2);
    let mut producer = rig.producer(&peer, queue("Q"));
    for text in ["1", "2", "3", "4", "5", "6"] {
        rig.send(&mut producer, text);
    }
    let id = rig.begin(&peer);
    let mut given = rig.deliveries(&consumer);
    rig.ack_in(&consumer, MessageAck::STANDARD, &given, &id);
    assert_eq!(rig.texts(&consumer), [""; 0], "the window is as full as before");
    assert_eq!(rig.ack_in(&consumer, MessageAck::DELIVERED, &given, &id), Answer::Done);
    given = rig.deliveries(&consumer);
    assert_eq!(given.len(), 2);
    assert_eq!(rig.ack_in(&consumer, MessageAck::STANDARD, &given, &id), Answer::Done);
    assert_eq!(rig.commit(&peer, &id), Answer::Done);
    assert_eq!(rig.texts(&consumer), ["5", "6"]);
    assert_eq!(rig.kept_in_queue("Q"), 2);
}

#[test]
fn individual_in_a_transaction_extends_the_window_by_one() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 1);
    let mut producer = rig.producer(&peer, queue("Q"));
    for text in ["1", "2", "3"] {
        rig.send(&mut producer, text);
    }
    let id = rig.begin(&peer);
    for text in ["1", "2"] {
        let given = rig.deliveries(&consumer);
        assert_eq!(given.iter().map(super::Delivery::text).collect::<Vec<_>>(), [text]);
        rig.ack_in(&consumer, MessageAck::INDIVIDUAL, &given, &id);
    }
    assert_eq!(rig.kept_in_queue("Q"), 3);
    rig.commit(&peer, &id);
    assert_eq!(rig.kept_in_queue("Q"), 1);
    assert_eq!(rig.texts(&consumer), ["3"]);
}

#[test]
fn poison_cannot_be_part_of_a_transaction() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    let mut producer = rig.producer(&peer, queue("Q"));
    rig.send(&mut producer, "1");
    let given = rig.deliveries(&consumer);
    let id = rig.begin(&peer);
    assert_eq!(rig.ack_in(&consumer, MessageAck::POISON, &given, &id).class(), JMS);
}

#[test]
fn a_closed_consumers_messages_stay_hidden_until_the_outcome() {
    for commits in [true, false] {
        let mut rig = Rig::new();
        let peer = rig.connect("a");
        let consumer = rig.consumer(&peer, queue("Q"));
        let mut producer = rig.producer(&peer, queue("Q"));
        rig.send(&mut producer, "1");
        rig.send(&mut producer, "2");
        let given = rig.deliveries(&consumer);
        let id = rig.begin(&peer);
        rig.ack_in(&consumer, MessageAck::STANDARD, &given[..1], &id);
        rig.close(&consumer, given[1].sequence());
        let other = rig.consumer(&peer, queue("Q"));
        assert_eq!(rig.texts(&other), ["2"], "what was not acknowledged is back at once");
        if commits {
            assert_eq!(rig.commit(&peer, &id), Answer::Done);
            assert_eq!(rig.texts(&other), [""; 0]);
            assert_eq!(rig.kept_in_queue("Q"), 1);
        } else {
            assert_eq!(rig.roll_back(&peer, &id), Answer::Done);
            let back = rig.deliveries(&other);
            assert_eq!((back[0].text(), back[0].counter), ("1".to_owned(), 1));
        }
    }
}

#[test]
fn the_end_of_a_connection_rolls_back() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    let mut producer = rig.producer(&peer, queue("Q"));
    rig.send(&mut producer, "1");
    let given = rig.deliveries(&consumer);
    let id = rig.begin(&peer);
    rig.ack_in(&consumer, MessageAck::STANDARD, &given, &id);
    rig.enlist(&mut producer, "never", &id);
    rig.cut(&peer);
    let other = rig.connect("b");
    let consumer = rig.consumer(&other, queue("Q"));
    let given = rig.deliveries(&consumer);
    assert_eq!(given.len(), 1);
    assert_eq!((given[0].text(), given[0].counter), ("1".to_owned(), 1));
}

#[test]
fn unknown_transactions_are_refused() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    let mut producer = rig.producer(&peer, queue("Q"));
    rig.send(&mut producer, "1");
    let given = rig.deliveries(&consumer);
    let id = peer.connection.transaction(99);
    let within = Some(id.clone());
    let sent = rig.send_with(&mut producer, "2", |message| message.transaction_id = within).0;
    let answers = [
        rig.commit(&peer, &id),
        rig.roll_back(&peer, &id),
        rig.ack_in(&consumer, MessageAck::STANDARD, &given, &id),
        sent,
    ];
    for answer in answers {
        assert_eq!(answer.class(), JMS);
        assert!(answer.text().contains("has not been started"), "{answer:?}");
    }
}

#[test]
fn begin_may_be_repeated_and_end_changes_nothing() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    let id = rig.begin(&peer);
    rig.enlist(&mut producer, "1", &id);
    for kind in [TransactionInfo::BEGIN, TransactionInfo::END] {
        assert_eq!(rig.request(&peer, transaction(&peer, &id, kind)), Answer::Done);
    }
    assert_eq!(rig.commit(&peer, &id), Answer::Done);
    assert_eq!(rig.kept_in_queue("Q"), 1);
}

#[test]
fn a_failed_send_or_acknowledgement_breaks_the_transaction() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    let consumer = rig.consumer(&peer, queue("R"));
    for breaks in [true, false] {
        let id = rig.begin(&peer);
        rig.enlist(&mut producer, "1", &id);
        if breaks {
            let within = Some(id.clone());
            let wrong = producer.message("2", |message| {
                message.destination = Some(queue("A.*"));
                message.transaction_id = within;
            });
            rig.tell(peer.link, wrong);
        } else {
            let ack = MessageAck {
                transaction_id: Some(id.clone()),
                last_message_id: Some(producer.id.message(99)),
                message_count: 1,
                ..consumer.ack(MessageAck::STANDARD, &[])
            };
            rig.tell(peer.link, ack);
        }
        assert_eq!(rig.errors(peer.link).len(), 1);
        let answer = rig.commit(&peer, &id);
        assert_eq!(answer.class(), "javax.jms.TransactionRolledBackException");
        assert_eq!(rig.kept_in_queue("Q"), 0);
    }
}

#[test]
fn uncommitted_bytes_are_bounded() {
    let settings = Settings { transaction_bytes: 5000, ..Settings::default() };
    let mut rig = Rig::with(settings);
    let peer = rig.connect("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    let id = rig.begin(&peer);
    for _ in 0..4 {
        rig.enlist(&mut producer, "1", &id);
    }
    assert_eq!(rig.errors(peer.link), []);
    rig.enlist(&mut producer, "1", &id);
    let errors = rig.errors(peer.link);
    assert_eq!(errors[0].class(), "javax.jms.ResourceAllocationException");
    assert_eq!(rig.commit(&peer, &id).class(), "javax.jms.TransactionRolledBackException");
    assert_eq!(rig.kept_in_queue("Q"), 0);
}

#[test]
fn a_commit_that_finds_no_room_is_rolled_back_as_a_whole() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let consumer = rig.consumer(&peer, queue("Q"));
    let (mut to_q, mut to_r) = (rig.producer(&peer, queue("Q")), rig.producer(&peer, queue("R")));
    rig.send(&mut to_q, "1");
    let given = rig.deliveries(&consumer);
    let id = rig.begin(&peer);
    rig.ack_in(&consumer, MessageAck::STANDARD, &given, &id);
    rig.enlist(&mut to_r, "2", &id);
    rig.full = true;
    let answer = rig.commit(&peer, &id);
    assert_eq!(answer.class(), "javax.jms.ResourceAllocationException");
    rig.full = false;
    let other = rig.consumer(&peer, queue("R"));
    assert_eq!(rig.texts(&other), [""; 0]);
    assert_eq!(rig.texts(&consumer), [""; 0], "the client redelivers by itself");
    // As after any other rollback, the message is in flight and can be acknowledged.
    rig.consume(&consumer, &given);
    assert_eq!(rig.kept_in_queue("Q"), 0);
}

#[test]
fn distributed_transactions_are_refused_with_their_own_exception() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let id = TransactionId::Xa(XaTransactionId::default());
    for kind in 0..=7 {
        let answer = rig.request(&peer, transaction(&peer, &id, kind));
        assert_eq!(answer.class(), "javax.transaction.xa.XAException");
        assert!(answer.text().ends_with("xaErrorCode:-3"), "{answer:?}");
    }
    let local = rig.begin(&peer);
    let answer = rig.request(&peer, transaction(&peer, &local, TransactionInfo::PREPARE));
    assert_eq!(answer.class(), "javax.transaction.xa.XAException");
}

#[test]
fn a_commit_stays_one_batch_although_a_page_is_wanted() {
    let settings = Settings { queue_memory_bytes: 4000, ..Settings::default() };
    let mut rig = Rig::with(settings);
    let peer = rig.connect("a");
    let consumer = rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 3);
    let (mut to_q, mut to_r) = (rig.producer(&peer, queue("Q")), rig.producer(&peer, queue("R")));
    for number in 0..20 {
        rig.send(&mut to_q, &number.to_string());
    }
    let given = rig.deliveries(&consumer);
    let id = rig.begin(&peer);
    rig.ack_in(&consumer, MessageAck::STANDARD, &given, &id);
    rig.enlist(&mut to_r, "first", &id);
    let within = Some(id.clone());
    let light = to_q.message("light", |message| {
        message.persistent = false;
        message.transaction_id = within;
    });
    rig.tell(peer.link, light);
    rig.enlist(&mut to_r, "last", &id);
    let before = rig.batches.len();
    assert_eq!(rig.commit(&peer, &id), Answer::Done);
    let whole = &rig.batches[before];
    let adds = whole.changes.iter().filter(|it| matches!(it, Change::Add { .. })).count();
    assert_eq!(adds, 3, "{whole:?}");
}

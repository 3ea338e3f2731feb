//! What is no part of a local transaction.

use relaismq_openwire::{MessageAck, TransactionInfo};

use super::{JMS, Rig, queue, transaction};
use crate::engine::Settings;

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
fn uncommitted_bytes_are_bounded() {
    let settings = Settings { transaction_bytes: 2900, ..Settings::default() };
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
fn a_local_transaction_cannot_be_prepared() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let local = rig.begin(&peer);
    let answer = rig.request(&peer, transaction(&peer, &local, TransactionInfo::PREPARE));
    assert_eq!(answer.class(), "javax.transaction.xa.XAException");
    assert!(answer.text().ends_with("xaErrorCode:-6"), "{answer:?}");
}

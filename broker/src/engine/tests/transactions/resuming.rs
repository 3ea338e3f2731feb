//! Transactions of a connection that was resumed.
//!
//! After one takeover in some hundred a Java consumer's commit succeeded although the broker had never
//! seen its acknowledgement. All ten messages stayed in flight; after the next takeover the client took
//! them for duplicates, and they ended in the dead letter queue.

use relaismq_openwire::MessageAck;

use super::{Answer, Consumer, Delivery, Peer, Rig, queue, topic};

const ROLLED_BACK: &str = "javax.jms.TransactionRolledBackException";

/// A consumer on a resumed connection that has been given one message.
fn holding_one() -> (Rig, Peer, Consumer, Vec<Delivery>) {
    let mut rig = Rig::new();
    let peer = rig.connect_failover("a");
    let mut producer = rig.producer(&peer, queue("Q"));
    rig.send(&mut producer, "1");
    let peer = rig.reconnect(&peer);
    let consumer = rig.consumer(&peer, queue("Q"));
    let given = rig.deliveries(&consumer);
    (rig, peer, consumer, given)
}

#[test]
fn a_commit_whose_acknowledgements_were_lost_with_the_link_fails() {
    let (mut rig, peer, consumer, given) = holding_one();
    let id = rig.begin(&peer);
    assert_eq!(rig.commit(&peer, &id).class(), ROLLED_BACK);
    let id = rig.begin(&peer);
    assert_eq!(rig.ack_in(&consumer, MessageAck::STANDARD, &given, &id), Answer::Done);
    assert_eq!(rig.commit(&peer, &id), Answer::Done);
    assert_eq!(rig.kept_in_queue("Q"), 0);
}

#[test]
fn an_empty_commit_of_a_connection_that_never_broke_is_done() {
    let mut rig = Rig::new();
    let peer = rig.connect_failover("a");
    let id = rig.begin(&peer);
    assert_eq!(rig.commit(&peer, &id), Answer::Done);
}

#[test]
fn a_topics_subscriber_commits_after_a_takeover() {
    let mut rig = Rig::new();
    let peer = rig.connect_failover("a");
    let peer = rig.reconnect(&peer);
    let consumer = rig.consumer(&peer, topic("T"));
    let mut producer = rig.producer(&peer, topic("T"));
    rig.send(&mut producer, "1");
    let (given, id) = (rig.deliveries(&consumer), rig.begin(&peer));
    assert_eq!(rig.ack_in(&consumer, MessageAck::STANDARD, &given, &id), Answer::Done);
    assert_eq!(rig.commit(&peer, &id), Answer::Done);
}

#[test]
fn a_transaction_begun_for_a_message_that_then_expired_commits_after_a_takeover() {
    let (mut rig, peer, consumer, given) = holding_one();
    let id = rig.begin(&peer);
    assert_eq!(rig.ack(&consumer, MessageAck::EXPIRED, &given), Answer::Done);
    assert_eq!(rig.commit(&peer, &id), Answer::Done);
}

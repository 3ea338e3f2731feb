//! What a commit does, in one batch, when it is durable, or not at all.

use relaismq_openwire::{MessageAck, TransactionInfo};

use super::{Answer, Rig, queue, topic, transaction};
use crate::{
    engine::Settings,
    model::{Batch, Change},
};

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
    let adds =
        |batch: &Batch| batch.changes.iter().filter(|it| matches!(it, Change::Add { .. })).count();
    let adds: Vec<usize> = rig.batches[before..].iter().map(adds).filter(|it| *it > 0).collect();
    assert_eq!(adds, [3]);
}

#[test]
fn a_commit_that_finds_no_room_is_rolled_back_as_a_whole() {
    let mut rig = Rig::refusing();
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

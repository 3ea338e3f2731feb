//! Branches of distributed transactions: prepared, so that they outlive everything, and decided by whoever
//! says so.

use std::{slice, time::Duration};

use relaismq_openwire::{
    Command, MessageAck, RemoveInfo, TransactionId, TransactionInfo, XaTransactionId,
};

use super::{Answer, Consumer, Delivery, Peer, Rig, queue, topic, transaction};
use crate::engine::{Settings, WhenFull};

const XA: &str = "javax.transaction.xa.XAException";

fn branch(name: &'static str) -> TransactionId {
    TransactionId::Xa(Box::new(XaTransactionId {
        format_id: 7,
        global_transaction_id: Some(name.into()),
        branch_qualifier: Some("b".into()),
    }))
}

fn start(rig: &mut Rig, peer: &Peer, id: &TransactionId) {
    rig.tell(peer.link, transaction(peer, id, TransactionInfo::BEGIN));
}

/// The number of the answer, or the refusal.
fn prepare(rig: &mut Rig, peer: &Peer, id: &TransactionId) -> Result<i32, Answer> {
    let answer = rig.request(peer, transaction(peer, id, TransactionInfo::PREPARE));
    let Answer::Pending(number) = answer else { return Err(answer) };
    voted(rig, peer, number)
}

fn voted(rig: &mut Rig, peer: &Peer, number: i32) -> Result<i32, Answer> {
    let votes = rig.take(peer.link, |command| match command {
        Command::IntegerResponse(it) if it.correlation_id == number => Some(it.result),
        _ => None,
    });
    votes.front().copied().ok_or(Answer::Pending(number))
}

fn say(rig: &mut Rig, peer: &Peer, id: &TransactionId, what: i8) -> Answer {
    rig.request(peer, transaction(peer, id, what))
}

fn commit(rig: &mut Rig, peer: &Peer, id: &TransactionId) -> Answer {
    say(rig, peer, id, TransactionInfo::COMMIT_TWO_PHASE)
}

fn roll_back(rig: &mut Rig, peer: &Peer, id: &TransactionId) -> Answer {
    say(rig, peer, id, TransactionInfo::ROLLBACK)
}

/// What a transaction manager finds in doubt.
fn in_doubt(rig: &mut Rig, peer: &Peer) -> Vec<TransactionId> {
    let all = TransactionInfo {
        connection_id: Some(peer.connection.clone()),
        transaction_type: TransactionInfo::RECOVER,
        ..TransactionInfo::default()
    };
    let number = rig.request(peer, all).command();
    let mut answers = rig.take(peer.link, |command| match command {
        Command::DataArrayResponse(it) if it.correlation_id == number => it.data.clone(),
        _ => None,
    });
    let ids = answers.pop_front().unwrap().into_iter().map(|id| match id {
        Some(Command::XaTransactionId(id)) => TransactionId::Xa(Box::new(id)),
        other => panic!("no branch: {other:?}"),
    });
    ids.collect()
}

/// Its consumer has taken "old" from Q, and "new" is sent to R, in one branch.
fn work(rig: &mut Rig, peer: &Peer, id: &TransactionId) -> Consumer {
    let mut producer = rig.producer(peer, queue("Q"));
    rig.send(&mut producer, "old");
    rig.send(&mut producer, "other");
    start(rig, peer, id);
    let consumer = rig.consumer(peer, queue("Q"));
    let given = rig.deliveries(&consumer);
    assert_eq!(rig.ack_in(&consumer, MessageAck::STANDARD, &given[..1], id), Answer::Done);
    let mut producer = rig.producer(peer, queue("R"));
    rig.enlist(&mut producer, "new", id);
    assert_eq!(say(rig, peer, id, TransactionInfo::END), Answer::Done);
    consumer
}

/// Two connections that have each sent "new" to R in it.
fn both_send(rig: &mut Rig, id: &TransactionId) -> [Peer; 2] {
    ["a", "b"].map(|name| {
        let peer = rig.connect(name);
        start(rig, &peer, id);
        let mut producer = rig.producer(&peer, queue("R"));
        rig.enlist(&mut producer, "new", id);
        peer
    })
}

fn texts(rig: &mut Rig, peer: &Peer, name: &'static str) -> Vec<String> {
    let consumer = rig.consumer(peer, queue(name));
    let texts = rig.texts(&consumer);
    rig.close(&consumer, RemoveInfo::DELIVERED_UNKNOWN);
    texts
}

#[test]
fn a_branch_is_prepared_and_committed() {
    let mut rig = Rig::new();
    let (peer, id) = (rig.connect("a"), branch("1"));
    work(&mut rig, &peer, &id);
    assert_eq!(prepare(&mut rig, &peer, &id), Ok(0));
    assert_eq!(in_doubt(&mut rig, &peer), slice::from_ref(&id));
    assert_eq!((rig.kept_in_queue("Q"), rig.kept_in_queue("R")), (2, 0));
    assert_eq!(commit(&mut rig, &peer, &id), Answer::Done);
    assert_eq!((rig.kept_in_queue("Q"), rig.kept_in_queue("R")), (1, 1));
    assert_eq!(in_doubt(&mut rig, &peer), []);
    assert_eq!(texts(&mut rig, &peer, "R"), ["new"]);
    assert!(rig.store_marks().is_empty());
}

#[test]
fn a_branch_is_prepared_and_rolled_back() {
    let mut rig = Rig::new();
    let (peer, id) = (rig.connect("a"), branch("1"));
    let consumer = work(&mut rig, &peer, &id);
    assert_eq!(prepare(&mut rig, &peer, &id), Ok(0));
    assert_eq!(roll_back(&mut rig, &peer, &id), Answer::Done);
    assert_eq!((rig.kept_in_queue("Q"), rig.kept_in_queue("R")), (2, 0));
    assert!(rig.store_marks().is_empty() && in_doubt(&mut rig, &peer).is_empty());
    // The consumer redelivers what it has by itself; when it is gone, another one gets it.
    rig.close(&consumer, RemoveInfo::DELIVERED_UNKNOWN);
    assert_eq!(texts(&mut rig, &peer, "Q"), ["old", "other"]);
    assert_eq!(texts(&mut rig, &peer, "R"), [""; 0]);
}

#[test]
fn a_vote_is_given_only_when_the_branch_is_durable() {
    let mut rig = Rig::new();
    let (peer, id) = (rig.connect("a"), branch("1"));
    work(&mut rig, &peer, &id);
    rig.frozen = true;
    let Err(Answer::Pending(number)) = prepare(&mut rig, &peer, &id) else { panic!("answered") };
    assert_eq!(in_doubt(&mut rig, &peer), []);
    assert!(commit(&mut rig, &peer, &id).text().ends_with("xaErrorCode:-7"));
    rig.thaw();
    assert_eq!(voted(&mut rig, &peer, number), Ok(0));
    let last = rig.batches.last().unwrap();
    assert!(last.sync);
}

#[test]
fn what_is_in_doubt_is_nobodys_until_it_is_decided() {
    let mut rig = Rig::new();
    let (peer, id) = (rig.connect("a"), branch("1"));
    work(&mut rig, &peer, &id);
    prepare(&mut rig, &peer, &id).unwrap();
    rig.cut(&peer);
    let other = rig.connect("b");
    assert_eq!(texts(&mut rig, &other, "Q"), ["other"]);
    assert_eq!(in_doubt(&mut rig, &other), slice::from_ref(&id));
    assert_eq!(roll_back(&mut rig, &other, &id), Answer::Done);
    assert_eq!(texts(&mut rig, &other, "Q"), ["old", "other"]);
}

#[test]
fn a_branch_outlives_a_crash_and_is_committed_by_another_connection() {
    let mut rig = Rig::new();
    let (peer, id) = (rig.connect("a"), branch("1"));
    work(&mut rig, &peer, &id);
    prepare(&mut rig, &peer, &id).unwrap();
    for _ in 0..2 {
        rig.crash(0);
        let peer = rig.connect("b");
        assert_eq!(in_doubt(&mut rig, &peer), slice::from_ref(&id));
        assert_eq!(texts(&mut rig, &peer, "Q"), ["other"]);
        assert_eq!(texts(&mut rig, &peer, "R"), [""; 0]);
    }
    let peer = rig.connect("c");
    assert_eq!(commit(&mut rig, &peer, &id), Answer::Done);
    assert_eq!(texts(&mut rig, &peer, "R"), ["new"]);
    assert_eq!(texts(&mut rig, &peer, "Q"), ["other"]);
    assert_eq!((rig.kept_in_queue("Q"), rig.kept_in_queue("R")), (1, 1));
    rig.restart();
    let peer = rig.connect("d");
    assert_eq!(in_doubt(&mut rig, &peer), []);
    assert_eq!(texts(&mut rig, &peer, "R"), ["new"]);
}

#[test]
fn a_branch_outlives_a_crash_and_is_rolled_back() {
    let mut rig = Rig::new();
    let (peer, id) = (rig.connect("a"), branch("1"));
    work(&mut rig, &peer, &id);
    prepare(&mut rig, &peer, &id).unwrap();
    rig.power_cut();
    let peer = rig.connect("b");
    let consumer = rig.consumer(&peer, queue("Q"));
    assert_eq!(rig.texts(&consumer), ["other"]);
    assert_eq!(roll_back(&mut rig, &peer, &id), Answer::Done);
    let back = rig.deliveries(&consumer);
    assert_eq!(back.iter().map(Delivery::text).collect::<Vec<_>>(), ["old"]);
    assert!(back[0].counter > 0, "somebody had it");
    rig.consume(&consumer, &back);
    assert_eq!((rig.kept_in_queue("Q"), rig.kept_in_queue("R")), (1, 0));
}

#[test]
fn a_branch_that_was_not_durable_is_rolled_back_by_a_crash() {
    let mut rig = Rig::new();
    let (peer, id) = (rig.connect("a"), branch("1"));
    work(&mut rig, &peer, &id);
    rig.frozen = true;
    assert!(prepare(&mut rig, &peer, &id).is_err());
    rig.crash(0);
    let peer = rig.connect("b");
    assert_eq!(in_doubt(&mut rig, &peer), []);
    assert_eq!(texts(&mut rig, &peer, "Q"), ["old", "other"]);
    assert!(commit(&mut rig, &peer, &id).text().ends_with("xaErrorCode:-4"));
}

#[test]
fn a_branch_without_work_votes_that_it_need_not_be_decided() {
    let mut rig = Rig::new();
    let (peer, id) = (rig.connect("a"), branch("1"));
    start(&mut rig, &peer, &id);
    assert_eq!(prepare(&mut rig, &peer, &id), Ok(3));
    assert_eq!(in_doubt(&mut rig, &peer), []);
    assert!(commit(&mut rig, &peer, &id).text().ends_with("xaErrorCode:-4"));
}

#[test]
fn a_branch_commits_in_one_phase_what_two_connections_did() {
    let mut rig = Rig::new();
    let id = branch("1");
    let [one, two] = both_send(&mut rig, &id);
    assert_eq!(say(&mut rig, &two, &id, TransactionInfo::COMMIT_ONE_PHASE), Answer::Done);
    assert_eq!(texts(&mut rig, &one, "R"), ["new", "new"]);
}

#[test]
fn a_branch_of_which_a_part_is_lost_cannot_be_prepared() {
    let mut rig = Rig::new();
    let id = branch("1");
    let [one, two] = both_send(&mut rig, &id);
    rig.cut(&one);
    let refused = prepare(&mut rig, &two, &id).unwrap_err();
    assert_eq!(refused.class(), XA);
    assert!(refused.text().ends_with("xaErrorCode:100"), "{refused:?}");
    assert_eq!(texts(&mut rig, &two, "R"), [""; 0]);
}

#[test]
fn whoever_reconnects_says_again_what_is_prepared_and_nothing_is_done_twice() {
    let mut rig = Rig::new();
    let (peer, id) = (rig.connect_failover("a"), branch("1"));
    work(&mut rig, &peer, &id);
    prepare(&mut rig, &peer, &id).unwrap();
    rig.cut(&peer);
    let peer = rig.reconnect(&peer);
    start(&mut rig, &peer, &id);
    let mut producer = rig.producer(&peer, queue("R"));
    rig.enlist(&mut producer, "new", &id);
    assert_eq!(prepare(&mut rig, &peer, &id), Ok(0));
    assert_eq!(commit(&mut rig, &peer, &id), Answer::Done);
    assert_eq!(texts(&mut rig, &peer, "R"), ["new"]);
}

#[test]
fn whoever_does_what_does_not_fit_is_told_the_code() {
    let mut rig = Rig::new();
    let (peer, id) = (rig.connect("a"), branch("1"));
    let ends = |answer: Answer, code: &str| {
        assert!(answer.class() == XA && answer.text().ends_with(code), "{answer:?} {code}");
    };
    for what in [
        TransactionInfo::COMMIT_TWO_PHASE,
        TransactionInfo::COMMIT_ONE_PHASE,
        TransactionInfo::ROLLBACK,
        TransactionInfo::FORGET,
        TransactionInfo::PREPARE,
    ] {
        ends(say(&mut rig, &peer, &id, what), "xaErrorCode:-4");
    }
    work(&mut rig, &peer, &id);
    ends(commit(&mut rig, &peer, &id), "xaErrorCode:-6");
    prepare(&mut rig, &peer, &id).unwrap();
    ends(say(&mut rig, &peer, &id, TransactionInfo::BEGIN), "xaErrorCode:-8");
    ends(say(&mut rig, &peer, &id, TransactionInfo::PREPARE), "xaErrorCode:-6");
    ends(say(&mut rig, &peer, &id, TransactionInfo::COMMIT_ONE_PHASE), "xaErrorCode:-6");
    assert_eq!(commit(&mut rig, &peer, &id), Answer::Done);
}

fn when_full(when_full: WhenFull) -> Rig {
    Rig::with(Settings { when_full, ..Settings::default() })
}

#[test]
fn a_branch_for_which_there_is_no_room_is_rolled_back() {
    for policy in [WhenFull::Wait, WhenFull::Refuse] {
        let mut rig = when_full(policy);
        let (peer, id) = (rig.connect("a"), branch("1"));
        let consumer = work(&mut rig, &peer, &id);
        let mut producer = rig.producer(&peer, queue("R"));
        rig.enlist(&mut producer, &format!("{:2000}", "long"), &id);
        rig.full = true;
        let Err(Answer::Refused(..)) = prepare(&mut rig, &peer, &id) else { panic!("voted") };
        rig.full = false;
        rig.advance(Duration::from_secs(10));
        assert_eq!(in_doubt(&mut rig, &peer), []);
        assert!(rig.store_marks().is_empty());
        rig.close(&consumer, RemoveInfo::DELIVERED_UNKNOWN);
        assert_eq!(texts(&mut rig, &peer, "Q"), ["old", "other"]);
        assert_eq!(texts(&mut rig, &peer, "R"), [""; 0]);
    }
}

#[test]
fn a_commit_waits_for_room_or_is_refused_and_the_branch_stays_in_doubt() {
    for policy in [WhenFull::Wait, WhenFull::Refuse] {
        let mut rig = when_full(policy);
        let (peer, id) = (rig.connect("a"), branch("1"));
        work(&mut rig, &peer, &id);
        prepare(&mut rig, &peer, &id).unwrap();
        rig.full = true;
        let answer = commit(&mut rig, &peer, &id);
        assert_eq!(rig.kept_in_queue("Q"), 2, "nothing of it has happened");
        match answer {
            Answer::Pending(number) => {
                assert_eq!(policy, WhenFull::Wait);
                rig.full = false;
                rig.advance(Duration::from_secs(10));
                assert_eq!(rig.answer_to(peer.link, number), Answer::Done);
            }
            _ => {
                assert_eq!(policy, WhenFull::Refuse);
                assert_eq!(in_doubt(&mut rig, &peer), slice::from_ref(&id), "{answer:?}");
                rig.full = false;
                rig.advance(Duration::from_secs(10));
                assert_eq!(commit(&mut rig, &peer, &id), Answer::Done);
            }
        }
        assert_eq!((rig.kept_in_queue("Q"), rig.kept_in_queue("R")), (1, 1));
    }
}

/// Its postponed commit goes with the connection, and the branch is decided by another one.
#[test]
fn a_commit_that_waits_for_room_and_loses_its_connection_leaves_the_branch_in_doubt() {
    let mut rig = when_full(WhenFull::Wait);
    let (peer, id) = (rig.connect("a"), branch("1"));
    work(&mut rig, &peer, &id);
    prepare(&mut rig, &peer, &id).unwrap();
    rig.full = true;
    commit(&mut rig, &peer, &id).command();
    rig.cut(&peer);
    rig.full = false;
    rig.advance(Duration::from_secs(10));
    let peer = rig.connect("b");
    assert_eq!(in_doubt(&mut rig, &peer), slice::from_ref(&id));
    assert_eq!(texts(&mut rig, &peer, "Q"), ["other"]);
    assert_eq!(roll_back(&mut rig, &peer, &id), Answer::Done);
    assert_eq!(texts(&mut rig, &peer, "Q"), ["old", "other"]);
    assert_eq!(texts(&mut rig, &peer, "R"), [""; 0]);
}

#[test]
fn a_durable_subscriptions_messages_are_taken_in_a_branch_too() {
    let mut rig = Rig::new();
    let (peer, id) = (rig.connect("a"), branch("1"));
    let named = |info: &mut relaismq_openwire::ConsumerInfo| {
        info.subscription_name = Some("news".into());
    };
    let consumer = rig.consumer_with(&peer, topic("T"), named);
    let mut producer = rig.producer(&peer, topic("T"));
    rig.send(&mut producer, "1");
    rig.send(&mut producer, "2");
    let given = rig.deliveries(&consumer);
    start(&mut rig, &peer, &id);
    assert_eq!(rig.ack_in(&consumer, MessageAck::STANDARD, &given[..1], &id), Answer::Done);
    prepare(&mut rig, &peer, &id).unwrap();
    rig.crash(0);
    let peer = rig.connect("a");
    let consumer = rig.consumer_with(&peer, topic("T"), named);
    assert_eq!(rig.texts(&consumer), ["2"]);
    assert_eq!(roll_back(&mut rig, &peer, &id), Answer::Done);
    assert_eq!(rig.texts(&consumer), ["1"]);
}

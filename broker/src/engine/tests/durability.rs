//! What is confirmed is stored; what is stored is not lost, and not doubled.

use relaismq_openwire::{Destination, MessageAck, TransactionInfo};

use super::rig::{Rig, ack, message, queued, transaction};
use crate::{
    engine::Settings,
    model::{Container, ContainerSummary, Recovered},
};

#[test]
fn a_persistent_message_is_neither_answered_nor_dispatched_before_it_is_stored() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let producer = rig.producer(&peer);
    rig.consumer(&peer, "q", 10);
    rig.prompt = false;
    let send = rig.start(peer.link, queued(&producer, 1));
    let mut fast = queued(&producer, 2);
    fast.persistent = false;
    rig.tell(peer.link, fast);
    assert_eq!((rig.answer(send), rig.numbers()), (None, vec![]), "and nothing overtakes it");
    rig.store_all();
    assert_eq!((rig.answer(send), rig.numbers()), (Some(Ok(())), vec![1, 2]));
}

#[test]
fn a_commit_is_one_batch_and_shows_nothing_before_it() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let producer = rig.producer(&peer);
    let consumer = rig.consumer(&peer, "q", 10);
    rig.request(peer.link, queued(&producer, 1)).unwrap();
    assert_eq!(rig.numbers(), [1]);
    let id = rig.begin(&peer, 1);
    let mut taken =
        ack(&consumer, MessageAck::STANDARD, &producer.message(1), &producer.message(1), 1);
    taken.transaction_id = Some(id.clone());
    rig.tell(peer.link, taken);
    for number in 2..=3 {
        let mut sent = queued(&producer, number);
        sent.transaction_id = Some(id.clone());
        rig.tell(peer.link, sent);
    }
    assert!(rig.numbers().is_empty());
    let before = rig.batches;
    rig.prompt = false;
    let commit = rig.start(peer.link, transaction(&id, TransactionInfo::COMMIT_ONE_PHASE));
    assert_eq!((rig.batches - before, rig.answer(commit)), (1, None));
    rig.store_all();
    assert_eq!((rig.answer(commit), rig.numbers()), (Some(Ok(())), vec![2, 3]));
    assert_eq!(rig.stored.len(), 2, "the acknowledged one is gone");
}

#[test]
fn a_repeated_message_is_answered_when_the_first_is_stored_and_kept_once() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let producer = rig.producer(&peer);
    rig.prompt = false;
    rig.start(peer.link, queued(&producer, 1));
    let again = rig.open();
    rig.login(again, "a", true).unwrap();
    assert_eq!(rig.closed, [peer.link], "the old socket is a leftover");
    let peer = super::rig::Peer { link: again, ..peer };
    rig.producer(&peer);
    let repeated = rig.start(again, queued(&producer, 1));
    assert_eq!(rig.answer(repeated), None);
    rig.store_all();
    assert_eq!((rig.answer(repeated), rig.stored.len()), (Some(Ok(())), 1));
}

#[test]
fn a_full_disk_refuses_and_the_next_message_may_fit() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let producer = rig.producer(&peer);
    rig.consumer(&peer, "q", 10);
    rig.prompt = false;
    let refused = rig.start(peer.link, queued(&producer, 1));
    rig.fail_all(true);
    assert_eq!(rig.answer(refused), Some(Err("ResourceAllocationException".to_owned())));
    rig.prompt = true;
    rig.request(peer.link, queued(&producer, 2)).unwrap();
    assert_eq!((rig.numbers(), rig.failed), (vec![2], false));
}

#[test]
fn after_a_final_error_nothing_is_confirmed() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let producer = rig.producer(&peer);
    rig.prompt = false;
    let send = rig.start(peer.link, queued(&producer, 1));
    rig.fail_all(false);
    assert_eq!((rig.answer(send), rig.failed), (None, true));
}

#[test]
fn a_queue_larger_than_memory_comes_out_in_order() {
    let settings = Settings { queue_memory_bytes: 5_000, ..Settings::default() };
    let mut rig = Rig::with(settings, Recovered { clean: true, ..Recovered::default() });
    let peer = rig.connect("a");
    let producer = rig.producer(&peer);
    for number in 1..=50 {
        let mut sent = queued(&producer, number);
        sent.persistent = number % 3 != 0;
        rig.tell(peer.link, sent);
    }
    let consumer = rig.consumer(&peer, "q", 1);
    for number in 1..=50 {
        assert_eq!(rig.numbers(), [number]);
        let id = producer.message(number);
        rig.tell(peer.link, ack(&consumer, MessageAck::STANDARD, &id, &id, 1));
    }
    rig.engine.flush();
    rig.pass(std::time::Duration::from_secs(1));
    assert!(rig.stored.is_empty());
}

#[test]
fn what_a_killed_broker_may_have_delivered_is_flagged() {
    for (clean, counter) in [(true, 0), (false, 1)] {
        let mut first = Rig::new();
        let peer = first.connect("a");
        let producer = first.producer(&peer);
        first.request(peer.link, queued(&producer, 1)).unwrap();
        let container = Container::Queue("q".to_owned());
        let containers = vec![ContainerSummary { container, count: 1 }];
        let recovered = Recovered { containers, last_sequence: 1, clean, ..Recovered::default() };
        let mut rig = Rig::with(Settings::default(), recovered);
        rig.stored = first.stored;
        let peer = rig.connect("b");
        rig.consumer(&peer, "q", 10);
        let counters: Vec<i32> = rig.dispatched().into_iter().map(|it| it.2).collect();
        assert_eq!(counters, [counter]);
    }
}

#[test]
fn composites_are_stored_once_for_each_part_and_patterns_are_refused() {
    let mut rig = Rig::new();
    let peer = rig.connect("a");
    let producer = rig.producer(&peer);
    rig.request(peer.link, message(&producer, 1, Destination::queue("x,y"))).unwrap();
    assert_eq!(rig.stored.len(), 2);
    let refused = rig.request(peer.link, message(&producer, 2, Destination::queue("x.>")));
    assert_eq!(refused, Err("InvalidDestinationException".to_owned()));
}

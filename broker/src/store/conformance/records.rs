//! Queues, subscriptions and producers: what is remembered of them, and forgotten.

use bytes::Bytes;

use super::{
    Opener,
    making::{
        add, add_to, all, backlog, counts, key, producer, queue, record, recovered, remove, synced,
    },
};
use crate::model::{Change, SubscriptionRecord};

/// Its messages do not come back, not even when the queue does.
pub(super) fn a_dropped_queue_is_gone(open: &mut Opener<'_>) {
    let mut store = recovered(open);
    let mut adds: Vec<Change> = (1..=3000).map(|n| add("q", n, "m")).collect();
    adds.push(add("other", 3001, "m"));
    store.commit(&[synced(adds)]).unwrap();
    store.commit(&[synced(vec![Change::DropQueue("q".into())])]).unwrap();
    assert_eq!(all(&mut store, &queue("q")), [0_u64; 0]);
    drop(store);
    let mut store = open();
    assert_eq!(counts(&store.recover().unwrap()), [(queue("other"), 1)]);
    store.commit(&[synced(vec![Change::PutQueue("q".into()), add("q", 3002, "m")])]).unwrap();
    assert_eq!(all(&mut store, &queue("q")), [3002]);
    drop(store);
    let mut store = open();
    let found = store.recover().unwrap();
    assert_eq!(counts(&found), [(queue("other"), 1), (queue("q"), 1)]);
    assert_eq!(all(&mut store, &queue("q")), [3002]);
    assert_eq!(all(&mut store, &queue("other")), [3001]);
}

/// At once, however deep it was, and while others beside it stay; a new one begins empty.
pub(super) fn a_deep_backlog_is_dropped_at_once(open: &mut Opener<'_>) {
    let mut store = recovered(open);
    store.commit(&[synced(vec![Change::PutSubscription(record("s", None))])]).unwrap();
    for first in (0..20_000).step_by(1000) {
        let both = |n| [add_to(backlog("s"), n, "a longer text"), add("q", n + 1, "m")];
        store.commit(&[synced((first..first + 1000).step_by(2).flat_map(both).collect())]).unwrap();
    }
    store.commit(&[synced(vec![remove("q", 1), Change::DropSubscription(key("s"))])]).unwrap();
    assert_eq!(all(&mut store, &backlog("s")), [0_u64; 0]);
    while store.tidy().unwrap() == Some(std::time::Duration::ZERO) {}
    for restarted in [false, true] {
        if restarted {
            drop(store);
            store = open();
            assert_eq!(counts(&store.recover().unwrap()), [(queue("q"), 9999)]);
        }
        assert_eq!(all(&mut store, &backlog("s")), [0_u64; 0]);
        assert_eq!(all(&mut store, &queue("q")).len(), 9999);
    }
    let again = vec![Change::PutSubscription(record("s", None)), add_to(backlog("s"), 30_000, "m")];
    store.commit(&[synced(again)]).unwrap();
    assert_eq!(all(&mut store, &backlog("s")), [30_000]);
}

/// The record and the messages.
pub(super) fn a_dropped_subscription_is_gone(open: &mut Opener<'_>) {
    let mut store = recovered(open);
    let put = Change::PutSubscription(record("s", Some("a > 1")));
    store.commit(&[synced(vec![put, add_to(backlog("s"), 1, "m")])]).unwrap();
    store.commit(&[synced(vec![Change::DropSubscription(key("s"))])]).unwrap();
    assert_eq!(all(&mut store, &backlog("s")), [0_u64; 0]);
    drop(store);
    let found = open().recover().unwrap();
    assert_eq!((found.subscriptions.len(), found.containers.len()), (0, 0));
}

/// All fields of the record come back, those of the last one put.
pub(super) fn a_replaced_subscription_keeps_its_backlog(open: &mut Opener<'_>) {
    let mut store = recovered(open);
    let first = Change::PutSubscription(record("s", None));
    store.commit(&[synced(vec![first, add_to(backlog("s"), 1, "m")])]).unwrap();
    let second = SubscriptionRecord { no_local: true, ..record("s", Some("price > 5")) };
    store.commit(&[synced(vec![Change::PutSubscription(second.clone())])]).unwrap();
    drop(store);
    let mut store = open();
    let found = store.recover().unwrap();
    assert_eq!(found.subscriptions, [second]);
    assert_eq!(counts(&found), [(backlog("s"), 1)]);
    assert_eq!(all(&mut store, &backlog("s")), [1]);
}

/// Declared ones; a queue that only ever had messages is forgotten with the last of them.
pub(super) fn empty_queues_are_remembered(open: &mut Opener<'_>) {
    let mut store = recovered(open);
    let declare = vec![Change::PutQueue("kept".into()), Change::PutQueue("kept".into())];
    store.commit(&[synced(declare)]).unwrap();
    store.commit(&[synced(vec![add("kept", 1, "m"), add("passing", 2, "m")])]).unwrap();
    store.commit(&[synced(vec![remove("kept", 1), remove("passing", 2)])]).unwrap();
    store.commit(&[synced(vec![Change::PutSubscription(record("s", None))])]).unwrap();
    drop(store);
    for _ in 0..2 {
        let found = open().recover().unwrap();
        assert_eq!(counts(&found), [(queue("kept"), 0), (backlog("s"), 0)]);
    }
}

/// Per producer; a lower one does not replace it; a dropped producer is forgotten.
pub(super) fn the_highest_producer_sequence_is_kept(open: &mut Opener<'_>) {
    let mut store = recovered(open);
    store.commit(&[synced(vec![producer("a", 5), producer("b", -1), producer("c", 1)])]).unwrap();
    store.commit(&[synced(vec![producer("a", 3), producer("b", i64::MAX)])]).unwrap();
    store.commit(&[synced(vec![Change::DropProducer("c".into())])]).unwrap();
    drop(store);
    let mut store = open();
    let mut producers = store.recover().unwrap().producers;
    producers.sort();
    assert_eq!(producers, [("a".to_owned(), 5), ("b".to_owned(), i64::MAX)]);
    store.commit(&[synced(vec![producer("a", 4)])]).unwrap();
    drop(store);
    assert!(open().recover().unwrap().producers.contains(&("a".to_owned(), 5)));
}

pub(super) fn marks_are_kept_by_name(open: &mut Opener<'_>) {
    let mark = |name: &str, bytes: &'static [u8]| Change::Mark {
        name: name.to_owned(),
        bytes: Bytes::from_static(bytes),
    };
    let mut store = recovered(open);
    store.commit(&[synced(vec![mark("a", b"1"), mark("b", b"2"), producer("p", 1)])]).unwrap();
    store
        .commit(&[synced(vec![mark("a", &[0, 255, 2]), mark("c", b"3"), mark("c", b"4")])])
        .unwrap();
    store
        .commit(&[synced(vec![mark("b", b""), mark("d", b"5"), mark("d", b""), mark("e", b"")])])
        .unwrap();
    drop(store);
    let mut store = open();
    let mut marks = store.recover().unwrap().marks;
    marks.sort();
    let expected: [(String, Bytes); 2] = [
        ("a".to_owned(), Bytes::from_static(&[0, 255, 2])),
        ("c".to_owned(), Bytes::from_static(b"4")),
    ];
    assert_eq!(marks, expected);
    store.close().unwrap();
    drop(store);
    let mut marks = open().recover().unwrap().marks;
    marks.sort();
    assert_eq!(marks, expected);
}

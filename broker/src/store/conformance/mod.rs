//! What every store must do, as cases that any backend can run.
//!
//! A case gets an [`Opener`]: each call opens a store on the same data; the case drops the earlier
//! one first. [`run_all`] runs every case, each with an opener on fresh data.
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "the cases are tests: a panic is how they report"
)]

use bytes::Bytes;

use super::Store;
use crate::model::{
    Batch, Change, Container, ContainerSummary, Recovered, SubscriptionKey, SubscriptionRecord,
};

/// Opens the store under test, again and again on the same data.
pub type Opener<'a> = dyn FnMut() -> Box<dyn Store> + 'a;

/// One case: a sentence and the function that checks it.
pub type Case = (&'static str, fn(&mut Opener<'_>));

/// Every case.
pub const CASES: &[Case] = &[
    ("a new store is empty", a_new_store_is_empty),
    ("messages come back in order", messages_come_back_in_order),
    ("pages respect their bounds", pages_respect_their_bounds),
    ("a batch survives as a whole", a_batch_survives_as_a_whole),
    ("a batch may add and remove the same message", add_and_remove_in_one_commit),
    ("removed messages stay away", removed_messages_stay_away),
    ("unknown removes are ignored", unknown_removes_are_ignored),
    ("a dropped queue is gone and may return empty", a_dropped_queue_is_gone),
    ("a dropped subscription is gone with its backlog", a_dropped_subscription_is_gone),
    ("a replaced subscription keeps its backlog", a_replaced_subscription_keeps_its_backlog),
    ("empty queues are remembered", empty_queues_are_remembered),
    ("the highest producer sequence is kept", the_highest_producer_sequence_is_kept),
    ("the last sequence never goes back", the_last_sequence_never_goes_back),
    ("only a closed store is clean, once", only_a_closed_store_is_clean_once),
    ("transient messages end with the process", transient_messages_end_with_the_process),
    ("transient and durable messages mix in order", transient_and_durable_mix_in_order),
    ("big messages are kept", big_messages_are_kept),
    ("many containers are kept apart", many_containers_are_kept_apart),
    ("similar names are kept apart", similar_names_are_kept_apart),
];

/// Runs every case; `fresh` gives an opener on data of its own.
pub fn run_all(mut fresh: impl FnMut() -> Box<Opener<'static>>) {
    for (name, case) in CASES {
        tracing::info!(name, "conformance");
        case(&mut *fresh());
    }
}

/// A store without data recovers to nothing and pages are empty.
pub fn a_new_store_is_empty(open: &mut Opener<'_>) {
    let mut store = open();
    assert_eq!(store.recover().unwrap(), Recovered::default());
    assert_eq!(all(&mut store, &queue("q")), []);
    store.commit(&[]).unwrap();
    store.commit(&[Batch::default()]).unwrap();
}

/// By sequence, whatever the order of arrival; before and after a restart.
pub fn messages_come_back_in_order(open: &mut Opener<'_>) {
    let mut store = recovered(open);
    for sequence in [5, 1, 9, 3, 300, 70_000, 1 << 40] {
        store.commit(&[synced(vec![add("q", sequence, "m")])]).unwrap();
    }
    let expected = [1, 3, 5, 9, 300, 70_000, 1 << 40];
    assert_eq!(all(&mut store, &queue("q")), expected);
    drop(store);
    let mut store = recovered(open);
    assert_eq!(all(&mut store, &queue("q")), expected);
    // Below everything that a store may have taken for its lowest.
    store.commit(&[synced(vec![remove("q", 1), remove("q", 3)])]).unwrap();
    store.commit(&[synced(vec![add("q", 2, "m")])]).unwrap();
    assert_eq!(all(&mut store, &queue("q")), [2, 5, 9, 300, 70_000, 1 << 40]);
}

/// `after` is exclusive, `max_count` exact, `max_bytes` kept except by a first big message.
pub fn pages_respect_their_bounds(open: &mut Opener<'_>) {
    let mut store = recovered(open);
    let adds = (1..=10).map(|n| add("q", n, &"x".repeat(100))).collect();
    store.commit(&[synced(adds)]).unwrap();
    let mut page = |after, count, bytes| {
        let page = store.page(&queue("q"), after, count, bytes).unwrap();
        page.iter().map(|m| m.sequence).collect::<Vec<_>>()
    };
    assert_eq!(page(0, 3, usize::MAX), [1, 2, 3]);
    assert_eq!(page(3, 3, usize::MAX), [4, 5, 6]);
    assert_eq!(page(9, 3, usize::MAX), [10]);
    assert_eq!(page(10, 3, usize::MAX), []);
    assert_eq!(page(u64::MAX, 3, usize::MAX), []);
    assert_eq!(page(0, 0, usize::MAX), []);
    assert_eq!(page(0, 10, 250), [1, 2]);
    assert_eq!(page(0, 10, 200), [1, 2]);
    assert_eq!(page(4, 10, 1), [5]);
    assert_eq!(page(4, 10, 0), [5]);
}

/// Several batches in one commit, over queues and records, are all there after a restart.
pub fn a_batch_survives_as_a_whole(open: &mut Opener<'_>) {
    let mut store = recovered(open);
    let first = synced(vec![add("a", 1, "one"), add("b", 2, "two"), producer("ID:p", 7)]);
    let second = synced(vec![remove("a", 1), add("b", 3, "three")]);
    store.commit(&[first, second]).unwrap();
    drop(store);
    let mut store = open();
    let found = store.recover().unwrap();
    assert_eq!(counts(&found), [(queue("b"), 2)]);
    assert_eq!(found.producers, [("ID:p".to_owned(), 7)]);
    let page = store.page(&queue("b"), 0, 10, 1000).unwrap();
    let bodies: Vec<&[u8]> = page.iter().map(|m| m.blob.as_ref()).collect();
    assert_eq!(bodies, [b"two".as_slice(), b"three"]);
}

/// Changes within one commit see each other, in order.
pub fn add_and_remove_in_one_commit(open: &mut Opener<'_>) {
    let mut store = recovered(open);
    let gone = synced(vec![add("q", 1, "m"), remove("q", 1)]);
    let back = synced(vec![add("q", 2, "m"), remove("q", 2), add("q", 2, "again")]);
    let dropped = synced(vec![add("r", 3, "m"), Change::DropQueue("r".into()), add("r", 4, "m")]);
    store.commit(&[gone, back, dropped]).unwrap();
    for restarted in [false, true] {
        if restarted {
            drop(store);
            store = open();
            let found = store.recover().unwrap();
            assert_eq!(counts(&found), [(queue("q"), 1), (queue("r"), 1)]);
        }
        assert_eq!(all(&mut store, &queue("q")), [2]);
        assert_eq!(all(&mut store, &queue("r")), [4]);
    }
}

/// Removed in any order, at once and after a restart.
pub fn removed_messages_stay_away(open: &mut Opener<'_>) {
    let mut store = recovered(open);
    store.commit(&[synced((1..=10).map(|n| add("q", n, "m")).collect())]).unwrap();
    for sequence in [1, 2, 7, 10, 3] {
        store.commit(&[synced(vec![remove("q", sequence)])]).unwrap();
    }
    assert_eq!(all(&mut store, &queue("q")), [4, 5, 6, 8, 9]);
    drop(store);
    let mut store = open();
    let found = store.recover().unwrap();
    assert_eq!(counts(&found), [(queue("q"), 5)]);
    assert_eq!(all(&mut store, &queue("q")), [4, 5, 6, 8, 9]);
}

/// Unknown queues, unknown sequences and a second removal change nothing, nor the counts.
pub fn unknown_removes_are_ignored(open: &mut Opener<'_>) {
    let mut store = recovered(open);
    store.commit(&[synced(vec![add("q", 5, "m"), add("q", 8, "m")])]).unwrap();
    for sequence in [0, 4, 6, 7, 9, 5, 5] {
        store.commit(&[synced(vec![remove("q", sequence), remove("other", sequence)])]).unwrap();
    }
    let drops = vec![
        Change::DropQueue("never".into()),
        Change::DropSubscription(key("never")),
        Change::DropProducer("never".into()),
    ];
    store.commit(&[synced(drops)]).unwrap();
    drop(store);
    let mut store = open();
    assert_eq!(counts(&store.recover().unwrap()), [(queue("q"), 1)]);
    assert_eq!(all(&mut store, &queue("q")), [8]);
}

/// Its messages do not come back, not even when the queue does.
pub fn a_dropped_queue_is_gone(open: &mut Opener<'_>) {
    let mut store = recovered(open);
    let mut adds: Vec<Change> = (1..=3000).map(|n| add("q", n, "m")).collect();
    adds.push(add("other", 3001, "m"));
    store.commit(&[synced(adds)]).unwrap();
    store.commit(&[synced(vec![Change::DropQueue("q".into())])]).unwrap();
    assert_eq!(all(&mut store, &queue("q")), []);
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

/// The record and the messages.
pub fn a_dropped_subscription_is_gone(open: &mut Opener<'_>) {
    let mut store = recovered(open);
    let put = Change::PutSubscription(record("s", Some("a > 1")));
    store.commit(&[synced(vec![put, add_to(backlog("s"), 1, "m")])]).unwrap();
    store.commit(&[synced(vec![Change::DropSubscription(key("s"))])]).unwrap();
    assert_eq!(all(&mut store, &backlog("s")), []);
    drop(store);
    let found = open().recover().unwrap();
    assert_eq!((found.subscriptions.len(), found.containers.len()), (0, 0));
}

/// All fields of the record come back, those of the last one put.
pub fn a_replaced_subscription_keeps_its_backlog(open: &mut Opener<'_>) {
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
pub fn empty_queues_are_remembered(open: &mut Opener<'_>) {
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
pub fn the_highest_producer_sequence_is_kept(open: &mut Opener<'_>) {
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

/// Not when queues empty, nor when they are dropped, nor over restarts.
pub fn the_last_sequence_never_goes_back(open: &mut Opener<'_>) {
    let mut store = recovered(open);
    store.commit(&[synced(vec![add("q", 41, "m"), add("q", 40, "m")])]).unwrap();
    store.commit(&[synced(vec![remove("q", 41), remove("q", 40)])]).unwrap();
    drop(store);
    let mut store = open();
    assert_eq!(store.recover().unwrap().last_sequence, 41);
    store.commit(&[synced(vec![add("q", 42, "m")])]).unwrap();
    store.commit(&[synced(vec![Change::DropQueue("q".into())])]).unwrap();
    store.close().unwrap();
    drop(store);
    for _ in 0..2 {
        assert_eq!(open().recover().unwrap().last_sequence, 42);
    }
}

/// The mark is used up by the next owner, even if that one only looks.
pub fn only_a_closed_store_is_clean_once(open: &mut Opener<'_>) {
    let mut store = recovered(open);
    store.commit(&[synced(vec![add("q", 1, "m")])]).unwrap();
    store.close().unwrap();
    drop(store);
    assert!(open().recover().unwrap().clean);
    let mut store = open();
    assert!(!store.recover().unwrap().clean);
    store.commit(&[synced(vec![add("q", 2, "m")])]).unwrap();
    drop(store);
    let mut store = open();
    let found = store.recover().unwrap();
    assert_eq!((found.clean, counts(&found)), (false, vec![(queue("q"), 2)]));
}

/// After a crash and after an orderly end alike; the durable ones beside them stay.
pub fn transient_messages_end_with_the_process(open: &mut Opener<'_>) {
    for (round, close) in [(0, true), (10, false)] {
        let mut store = recovered(open);
        store.commit(&[synced(vec![Change::PutQueue("q".into())])]).unwrap();
        let spilled = vec![transient("q", round + 1), transient("t", round + 2)];
        store.commit(&[Batch { changes: spilled, sync: false }]).unwrap();
        store.commit(&[synced(vec![add("q", round + 3, "m")])]).unwrap();
        assert_eq!(all(&mut store, &queue("q")), [round + 1, round + 3]);
        assert_eq!(all(&mut store, &queue("t")), [round + 2]);
        if close {
            store.close().unwrap();
        }
        drop(store);
        let mut store = open();
        assert_eq!(counts(&store.recover().unwrap()), [(queue("q"), 1)]);
        assert_eq!(all(&mut store, &queue("q")), [round + 3]);
        assert_eq!(all(&mut store, &queue("t")), []);
        store.commit(&[synced(vec![remove("q", round + 3)])]).unwrap();
    }
}

/// Within one queue, within one batch, with bounds and removals.
pub fn transient_and_durable_mix_in_order(open: &mut Opener<'_>) {
    let mut store = recovered(open);
    let mixed = (1..=8).map(|n| if n % 2 == 0 { transient("q", n) } else { add("q", n, "m") });
    store.commit(&[synced(mixed.collect())]).unwrap();
    assert_eq!(all(&mut store, &queue("q")), [1, 2, 3, 4, 5, 6, 7, 8]);
    let page = store.page(&queue("q"), 1, 3, usize::MAX).unwrap();
    assert_eq!(page.iter().map(|m| m.sequence).collect::<Vec<_>>(), [2, 3, 4]);
    store.commit(&[synced(vec![remove("q", 1), remove("q", 2), remove("q", 5)])]).unwrap();
    let passing = vec![transient("q", 9), remove("q", 9), transient("q", 10)];
    store.commit(&[Batch { changes: passing, sync: false }]).unwrap();
    assert_eq!(all(&mut store, &queue("q")), [3, 4, 6, 7, 8, 10]);
    drop(store);
    let mut store = open();
    assert_eq!(counts(&store.recover().unwrap()), [(queue("q"), 2)]);
    assert_eq!(all(&mut store, &queue("q")), [3, 7]);
}

/// Empty and up to 5 MiB, byte for byte.
pub fn big_messages_are_kept(open: &mut Opener<'_>) {
    let body = |n: u64, len: usize| -> Bytes {
        (0..len as u64).map(|i| (i.wrapping_mul(n + 31) >> 3).to_le_bytes()[0]).collect()
    };
    let sizes = [0, 1, 4095, 4096, 70_000, 5 << 20];
    let mut store = recovered(open);
    for (n, len) in (1..).zip(sizes) {
        let blob = body(n, len);
        let add = Change::Add { container: queue("q"), sequence: n, blob, transient: false };
        store.commit(&[synced(vec![add])]).unwrap();
    }
    drop(store);
    let mut store = recovered(open);
    let page = store.page(&queue("q"), 0, 100, usize::MAX).unwrap();
    assert_eq!(page.len(), sizes.len());
    for (message, len) in page.iter().zip(sizes) {
        assert!(message.blob == body(message.sequence, len), "message {}", message.sequence);
    }
}

/// A thousand queues, each with its own messages.
pub fn many_containers_are_kept_apart(open: &mut Opener<'_>) {
    let mut store = recovered(open);
    let adds = (0..2000).map(|n| add(&format!("q{:04}", n % 1000), n + 1, "m")).collect();
    store.commit(&[synced(adds)]).unwrap();
    drop(store);
    let mut store = open();
    let found = store.recover().unwrap();
    assert_eq!(found.containers.len(), 1000);
    assert!(found.containers.iter().all(|summary| summary.count == 2));
    assert_eq!(all(&mut store, &queue("q0000")), [1, 1001]);
    assert_eq!(all(&mut store, &queue("q0999")), [1000, 2000]);
}

/// A queue, and subscriptions whose two names join to the same text.
pub fn similar_names_are_kept_apart(open: &mut Opener<'_>) {
    let pair = |client_id: &str, name: &str| {
        Container::Subscription(SubscriptionKey { client_id: client_id.into(), name: name.into() })
    };
    let places = [
        queue("ab"),
        queue("AB"),
        pair("a", "b"),
        pair("ab", ""),
        pair("", "ab"),
        queue("é\0"),
        queue(""),
    ];
    let mut store = recovered(open);
    for (sequence, place) in (1..).zip(places.clone()) {
        store.commit(&[synced(vec![add_to(place, sequence, "m")])]).unwrap();
    }
    drop(store);
    let mut store = recovered(open);
    for (sequence, place) in (1..).zip(places) {
        assert_eq!(all(&mut store, &place), [sequence]);
    }
}

fn recovered(open: &mut Opener<'_>) -> Box<dyn Store> {
    let mut store = open();
    store.recover().unwrap();
    store
}

fn all(store: &mut Box<dyn Store>, container: &Container) -> Vec<u64> {
    let page = store.page(container, 0, usize::MAX, usize::MAX).unwrap();
    page.iter().map(|message| message.sequence).collect()
}

fn counts(recovered: &Recovered) -> Vec<(Container, u64)> {
    let summaries = recovered.containers.iter().cloned();
    let mut counts: Vec<_> =
        summaries.map(|ContainerSummary { container, count }| (container, count)).collect();
    counts.sort();
    counts
}

fn synced(changes: Vec<Change>) -> Batch {
    Batch { changes, sync: true }
}

fn queue(name: &str) -> Container {
    Container::Queue(name.into())
}

fn key(name: &str) -> SubscriptionKey {
    SubscriptionKey { client_id: "client".into(), name: name.into() }
}

fn backlog(name: &str) -> Container {
    Container::Subscription(key(name))
}

fn record(name: &str, selector: Option<&str>) -> SubscriptionRecord {
    let selector = selector.map(str::to_owned);
    SubscriptionRecord { key: key(name), topic: "prices.>".into(), selector, no_local: false }
}

fn add(name: &str, sequence: u64, body: &str) -> Change {
    add_to(queue(name), sequence, body)
}

fn add_to(container: Container, sequence: u64, body: &str) -> Change {
    let blob = Bytes::copy_from_slice(body.as_bytes());
    Change::Add { container, sequence, blob, transient: false }
}

fn transient(name: &str, sequence: u64) -> Change {
    let blob = Bytes::from_static(b"spilled");
    Change::Add { container: queue(name), sequence, blob, transient: true }
}

fn remove(name: &str, sequence: u64) -> Change {
    Change::Remove { container: queue(name), sequence }
}

fn producer(name: &str, sequence: i64) -> Change {
    Change::ProducerSequence { producer: name.into(), sequence }
}

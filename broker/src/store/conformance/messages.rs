//! Messages: their order, their pages, and batches of them that are whole.

use bytes::Bytes;

use super::{
    Opener,
    making::{
        add, add_to, all, counts, key, offer, offered, producer, queue, record, recovered, remove,
        synced, transient,
    },
};
use crate::model::{Change, Container, Envelope, SubscriptionKey, SubscriptionRecord};

/// By sequence, whatever the order of arrival; before and after a restart.
pub(super) fn messages_come_back_in_order(open: &mut Opener<'_>) {
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
pub(super) fn pages_respect_their_bounds(open: &mut Opener<'_>) {
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
    assert_eq!(page(10, 3, usize::MAX), [0_u64; 0]);
    assert_eq!(page(u64::MAX, 3, usize::MAX), [0_u64; 0]);
    assert_eq!(page(0, 0, usize::MAX), [0_u64; 0]);
    assert_eq!(page(0, 10, 250), [1, 2]);
    assert_eq!(page(0, 10, 200), [1, 2]);
    assert_eq!(page(4, 10, 1), [5]);
    assert_eq!(page(4, 10, 0), [5]);
}

/// Removed in any order, at once and after a restart.
pub(super) fn removed_messages_stay_away(open: &mut Opener<'_>) {
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
pub(super) fn unknown_removes_are_ignored(open: &mut Opener<'_>) {
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

/// Empty and up to 5 MiB, byte for byte.
pub(super) fn big_messages_are_kept(open: &mut Opener<'_>) {
    let body = |n: u64, len: usize| -> Bytes {
        (0..len as u64).map(|i| (i.wrapping_mul(n + 31) >> 3).to_le_bytes()[0]).collect()
    };
    let sizes = [0, 1, 4095, 4096, 70_000, 5 << 20];
    let mut store = recovered(open);
    for (n, len) in (1..).zip(sizes) {
        let blob = body(n, len);
        let (container, envelope) = (queue("q"), Envelope::default());
        let add = Change::Add { container, sequence: n, envelope, blob, transient: false };
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
pub(super) fn many_containers_are_kept_apart(open: &mut Opener<'_>) {
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
pub(super) fn similar_names_are_kept_apart(open: &mut Opener<'_>) {
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
    let holds_zero = store.limits().zero;
    let holds = |place: &&Container| holds_zero || **place != queue("é\0");
    let places: Vec<Container> = places.iter().filter(holds).cloned().collect();
    for (sequence, place) in (1..).zip(places.clone()) {
        if let Container::Subscription(key) = &place {
            let record = SubscriptionRecord { key: key.clone(), ..record("any", None) };
            store.commit(&[synced(vec![Change::PutSubscription(record)])]).unwrap();
        }
        store.commit(&[synced(vec![add_to(place, sequence, "m")])]).unwrap();
    }
    drop(store);
    let mut store = recovered(open);
    for (sequence, place) in (1..).zip(places) {
        assert_eq!(all(&mut store, &place), [sequence]);
    }
}

/// Several batches in one commit, over queues and records, are all there after a restart.
pub(super) fn a_batch_survives_as_a_whole(open: &mut Opener<'_>) {
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
pub(super) fn add_and_remove_in_one_commit(open: &mut Opener<'_>) {
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

/// Marks are on the messages that were there, whatever else is in the range, in any segment of the
/// store; a message that is added again is a new one. They outlive a restart.
pub(super) fn offered_messages_are_marked(open: &mut Opener<'_>) {
    let mut store = recovered(open);
    store.commit(&[synced(vec![offer("q", 1, 9), offer("other", 1, 9)])]).unwrap();
    let name = |n: u64| if n.is_multiple_of(2) { "q" } else { "r" };
    let adds = (1..=400).map(|n| add(name(n), n, &"x".repeat(200))).collect();
    store.commit(&[synced(adds), synced(vec![transient("q", 401)])]).unwrap();
    let marks = vec![offer("q", 3, 9), offer("q", 300, 310), offer("q", 400, u64::MAX)];
    store.commit(&[synced(marks)]).unwrap();
    store
        .commit(&[synced(vec![offer("q", 9, 3), remove("q", 4), add("q", 306, "again")])])
        .unwrap();
    let expected = [6, 8, 300, 302, 304, 308, 310, 400];
    assert_eq!(offered(&mut store, &queue("q")), expected);
    store.commit(&[synced(vec![offer("r", 0, u64::MAX)])]).unwrap();
    assert_eq!(offered(&mut store, &queue("r")).len(), 200);
    store.close().unwrap();
    drop(store);
    let mut store = recovered(open);
    assert_eq!(offered(&mut store, &queue("q")), expected);
    assert_eq!(offered(&mut store, &queue("r")).len(), 200);
}

/// Most of many messages are removed and the store has time to clean up: what is left, here and
/// there, comes back in order, unchanged and with its marks; so it does after a restart.
pub(super) fn what_outlives_its_neighbours_is_unchanged(open: &mut Opener<'_>) {
    let body = |n: u64| format!("{n:05}").repeat(100);
    let mut store = recovered(open);
    for first in (0..2000).step_by(100) {
        let adds = (first..first + 100).map(|n| add("q", n + 1, &body(n + 1))).collect();
        store.commit(&[synced(adds)]).unwrap();
    }
    store.commit(&[synced(vec![offer("q", 500, 1500)])]).unwrap();
    let survives = |n: &u64| n.is_multiple_of(67);
    for first in (0..2000).step_by(50) {
        let gone = (first + 1..=first + 50).filter(|n| !survives(n)).map(|n| remove("q", n));
        store.commit(&[synced(gone.collect())]).unwrap();
        while store.tidy().unwrap() == Some(std::time::Duration::ZERO) {}
    }
    let left: Vec<u64> = (1..=2000).filter(survives).collect();
    for restarted in [false, true] {
        if restarted {
            drop(store);
            store = open();
            assert_eq!(counts(&store.recover().unwrap()), [(queue("q"), left.len() as u64)]);
        }
        let mut found = Vec::new();
        while let Some(message) =
            store.page(&queue("q"), found.last().copied().unwrap_or(0), 7, 2000).unwrap().pop()
        {
            assert_eq!(message.blob, body(message.sequence));
            assert_eq!(message.offered, (500..=1500).contains(&message.sequence));
            found.push(message.sequence);
        }
        let every_last: Vec<u64> = found;
        assert!(every_last.iter().all(survives) && every_last.last() == left.last());
        assert_eq!(all(&mut store, &queue("q")), left);
    }
}

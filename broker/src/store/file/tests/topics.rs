//! A topic's messages are kept once.

use super::*;
use crate::model::{SubscriptionKey, SubscriptionRecord};

fn key(n: usize) -> SubscriptionKey {
    SubscriptionKey { client_id: "c".into(), name: n.to_string().into() }
}

fn backlog(n: usize) -> Container {
    Container::Subscription(key(n))
}

fn subscribe(n: usize) -> Change {
    let (topic, selector) = ("news".to_owned(), None);
    Change::PutSubscription(SubscriptionRecord { key: key(n), topic, selector, no_local: false })
}

fn publish(to: usize, sequence: u64, len: usize) -> Change {
    let (envelope, blob) = (Envelope::default(), Bytes::from(vec![7; len]));
    let subscriptions = (0..to).map(key).collect();
    Change::Publish { topic: "news".into(), subscriptions, sequence, envelope, blob }
}

fn of(store: &mut FileStore, n: usize) -> Vec<(u64, usize)> {
    let page = store.page(&backlog(n), 0, usize::MAX, usize::MAX).unwrap();
    page.iter().map(|message| (message.sequence, message.blob.len())).collect()
}

/// What the log has after each of 200 messages was given to so many subscribers, who acknowledge
/// three messages later, each when it likes.
fn logged_with(subscribers: usize) -> u64 {
    let dir = TempDir::new().unwrap();
    let mut store = recovered(dir.path());
    store.commit(&synced((0..subscribers).map(subscribe).collect())).unwrap();
    for sequence in 1..=200_u64 {
        let offer = |n| Change::Offer { container: backlog(n), first: sequence, last: sequence };
        let mut changes = vec![publish(subscribers, sequence, 1024)];
        changes.extend((0..subscribers).map(offer));
        store.commit(&synced(changes)).unwrap();
        let removed = |n| Change::Remove {
            container: backlog(n),
            sequence: sequence.saturating_sub(3 + n as u64 % 3),
        };
        store.commit(&synced((0..subscribers).map(removed).collect())).unwrap();
    }
    match &store.stage {
        Stage::Running(running) => running.log.end(),
        _ => unreachable!("it is running"),
    }
}

#[test]
fn a_hundred_subscriptions_write_at_most_twice_the_bytes_of_one() {
    let (one, hundred) = (logged_with(1), logged_with(100));
    assert!(hundred <= 2 * one, "{hundred} bytes beside {one}");
}

#[test]
fn a_store_of_format_1_keeps_the_copies_that_its_subscriptions_had() {
    let dir = TempDir::new().unwrap();
    let mut store = recovered(dir.path());
    let copy = |n, sequence| Change::Add {
        container: backlog(n),
        sequence,
        envelope: Envelope::default(),
        blob: Bytes::from(vec![3; 50]),
        transient: false,
    };
    let copies = vec![subscribe(0), subscribe(1), copy(0, 1), copy(1, 1), copy(0, 2)];
    store.commit(&synced(copies)).unwrap();
    store.close().unwrap();
    drop(store);
    as_format_1(&dir.path().join("messages/checkpoint"));
    let mut store = recovered(dir.path());
    assert_eq!(of(&mut store, 0), [(1, 50), (2, 50)]);
    store.commit(&synced(vec![publish(2, 3, 9)])).unwrap();
    let gone = Change::Remove { container: backlog(0), sequence: 1 };
    let seen = Change::Offer { container: backlog(0), first: 2, last: 3 };
    store.commit(&synced(vec![gone, seen])).unwrap();
    for _ in 0..2 {
        assert_eq!(of(&mut store, 0), [(2, 50), (3, 9)]);
        assert_eq!(of(&mut store, 1), [(1, 50), (3, 9)]);
        let page = store.page(&backlog(0), 0, 9, 999).unwrap();
        assert!(page.iter().all(|message| message.offered));
        drop(store);
        store = recovered(dir.path());
    }
}

/// The same checkpoint as an earlier release wrote it: without backlogs and marks, here none.
fn as_format_1(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let len = bytes.len() - 8;
    assert_eq!(bytes.split_off(len), [0; 8]);
    bytes[8] = 1;
    let body = &bytes[56..];
    let (body_len, body_hash) = (body.len() as u64, xxhash_rust::xxh3::xxh3_64_with_seed(body, 0));
    bytes[32..40].copy_from_slice(&body_len.to_le_bytes());
    bytes[40..48].copy_from_slice(&body_hash.to_le_bytes());
    let hash = xxhash_rust::xxh3::xxh3_64_with_seed(&bytes[..48], 0);
    bytes[48..56].copy_from_slice(&hash.to_le_bytes());
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn a_subscription_that_is_dropped_gives_back_what_only_it_had() {
    let dir = TempDir::new().unwrap();
    let mut store = recovered(dir.path());
    store.commit(&synced(vec![subscribe(0), subscribe(1)])).unwrap();
    let changes = (1..=300).map(|n| publish(if n % 2 == 0 { 1 } else { 2 }, n, 100)).collect();
    store.commit(&synced(changes)).unwrap();
    let living = |store: &FileStore| match &store.stage {
        Stage::Running(running) => {
            let topic = running.catalog.number(&Container::Topic("news".into()));
            topic.map_or(0, |topic| running.kept.holdings.count(topic))
        }
        _ => unreachable!("it is running"),
    };
    assert_eq!(living(&store), 300);
    store.commit(&synced(vec![Change::DropSubscription(key(0))])).unwrap();
    assert_eq!(living(&store), 150);
    assert_eq!(of(&mut store, 1).len(), 150);
    store.commit(&synced(vec![Change::DropSubscription(key(1))])).unwrap();
    assert_eq!(living(&store), 0);
}

//! From one owner of the data to the next.

use super::{
    Opener,
    making::{add, all, counts, offer, offered, queue, recovered, remove, synced, transient},
};
use crate::model::{Batch, Change, Container, Envelope, Recovered};

/// A store without data recovers to nothing and pages are empty.
pub(super) fn a_new_store_is_empty(open: &mut Opener<'_>) {
    let mut store = open();
    let found = store.recover().unwrap();
    assert_eq!(Recovered { offers_known: false, ..found }, Recovered::default());
    assert_eq!(all(&mut store, &queue("q")), [0_u64; 0]);
    store.commit(&[]).unwrap();
    store.commit(&[Batch::default()]).unwrap();
}

/// Not when queues empty, nor when they are dropped, nor over restarts.
pub(super) fn the_last_sequence_never_goes_back(open: &mut Opener<'_>) {
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

/// Then every mark is there. A store that cannot say so after an end that was not in order says that.
pub(super) fn a_store_knows_whether_its_marks_are_whole(open: &mut Opener<'_>) {
    let mut store = recovered(open);
    store.commit(&[synced((1..=9).map(|n| add("q", n, "m")).collect())]).unwrap();
    let unsynced = |change| Batch { changes: vec![change], sync: false };
    store.commit(&[unsynced(offer("q", 2, 4))]).unwrap();
    assert_eq!(offered(&mut store, &queue("q")), [2, 3, 4]);
    store.close().unwrap();
    drop(store);
    let mut store = open();
    assert!(store.recover().unwrap().offers_known);
    assert_eq!(offered(&mut store, &queue("q")), [2, 3, 4]);
    store.commit(&[unsynced(offer("q", 7, 7)), unsynced(remove("q", 1))]).unwrap();
    drop(store);
    let mut store = open();
    if store.recover().unwrap().offers_known {
        assert_eq!(offered(&mut store, &queue("q")), [2, 3, 4, 7]);
    }
}

/// After a crash and after an orderly end alike; the durable ones beside them stay.
pub(super) fn transient_messages_end_with_the_process(open: &mut Opener<'_>) {
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
        assert_eq!(all(&mut store, &queue("t")), [0_u64; 0]);
        store.commit(&[synced(vec![remove("q", round + 3)])]).unwrap();
    }
}

/// And with the process. The number may return then, for another one.
pub(super) fn a_subscribers_messages_end_with_it(open: &mut Opener<'_>) {
    let (one, two) = (Container::Subscriber(1), Container::Subscriber(2));
    let adds = |sequence: u64| {
        let add = |container: &Container, sequence| Change::Add {
            container: container.clone(),
            sequence,
            envelope: Envelope::default(),
            blob: vec![7; 100].into(),
            transient: true,
        };
        Batch { changes: vec![add(&one, sequence), add(&two, sequence + 1)], sync: false }
    };
    for sequence in [1, 11] {
        let mut store = recovered(open);
        store.commit(&[adds(sequence)]).unwrap();
        assert_eq!(all(&mut store, &one), [sequence]);
        let drop_one = Batch { changes: vec![Change::DropSubscriber(1)], sync: false };
        store.commit(&[drop_one]).unwrap();
        assert_eq!(all(&mut store, &one), [0_u64; 0]);
        assert_eq!(all(&mut store, &two), [sequence + 1]);
        drop(store);
        let mut store = open();
        assert!(store.recover().unwrap().containers.is_empty());
        assert_eq!(all(&mut store, &two), [0_u64; 0]);
    }
}

/// Within one queue, within one batch, with bounds and removals.
pub(super) fn transient_and_durable_mix_in_order(open: &mut Opener<'_>) {
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

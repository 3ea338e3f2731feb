//! What is published on topics: kept once, given to many.

use super::{
    Opener,
    making::{all, backlog, counts, key, publish, record, recovered, remove_for, synced},
};
use crate::{
    model::{Change, Container},
    store::Store,
};

/// Each subscription has what was published for it until it is removed there, and nothing else.
pub(super) fn a_published_message_is_in_each_backlog(open: &mut Opener<'_>) {
    let mut store = subscribed(open, &["a", "b", "c"]);
    let published = vec![publish(&["a", "b", "c"], 1, "one"), publish(&["b"], 4, "two")];
    store.commit(&[synced(published)]).unwrap();
    store.commit(&[synced(vec![remove_for("b", 1), publish(&["c", "a"], 9, "three")])]).unwrap();
    store
        .commit(&[synced(vec![remove_for("a", 9), remove_for("a", 4), remove_for("b", 9)])])
        .unwrap();
    for restarted in [false, true, true] {
        if restarted {
            store.close().unwrap();
            drop(store);
            store = open();
            let found = store.recover().unwrap();
            assert_eq!(counts(&found), [(backlog("a"), 1), (backlog("b"), 1), (backlog("c"), 2)]);
        }
        assert_eq!(bodies(&mut store, "a"), ["one"]);
        assert_eq!(bodies(&mut store, "b"), ["two"]);
        assert_eq!(bodies(&mut store, "c"), ["one", "three"]);
        let page = store.page(&backlog("c"), 1, 1, usize::MAX).unwrap();
        assert_eq!(page.iter().map(|it| it.sequence).collect::<Vec<_>>(), [9]);
    }
}

/// Removed by one after the other, in any order, also within one commit with the publication.
pub(super) fn the_last_removal_drops_a_published_message(open: &mut Opener<'_>) {
    let names = ["a", "b", "c"];
    let mut store = subscribed(open, &names);
    let published = (1..=300).map(|n| publish(&names, n, &"x".repeat(200))).collect();
    store.commit(&[synced(published)]).unwrap();
    for name in names {
        let gone = (1..=300).filter(|n| n % 50 != 0).map(|n| remove_for(name, n)).collect();
        store.commit(&[synced(gone)]).unwrap();
        while store.tidy().unwrap() == Some(std::time::Duration::ZERO) {}
        assert_eq!(all(&mut store, &backlog(name)), [50, 100, 150, 200, 250, 300]);
    }
    let at_once = vec![publish(&["a"], 301, "m"), remove_for("a", 301), remove_for("a", 300)];
    store.commit(&[synced(at_once)]).unwrap();
    drop(store);
    let mut store = open();
    let left = [(backlog("a"), 5), (backlog("b"), 6), (backlog("c"), 6)];
    assert_eq!(counts(&store.recover().unwrap()), left);
    assert_eq!(all(&mut store, &backlog("c")), [50, 100, 150, 200, 250, 300]);
}

/// The others keep what they have; one of the same name begins without it.
pub(super) fn a_dropped_subscription_leaves_the_others(open: &mut Opener<'_>) {
    let mut store = subscribed(open, &["a", "b"]);
    store.commit(&[synced(vec![publish(&["a", "b"], 1, "m"), publish(&["a"], 2, "n")])]).unwrap();
    let again = Change::PutSubscription(record("a", None));
    let drop_and_put = vec![Change::DropSubscription(key("a")), again, publish(&["a"], 3, "o")];
    store.commit(&[synced(drop_and_put)]).unwrap();
    for restarted in [false, true] {
        if restarted {
            drop(store);
            store = open();
            let left = [(backlog("a"), 1), (backlog("b"), 1)];
            assert_eq!(counts(&store.recover().unwrap()), left);
        }
        assert_eq!(all(&mut store, &backlog("a")), [3]);
        assert_eq!(all(&mut store, &backlog("b")), [1]);
    }
}

/// A mark says what one subscriber may have seen; the others have not.
pub(super) fn each_backlog_has_its_own_marks(open: &mut Opener<'_>) {
    let mut store = subscribed(open, &["a", "b"]);
    let published = (1..=9).map(|n| publish(&["a", "b"], n, "m")).collect();
    store.commit(&[synced(published)]).unwrap();
    let offer = |name, first, last| Change::Offer { container: backlog(name), first, last };
    store.commit(&[synced(vec![offer("a", 2, 4), offer("b", 9, 20)])]).unwrap();
    store.commit(&[synced(vec![remove_for("a", 3)])]).unwrap();
    store.close().unwrap();
    for restarted in [false, true] {
        if restarted {
            drop(store);
        }
        store = recovered(open);
        assert_eq!(super::making::offered(&mut store, &backlog("a")), [2, 4]);
        assert_eq!(super::making::offered(&mut store, &backlog("b")), [9]);
    }
}

/// Several topics in one backlog, in the order of their sequences.
pub(super) fn a_pattern_has_messages_of_several_topics(open: &mut Opener<'_>) {
    let mut store = subscribed(open, &["a", "b"]);
    let on = |topic: &str, names: &[&str], n| match publish(names, n, "m") {
        Change::Publish { subscriptions, sequence, envelope, blob, .. } => {
            Change::Publish { topic: topic.into(), subscriptions, sequence, envelope, blob }
        }
        other => other,
    };
    let published = (1..=10).map(|n| match n % 3 {
        0 => on("prices.x", &["a"], n),
        1 => on("prices.y", &["b", "a"], n),
        _ => on("prices.z", &["b"], n),
    });
    store.commit(&[synced(published.collect())]).unwrap();
    store.commit(&[synced(vec![remove_for("a", 4)])]).unwrap();
    for restarted in [false, true] {
        if restarted {
            drop(store);
            store = recovered(open);
        }
        assert_eq!(all(&mut store, &backlog("a")), [1, 3, 6, 7, 9, 10]);
        assert_eq!(all(&mut store, &backlog("b")), [1, 2, 4, 5, 7, 8, 10]);
        let page = store.page(&backlog("a"), 3, 2, usize::MAX).unwrap();
        assert_eq!(page.iter().map(|it| it.sequence).collect::<Vec<_>>(), [6, 7]);
    }
}

fn subscribed(open: &mut Opener<'_>, names: &[&str]) -> Box<dyn Store> {
    let mut store = recovered(open);
    let put = names.iter().map(|name| Change::PutSubscription(record(name, None))).collect();
    store.commit(&[synced(put)]).unwrap();
    store
}

fn bodies(store: &mut Box<dyn Store>, name: &str) -> Vec<String> {
    let container: Container = backlog(name);
    let page = store.page(&container, 0, usize::MAX, usize::MAX).unwrap();
    page.iter().map(|it| String::from_utf8_lossy(&it.blob).into_owned()).collect()
}

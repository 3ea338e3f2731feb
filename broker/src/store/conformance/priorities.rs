//! Queues in the order of priorities.

use super::{
    Opener, PRIORITIZED,
    making::{add, all, offer, offered, queue, recovered, remove, synced, transient},
};
use crate::model::sequence::{arrival, by_priority, end_of_band};

/// Of all priorities, as they arrive.
fn arriving() -> Vec<u64> {
    (1..=40)
        .map(|number: u64| by_priority(number, i8::try_from(number * 7 % 10).unwrap()))
        .collect()
}

/// At once, page by page, and after a restart; what is taken out stays away, and numbers of arrivals go on.
pub(super) fn a_prioritized_queue_is_in_order(open: &mut Opener<'_>) {
    let mut store = recovered(open);
    let adds = |of: &[u64]| of.iter().map(|it| add(PRIORITIZED, *it, "m")).collect();
    let mut expected = arriving();
    for some in expected.chunks(7) {
        store.commit(&[synced(adds(some))]).unwrap();
    }
    expected.sort_unstable();
    assert_eq!(all(&mut store, &queue(PRIORITIZED)), expected);
    let gone: Vec<u64> =
        expected.iter().copied().filter(|it| arrival(*it).is_multiple_of(3)).collect();
    expected.retain(|it| !gone.contains(it));
    store.commit(&[synced(gone.iter().map(|it| remove(PRIORITIZED, *it)).collect())]).unwrap();
    drop(store);
    let mut store = open();
    let found = store.recover().unwrap();
    assert_eq!(found.last_sequence, 40);
    let (mut paged, mut after) = (Vec::new(), 0);
    loop {
        let page = store.page(&queue(PRIORITIZED), after, 4, usize::MAX).unwrap();
        let Some(last) = page.last() else { break };
        after = last.sequence;
        paged.extend(page.iter().map(|message| message.sequence));
    }
    assert_eq!(paged, expected);
    let late = by_priority(41, 5);
    store.commit(&[synced(vec![add(PRIORITIZED, late, "m")])]).unwrap();
    let behind = store.page(&queue(PRIORITIZED), by_priority(40, 5), 1, usize::MAX).unwrap();
    assert_eq!(behind.first().map(|message| message.sequence), Some(late));
}

/// A mark of some neighbours says nothing of what came between them and has another priority.
pub(super) fn priorities_have_their_own_marks(open: &mut Opener<'_>) {
    let mut store = recovered(open);
    let adds = arriving().iter().map(|it| add(PRIORITIZED, *it, "m")).collect();
    store.commit(&[synced(adds)]).unwrap();
    let (first, last) = (by_priority(1, 7), by_priority(31, 7));
    store.commit(&[synced(vec![offer(PRIORITIZED, first, last)])]).unwrap();
    let marked = [1, 11, 21, 31].map(|number| by_priority(number, 7));
    assert_eq!(offered(&mut store, &queue(PRIORITIZED)), marked);
    drop(store);
    let mut store = recovered(open);
    assert_eq!(offered(&mut store, &queue(PRIORITIZED)), marked);
    store.commit(&[synced(vec![offer(PRIORITIZED, 0, u64::MAX)])]).unwrap();
    assert_eq!(offered(&mut store, &queue(PRIORITIZED)).len(), 40);
    assert!(marked.iter().all(|it| *it < end_of_band(first)));
}

/// Beside what does, and not after a restart.
pub(super) fn what_does_not_last_has_its_place(open: &mut Opener<'_>) {
    let mut store = recovered(open);
    let (light, mut lasting): (Vec<u64>, Vec<u64>) =
        arriving().into_iter().partition(|it| arrival(*it).is_multiple_of(4));
    let adds = lasting.iter().map(|it| add(PRIORITIZED, *it, "m"));
    let adds = adds.chain(light.iter().map(|it| transient(PRIORITIZED, *it)));
    store.commit(&[synced(adds.collect())]).unwrap();
    let mut both = arriving();
    both.sort_unstable();
    lasting.sort_unstable();
    assert_eq!(all(&mut store, &queue(PRIORITIZED)), both);
    drop(store);
    let mut store = recovered(open);
    assert_eq!(all(&mut store, &queue(PRIORITIZED)), lasting);
}

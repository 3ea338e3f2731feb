//! What a store should hold, and whether it does.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::workload::TICK;
use crate::model::{Batch, Change, Container, Recovered, SubscriptionRecord};
use crate::store::Store;
use crate::store::file::FileStore;
use crate::store::memory::State;

/// The contents of a store by the reference.
#[derive(Clone, Debug, Default)]
pub(super) struct Expected {
    state: State,
    /// Highest sequence of a durable message so far.
    last_sequence: u64,
}

/// The contents of a store as found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    counts: BTreeMap<Container, u64>,
    messages: BTreeMap<Container, Vec<(u64, bool, Bytes)>>,
    subscriptions: Vec<SubscriptionRecord>,
    producers: BTreeMap<String, i64>,
    marks: Vec<(String, Bytes)>,
    last_sequence: u64,
    pub(super) offers_known: bool,
}

impl Found {
    /// The last commit that is in it.
    pub(super) fn tick(&self) -> Option<i64> {
        self.producers.get(TICK).copied()
    }
}

impl Expected {
    pub(super) fn tick(&self) -> Option<i64> {
        let producers = self.state.clone().recover().producers;
        producers.into_iter().find(|(name, _)| name == TICK).map(|(_, sequence)| sequence)
    }

    pub(super) fn after(&self, batches: &[Batch]) -> Self {
        let mut next = self.clone();
        next.state.apply(batches);
        let changes = batches.iter().flat_map(|batch| &batch.changes);
        let durable = changes.filter_map(|change| match change {
            Change::Add { sequence, transient: false, .. } | Change::Publish { sequence, .. } => {
                Some(*sequence)
            }
            _ => None,
        });
        next.last_sequence = durable.chain([next.last_sequence]).max().unwrap_or(0);
        next
    }

    /// Transient messages are gone.
    pub(super) fn after_restart(&self) -> Self {
        let mut next = self.clone();
        next.state.recover();
        next
    }

    /// Whether this is what a new owner has found.
    pub(super) fn check(&self, found: &Found) -> Result<(), String> {
        let mut state = self.state.clone();
        let recovered = state.recover();
        let expected = Found {
            counts: recovered.containers.into_iter().map(|it| (it.container, it.count)).collect(),
            messages: messages(&found.messages, |container| {
                state.page(container, 0, usize::MAX, usize::MAX)
            }),
            subscriptions: recovered.subscriptions,
            producers: recovered.producers.into_iter().collect(),
            marks: recovered.marks,
            last_sequence: self.last_sequence,
            offers_known: found.offers_known,
        };
        compare(found, &expected)
    }

    /// Whether this is what its owner sees.
    pub(super) fn check_running(&self, found: &Found) -> Result<(), String> {
        let all = messages(&found.messages, |container| {
            self.state.page(container, 0, usize::MAX, usize::MAX)
        });
        compare(&Found { messages: all, ..Found::default() }, found)
    }
}

fn messages(
    like: &BTreeMap<Container, Vec<(u64, bool, Bytes)>>,
    mut page: impl FnMut(&Container) -> Vec<crate::model::StoredMessage>,
) -> BTreeMap<Container, Vec<(u64, bool, Bytes)>> {
    let all = like.keys().map(|container| {
        let messages = page(container).into_iter();
        (container.clone(), messages.map(|m| (m.sequence, m.offered, m.blob)).collect())
    });
    all.collect()
}

fn compare(found: &Found, expected: &Found) -> Result<(), String> {
    if found == expected {
        return Ok(());
    }
    for (container, expected) in &expected.messages {
        let short = |list: &[(u64, bool, Bytes)]| -> Vec<(u64, bool, usize)> {
            list.iter().map(|(sequence, offered, blob)| (*sequence, *offered, blob.len())).collect()
        };
        let found = found.messages.get(container).map(Vec::as_slice).unwrap_or_default();
        if found != expected {
            let (found, expected) = (short(found), short(expected));
            return Err(format!("{container:?} has\n{found:?}, not\n{expected:?}"));
        }
    }
    let rest = |of: &Found| {
        format!(
            "{:?} {:?} {:?} {:?} {}",
            of.counts, of.subscriptions, of.producers, of.marks, of.last_sequence
        )
    };
    Err(format!("found {}, not {}", rest(found), rest(expected)))
}

/// Reads everything.
pub(super) fn observe(
    store: &mut FileStore,
    recovered: Option<Recovered>,
) -> Result<Found, String> {
    let mut found = Found::default();
    let names = (0..4).map(|n: usize| Container::Queue(n.to_string().into()));
    for container in names.chain((4..6).map(super::workload::backlog)) {
        let (mut all, mut after) = (Vec::new(), 0);
        loop {
            let page = store.page(&container, after, 17, 5000).map_err(|e| e.to_string())?;
            let Some(last) = page.last() else { break };
            after = last.sequence;
            all.extend(page.into_iter().map(|m| (m.sequence, m.offered, m.blob)));
        }
        found.messages.insert(container, all);
    }
    if let Some(recovered) = recovered {
        let counts = recovered.containers.into_iter().map(|it| (it.container, it.count));
        found.counts = counts.collect();
        found.subscriptions = recovered.subscriptions;
        found.subscriptions.sort_by(|a, b| a.key.cmp(&b.key));
        found.producers = recovered.producers.into_iter().collect();
        found.marks = recovered.marks;
        found.last_sequence = recovered.last_sequence;
        found.offers_known = recovered.offers_known;
    }
    Ok(found)
}

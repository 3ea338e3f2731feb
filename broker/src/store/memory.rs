//! Keeps messages in memory only: the store of a non-persistent broker, and the reference that
//! says what every other store must do.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use bytes::Bytes;

use super::{Store, StoreError};
use crate::model::{
    Batch, Change, Container, ContainerSummary, Recovered, StoreLimits, StoredMessage,
    SubscriptionKey, SubscriptionRecord, sequence,
};

/// A store that ends with the process. Never full, never fails.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: State,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Store for MemoryStore {
    fn recover(&mut self) -> Result<Recovered, StoreError> {
        Ok(self.state.recover())
    }

    fn commit(&mut self, batches: &[Batch]) -> Result<(), StoreError> {
        self.state.apply(batches);
        Ok(())
    }

    fn page(
        &mut self,
        container: &Container,
        after: u64,
        max_count: usize,
        max_bytes: usize,
    ) -> Result<Vec<StoredMessage>, StoreError> {
        Ok(self.state.page(container, after, max_count, max_bytes))
    }

    fn close(&mut self) -> Result<(), StoreError> {
        self.state.offers_known = true;
        Ok(())
    }
}

/// The contents of a store as plain maps.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    queues: BTreeSet<String>,
    subscriptions: BTreeMap<SubscriptionKey, SubscriptionRecord>,
    messages: BTreeMap<Container, BTreeMap<u64, Kept>>,
    producers: BTreeMap<String, i64>,
    marks: BTreeMap<String, Bytes>,
    last_sequence: u64,
    pub(super) offers_known: bool,
}

#[derive(Clone, Debug)]
struct Kept {
    blob: Bytes,
    transient: bool,
    offered: bool,
}

impl State {
    pub(super) fn recover(&mut self) -> Recovered {
        for backlog in self.messages.values_mut() {
            backlog.retain(|_, kept| !kept.transient);
        }
        Recovered {
            containers: self.summaries(),
            subscriptions: self.subscriptions.values().cloned().collect(),
            producers: self.producers.clone().into_iter().collect(),
            marks: self.marks.clone().into_iter().collect(),
            last_sequence: self.last_sequence,
            offers_known: std::mem::take(&mut self.offers_known),
            limits: StoreLimits::default(),
        }
    }

    fn summaries(&self) -> Vec<ContainerSummary> {
        let mut counts: BTreeMap<Container, u64> = BTreeMap::new();
        for queue in &self.queues {
            counts.insert(Container::Queue(queue.as_str().into()), 0);
        }
        for key in self.subscriptions.keys() {
            counts.insert(Container::Subscription(key.clone()), 0);
        }
        for (container, backlog) in &self.messages {
            if !backlog.is_empty() {
                counts.insert(container.clone(), backlog.len() as u64);
            }
        }
        let summary = |(container, count)| {
            let last = self.messages.get(&container).and_then(|it| it.last_key_value());
            let prioritized = last.is_some_and(|(last, _)| sequence::band(*last) > 0);
            ContainerSummary { container, count, prioritized }
        };
        counts.into_iter().map(summary).collect()
    }

    pub(super) fn apply(&mut self, batches: &[Batch]) {
        for change in batches.iter().flat_map(|batch| &batch.changes) {
            self.apply_one(change.clone());
        }
    }

    fn apply_one(&mut self, change: Change) {
        match change {
            Change::Add { container, sequence, blob, transient, .. } => {
                self.add(container, sequence, Kept { blob, transient, offered: false });
            }
            Change::Publish { subscriptions, sequence, blob, .. } => {
                for key in subscriptions {
                    let kept = Kept { blob: blob.clone(), transient: false, offered: false };
                    self.add(Container::Subscription(key), sequence, kept);
                }
            }
            Change::Offer { container, first, last } => {
                if let Some(backlog) = self.messages.get_mut(&container)
                    && first <= last
                {
                    let durable = backlog.range_mut(first..=last).map(|(_, kept)| kept);
                    durable.for_each(|kept| kept.offered = !kept.transient);
                }
            }
            Change::Remove { container, sequence } => {
                if let Some(backlog) = self.messages.get_mut(&container) {
                    backlog.remove(&sequence);
                }
            }
            Change::PutSubscription(record) => {
                self.subscriptions.insert(record.key.clone(), record);
            }
            Change::DropSubscription(key) => {
                self.subscriptions.remove(&key);
                self.messages.remove(&Container::Subscription(key));
            }
            Change::PutQueue(name) => {
                self.queues.insert(name);
            }
            Change::DropQueue(name) => {
                self.queues.remove(&name);
                self.messages.remove(&Container::Queue(name.into()));
            }
            Change::DropSubscriber(number) => {
                self.messages.remove(&Container::Subscriber(number));
            }
            Change::ProducerSequence { producer, sequence } => {
                let highest = self.producers.entry(producer).or_insert(sequence);
                *highest = sequence.max(*highest);
            }
            Change::DropProducer(producer) => {
                self.producers.remove(&producer);
            }
            Change::Mark { name, bytes } if bytes.is_empty() => {
                self.marks.remove(&name);
            }
            Change::Mark { name, bytes } => {
                self.marks.insert(name, bytes);
            }
        }
    }

    fn add(&mut self, container: Container, sequence: u64, kept: Kept) {
        self.last_sequence = self.last_sequence.max(sequence::arrival(sequence));
        self.messages.entry(container).or_default().insert(sequence, kept);
    }

    pub(super) fn page(
        &self,
        container: &Container,
        after: u64,
        max_count: usize,
        max_bytes: usize,
    ) -> Vec<StoredMessage> {
        let mut page = Page::new(max_count, max_bytes);
        let later = (Bound::Excluded(after), Bound::Unbounded);
        for (&sequence, kept) in
            self.messages.get(container).into_iter().flat_map(|b| b.range(later))
        {
            let message =
                || StoredMessage { sequence, blob: kept.blob.clone(), offered: kept.offered };
            if !page.offer(kept.blob.len(), message) {
                break;
            }
        }
        page.messages
    }
}

/// A page of messages that stays within its bounds.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) messages: Vec<StoredMessage>,
    max_count: usize,
    bytes_left: usize,
}

impl Page {
    pub(super) fn new(max_count: usize, max_bytes: usize) -> Self {
        Self { messages: Vec::new(), max_count, bytes_left: max_bytes }
    }

    /// Takes the message if it fits (the first always does) and says whether it did.
    pub(super) fn offer(&mut self, len: usize, message: impl FnOnce() -> StoredMessage) -> bool {
        let fits = len <= self.bytes_left || self.messages.is_empty();
        if self.messages.len() >= self.max_count || !fits {
            return false;
        }
        self.bytes_left = self.bytes_left.saturating_sub(len);
        self.messages.push(message());
        true
    }
}

#[cfg(test)]
mod tests {
    use crate::store::conformance;
    use crate::store::faulty::Disk;

    #[test]
    fn the_reference_does_what_every_store_must() {
        conformance::run_all(|| {
            let disk = Disk::new();
            Box::new(move || Box::new(disk.open()))
        });
    }
}

//! Queues, subscriptions, producers and marks, and the numbers that stand for containers.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;

use super::format::change::Subscription;
use super::format::checkpoint::{Checkpoint, KnownContainer};
use crate::model::{Container, SubscriptionRecord};

/// Everything that is remembered but messages.
#[derive(Debug, Default)]
pub(super) struct Catalog {
    numbers: HashMap<Container, u32>,
    known: BTreeMap<u32, Known>,
    /// Numbers are never used again.
    pub(super) next_container: u32,
    producers: BTreeMap<String, i64>,
    marks: BTreeMap<String, Bytes>,
    /// Never goes back.
    pub(super) last_sequence: u64,
}

#[derive(Debug)]
struct Known {
    container: Container,
    declared: bool,
    subscription: Option<Subscription>,
}

impl Catalog {
    pub(super) fn from_checkpoint(checkpoint: &Checkpoint) -> Self {
        let mut catalog = Self {
            next_container: checkpoint.next_container,
            last_sequence: checkpoint.last_sequence,
            producers: checkpoint.producers.iter().cloned().collect(),
            marks: checkpoint.marks.iter().cloned().collect(),
            ..Self::default()
        };
        for known in checkpoint.containers.iter().cloned() {
            catalog.numbers.insert(known.container.clone(), known.number);
            let KnownContainer { number, container, declared, subscription } = known;
            catalog.known.insert(number, Known { container, declared, subscription });
        }
        catalog
    }

    /// The number of a container that is known.
    pub(super) fn number(&self, container: &Container) -> Option<u32> {
        self.numbers.get(container).copied()
    }

    pub(super) fn is_declared(&self, number: u32) -> bool {
        self.known.get(&number).is_some_and(|known| known.declared)
    }

    pub(super) fn producer(&self, name: &str) -> Option<i64> {
        self.producers.get(name).copied()
    }

    pub(super) fn name(&mut self, number: u32, container: Container) {
        self.next_container = self.next_container.max(number.saturating_add(1));
        // One with another number held nothing and was forgotten.
        if let Some(older) = self.numbers.insert(container.clone(), number) {
            self.known.remove(&older);
        }
        let known = Known { container, declared: false, subscription: None };
        self.known.insert(number, known);
    }

    pub(super) fn declare(&mut self, number: u32) {
        if let Some(known) = self.known.get_mut(&number) {
            known.declared = true;
        }
    }

    pub(super) fn subscribe(&mut self, number: u32, to: Subscription) {
        if let Some(known) = self.known.get_mut(&number) {
            known.subscription = Some(to);
        }
    }

    pub(super) fn drop(&mut self, number: u32) {
        if let Some(known) = self.known.remove(&number) {
            self.numbers.remove(&known.container);
        }
    }

    /// The highest sequence counts.
    pub(super) fn produced(&mut self, producer: &str, sequence: i64) {
        match self.producers.get_mut(producer) {
            Some(highest) => *highest = sequence.max(*highest),
            None => {
                self.producers.insert(producer.to_owned(), sequence);
            }
        }
    }

    pub(super) fn forget(&mut self, producer: &str) {
        self.producers.remove(producer);
    }

    /// In place of what had this name before; nothing forgets that.
    pub(super) fn mark(&mut self, name: &str, bytes: &[u8]) {
        if bytes.is_empty() {
            self.marks.remove(name);
            return;
        }
        self.marks.insert(name.to_owned(), Bytes::copy_from_slice(bytes));
    }

    /// Forgets containers that hold nothing and need not be remembered.
    pub(super) fn prune(&mut self, holds: impl Fn(u32) -> bool) {
        let numbers = &mut self.numbers;
        self.known.retain(|&number, known| {
            let kept = known.is_remembered() || holds(number);
            if !kept {
                numbers.remove(&known.container);
            }
            kept
        });
    }

    /// Every container with its number, and whether it is remembered even when it is empty.
    pub(super) fn containers(&self) -> impl Iterator<Item = (u32, &Container, bool)> {
        let known = self.known.iter();
        known.map(|(&number, known)| (number, &known.container, known.is_remembered()))
    }

    pub(super) fn subscriptions(&self) -> Vec<SubscriptionRecord> {
        let record = |known: &Known| match (&known.container, &known.subscription) {
            (Container::Subscription(key), Some(to)) => Some(to.record(key.clone())),
            _ => None,
        };
        self.known.values().filter_map(record).collect()
    }

    pub(super) fn producers(&self) -> Vec<(String, i64)> {
        self.producers.iter().map(|(name, &sequence)| (name.clone(), sequence)).collect()
    }

    pub(super) fn marks(&self) -> Vec<(String, Bytes)> {
        self.marks.iter().map(|(name, bytes)| (name.clone(), bytes.clone())).collect()
    }

    /// For a checkpoint.
    pub(super) fn known(&self) -> Vec<KnownContainer> {
        let known = self.known.iter().map(|(&number, known)| KnownContainer {
            number,
            container: known.container.clone(),
            declared: known.declared,
            subscription: known.subscription.clone(),
        });
        known.collect()
    }
}

impl Known {
    const fn is_remembered(&self) -> bool {
        self.declared || self.subscription.is_some()
    }
}

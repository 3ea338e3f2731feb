//! What has to be written of the marks of subscriptions: the difference to what is in the database.

use std::collections::{BTreeMap, BTreeSet};

use relaismq_openwire::Text;

use crate::model::SubscriptionKey;

/// Since the last commit.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress {
    /// Marks that are new.
    pub(super) begun: BTreeSet<(Text, u32)>,
    /// Marks that moved, and are not new.
    pub(super) moved: BTreeSet<(Text, u32)>,
    /// Messages that nobody has left any more.
    pub(super) dead: Vec<u64>,
    /// Subscriptions that are gone, with all their marks and exceptions.
    pub(super) dropped: BTreeMap<u32, SubscriptionKey>,
    /// True: to be added; false: to be removed.
    exceptions: BTreeMap<(u32, u64), bool>,
}

impl Progress {
    pub(super) fn begin(&mut self, topic: &Text, number: u32) {
        self.begun.insert((topic.clone(), number));
    }

    pub(super) fn moved(&mut self, topic: &Text, number: u32) {
        let mark = (topic.clone(), number);
        if !self.begun.contains(&mark) {
            self.moved.insert(mark);
        }
    }

    /// What is added and removed again was never there.
    pub(super) fn except(&mut self, number: u32, id: u64, there: bool) {
        let opposite = self.exceptions.get(&(number, id)) == Some(&!there);
        if opposite {
            self.exceptions.remove(&(number, id));
        } else {
            self.exceptions.insert((number, id), there);
        }
    }

    pub(super) fn drop(&mut self, number: u32, key: &SubscriptionKey) {
        self.begun.retain(|(_, it)| *it != number);
        self.moved.retain(|(_, it)| *it != number);
        self.exceptions.retain(|(it, _), _| *it != number);
        self.dropped.insert(number, key.clone());
    }

    pub(super) fn is_empty(&self) -> bool {
        self.begun.is_empty()
            && self.moved.is_empty()
            && self.dead.is_empty()
            && self.dropped.is_empty()
            && self.exceptions.is_empty()
    }

    /// Subscription, message, and whether it is to be added or removed.
    pub(super) fn exceptions(&self) -> Vec<(u32, u64, bool)> {
        self.exceptions.iter().map(|(&(number, id), &there)| (number, id, there)).collect()
    }
}

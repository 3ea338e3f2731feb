//! What a group of batches comes to: the difference that it makes to the tables. What is added and
//! removed within the group never reaches them.
//!
//! ```text
//! changes     one change after the other
//! producers   whose progress has to be written, and whose is told by a message anyway
//! ```

mod changes;
mod producers;

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use self::producers::Touched;
use super::progress::Progress;
use super::state::State;
use crate::model::{Batch, Change, Envelope};

/// To be done as one transaction, in the order of the fields.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Containers that lose all their messages.
    pub(super) emptied: BTreeSet<String>,
    /// Messages that go, by container.
    pub(super) removed: BTreeMap<String, Vec<u64>>,
    /// Messages that come.
    pub(super) added: BTreeMap<u64, Added>,
    /// Queues that are to be remembered, or to be forgotten.
    pub(super) queues: BTreeMap<String, bool>,
    /// Subscriptions whose records are new or other than before.
    pub(super) put: BTreeSet<u32>,
    /// Marks of subscriptions in topics.
    pub(super) progress: Progress,
    /// How far producers are; none for those to be forgotten.
    pub(super) producers: BTreeMap<String, Option<i64>>,
    /// Containers whose marks of what was given out are other than before.
    pub(super) marked: BTreeSet<String>,
    /// What is to be remembered under a name.
    pub(super) named: BTreeMap<String, Bytes>,
    /// What need not last.
    pub(super) spilled: Vec<Change>,
    /// Highest id before.
    before: u64,
}

/// A message to be written.
#[derive(Clone, Debug)]
pub(super) struct Added {
    pub(super) container: String,
    pub(super) producer: Option<String>,
    pub(super) envelope: Envelope,
    /// As ActiveMQ fills the column: 0 where the queue is not prioritized.
    pub(super) priority: i64,
    pub(super) blob: Bytes,
}

impl Plan {
    /// What these batches come to; the state is as it will be once they are done.
    pub(super) fn of(batches: &[Batch], state: &mut State) -> Self {
        let mut plan = Self { before: state.last_sequence, ..Self::default() };
        let mut touched = Touched::default();
        for change in batches.iter().flat_map(|batch| &batch.changes) {
            plan.apply(change, state, &mut touched);
        }
        plan.save_producers(touched, state);
        plan
    }

    /// What follows from what was found at the start.
    pub(super) fn of_reconciled(put: BTreeSet<u32>, progress: Progress) -> Self {
        Self { put, progress, ..Self::default() }
    }

    /// The tables stay as they are.
    pub(super) fn is_empty(&self) -> bool {
        self.added.is_empty()
            && !self.removes()
            && self.queues.is_empty()
            && self.put.is_empty()
            && self.progress.is_empty()
            && self.producers.is_empty()
            && self.marked.is_empty()
            && self.named.is_empty()
    }

    /// What comes again and again, and nothing that would have to be done before something else.
    pub(super) fn is_simple(&self) -> bool {
        let replaces = self.removed.values().flatten().any(|id| self.added.contains_key(id))
            || self.progress.dead.iter().any(|id| self.added.contains_key(id));
        !replaces
            && self.emptied.is_empty()
            && self.queues.is_empty()
            && self.put.is_empty()
            && self.named.is_empty()
            && self.progress.begun.is_empty()
            && self.progress.dropped.is_empty()
            && self.producers.values().all(Option::is_some)
    }

    /// Messages go that were there.
    fn removes(&self) -> bool {
        !self.emptied.is_empty() || !self.removed.is_empty() || !self.progress.dead.is_empty()
    }
}

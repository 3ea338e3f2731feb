//! What an input changes in the store, gathered, and handed over as one batch.

use std::time::Duration;

use super::{Engine, outcome::Then};
use crate::model::{Batch, Change};

/// What is about to be handed to the store.
#[derive(Debug, Default)]
pub(crate) struct Lazy {
    changes: Vec<Change>,
    then: Vec<Then>,
    /// When, at the latest.
    pub(crate) until: Option<Duration>,
}

/// How long an acknowledged message may wait to be forgotten by the store.
const LAZY: Duration = Duration::from_millis(10);
/// And how many of them.
const LAZY_CHANGES: usize = 1000;

impl Engine {
    pub(super) fn change(&mut self, change: Change) {
        self.batch.changes.push(change);
    }

    /// Everything this input changed becomes durable together; what waits for that is noted. What
    /// nobody waits for (acknowledged messages to be forgotten) goes with the next batch that
    /// somebody does wait for, or after a moment. Then pages are read, so that they show all of it.
    pub(super) fn flush_batch(&mut self) {
        self.mark_arriving();
        self.flush_progress();
        self.flush_offers();
        let removals = self.batch.changes.iter().all(|it| matches!(it, Change::Remove { .. }))
            && self.then.iter().all(|it| matches!(it, Then::Removed(..)));
        if removals && !self.batch.sync {
            self.lazy.changes.append(&mut self.batch.changes);
            self.lazy.then.append(&mut self.then);
            if !self.lazy.changes.is_empty() {
                self.lazy.until.get_or_insert(self.now.monotonic + LAZY);
            }
            if self.lazy.changes.len() < LAZY_CHANGES && !self.wants_pages() {
                return;
            }
        }
        self.flush();
    }

    /// Hands everything to the store that is to be changed in it. Removals that nobody waits for
    /// are a batch of their own: a full store refuses what adds to it, and must take these all the
    /// more. The writer commits both at once when it can.
    pub fn flush(&mut self) {
        let Lazy { changes, then, .. } = std::mem::take(&mut self.lazy);
        self.store(Batch { changes, sync: false }, then, None);
        let (batch, then) = (std::mem::take(&mut self.batch), std::mem::take(&mut self.then));
        let sender = self.sends.take();
        self.store(batch, then, sender);
        self.request_pages();
    }
}

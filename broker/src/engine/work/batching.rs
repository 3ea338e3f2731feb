//! What an input changes in the store, gathered, and handed over as one batch.

use std::time::Duration;

use crate::{
    engine::{
        Engine,
        state::{outcomes::Then, timers::Timer, work::Lazy},
    },
    model::{Batch, Change},
};

/// How long an acknowledged message may wait to be forgotten by the store.
const LAZY: Duration = Duration::from_millis(10);

/// And how many of them.
const LAZY_CHANGES: usize = 1000;

impl Engine {
    /// Everything this input changed becomes durable together; what waits for that is noted. What
    /// nobody waits for (acknowledged messages to be forgotten) goes with the next batch that
    /// somebody does wait for, or after a moment. Then pages are read, so that they show all of it.
    pub(crate) fn flush_batch(&mut self) {
        self.mark_arriving();
        self.flush_progress();
        self.flush_offers();
        let removals = self.work.batch.changes.iter().all(|it| matches!(it, Change::Remove { .. }))
            && self.work.then.iter().all(|it| matches!(it, Then::Removed(..)));
        if removals && !self.work.batch.sync {
            self.work.lazy.changes.append(&mut self.work.batch.changes);
            self.work.lazy.then.append(&mut self.work.then);
            if !self.work.lazy.changes.is_empty() {
                self.timers.begin(Timer::Lazy, self.now.monotonic + LAZY);
            }
            if self.work.lazy.changes.len() < LAZY_CHANGES && !self.wants_pages() {
                return;
            }
        }
        self.flush();
    }

    /// Hands everything to the store that is to be changed in it. Removals that nobody waits for
    /// are a batch of their own: a full store refuses what adds to it, and must take these all the
    /// more. The writer commits both at once when it can.
    pub fn flush(&mut self) {
        self.timers.stop(Timer::Lazy);
        let Lazy { changes, then } = std::mem::take(&mut self.work.lazy);
        self.store(Batch { changes, sync: false }, then, None);
        let (batch, then) =
            (std::mem::take(&mut self.work.batch), std::mem::take(&mut self.work.then));
        let sender = self.work.sends.take();
        self.store(batch, then, sender);
        self.request_pages();
    }
}

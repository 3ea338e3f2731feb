//! How far one subscription is in one topic.

use std::collections::BTreeSet;

use crate::store::sql::progress::Progress;

/// Its place, as ActiveMQ keeps it, and what ActiveMQ has no place for.
#[derive(Clone, Debug, Default)]
pub(in crate::store::sql) struct Mark {
    /// Nothing below this is left; one more than ActiveMQ's `LAST_ACKED_ID`.
    pub(in crate::store::sql) next: u64,
    /// At or above it, and not left either.
    pub(in crate::store::sql) except: BTreeSet<u64>,
}

impl Mark {
    pub(super) fn has(&self, id: u64) -> bool {
        id >= self.next && !self.except.contains(&id)
    }

    pub(super) fn left<'a>(&'a self, ids: &'a BTreeSet<u64>) -> impl Iterator<Item = u64> + 'a {
        ids.range(self.next..).copied().filter(|id| !self.except.contains(id))
    }

    pub(super) fn leave_out(&mut self, id: u64, number: u32, progress: &mut Progress) {
        if self.except.insert(id) {
            progress.except(number, id, true);
        }
    }

    pub(super) fn forget(&mut self, id: u64, number: u32, progress: &mut Progress) {
        if self.except.remove(&id) {
            progress.except(number, id, false);
        }
    }

    /// Moves over all that is not left. Says whether it moved.
    pub(super) fn advance(
        &mut self,
        ids: &BTreeSet<u64>,
        number: u32,
        progress: &mut Progress,
    ) -> bool {
        let before = self.next;
        while let Some(&id) = ids.range(self.next..).next()
            && self.except.contains(&id)
        {
            self.forget(id, number, progress);
            self.next = id + 1;
        }
        self.next > before
    }

    /// Moves back to a message below it, leaving out all between.
    pub(super) fn reach_back(
        &mut self,
        id: u64,
        ids: &BTreeSet<u64>,
        number: u32,
        progress: &mut Progress,
    ) {
        let between: Vec<u64> = ids.range(id + 1..self.next).copied().collect();
        self.next = id;
        for other in between {
            self.leave_out(other, number, progress);
        }
    }
}

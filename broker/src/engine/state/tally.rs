//! How many messages came and went.

use crate::engine::io::Counts;

/// Of a line, or of a whole broker.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    /// Were in the store when the broker became the master.
    pub(crate) inherited: u64,
    pub(crate) counts: Counts,
}

impl Tally {
    /// So many are there, wherever they are.
    pub(crate) const fn depth(&self) -> u64 {
        let had = self.inherited + self.counts.enqueued;
        had.saturating_sub(self.counts.dequeued)
    }

    pub(crate) const fn came(&mut self) {
        self.counts.enqueued += 1;
    }

    /// The store had no room for it after all.
    pub(crate) const fn came_not(&mut self) {
        self.counts.enqueued = self.counts.enqueued.saturating_sub(1);
    }

    pub(crate) const fn went(&mut self) {
        self.counts.dequeued += 1;
    }

    /// It is back, since the store has not kept that it went.
    pub(crate) const fn went_not(&mut self) {
        self.counts.dequeued = self.counts.dequeued.saturating_sub(1);
    }

    pub(crate) const fn expired(&mut self) {
        self.counts.expired += 1;
    }
}

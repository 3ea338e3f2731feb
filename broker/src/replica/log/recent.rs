//! The newest entries, in memory: they are applied and sent to the others soon after they were written.

use std::collections::VecDeque;

use crate::replica::{entry::weight, types::Entry};

/// The end of the log, as far as it fits.
#[derive(Debug, Default)]
pub(super) struct Recent {
    entries: VecDeque<Entry>,
    bytes: usize,
}

impl Recent {
    /// One that follows the last one.
    pub(super) fn push(&mut self, entry: Entry) {
        self.bytes += weight(&entry);
        self.entries.push_back(entry);
        while self.bytes > MOST_BYTES && self.entries.len() > 1 {
            self.bytes -= self.entries.pop_front().as_ref().map_or(0, weight);
        }
    }

    pub(super) fn get(&self, index: u64) -> Option<&Entry> {
        let first = self.entries.front()?.log_id.index;
        self.entries.get(usize::try_from(index.checked_sub(first)?).ok()?)
    }

    /// Those from this index on are no more.
    pub(super) fn truncate(&mut self, index: u64) {
        while self.entries.back().is_some_and(|entry| entry.log_id.index >= index) {
            self.bytes -= self.entries.pop_back().as_ref().map_or(0, weight);
        }
    }

    /// Those up to this index are no more.
    pub(super) fn purge(&mut self, index: u64) {
        while self.entries.front().is_some_and(|entry| entry.log_id.index <= index) {
            self.bytes -= self.entries.pop_front().as_ref().map_or(0, weight);
        }
    }
}

const MOST_BYTES: usize = 16 << 20;

//! What waits for a topic subscriber that is behind. It has no store to fall back on.
//!
//! As long as memory is not short nothing is lost, as in ActiveMQ. Then publishers wait for
//! subscribers that are far behind, also as in ActiveMQ, but not for ever: one that takes nothing
//! any more loses its oldest messages instead.

use super::{
    Engine,
    ids::LineId,
    queue::{Backlog, Line},
};

impl Engine {
    /// Something has joined a line: if it is too much for a subscriber, its publisher waits, or the
    /// oldest go.
    pub(super) fn bound_backlog(&mut self, id: LineId) {
        let Some(backlog) = self.destinations.line(id).and_then(|line| line.backlog) else {
            return;
        };
        self.discard_while(id, |line| line.exceeds_wish(backlog));
        // When memory is used up, nobody may be further behind than all could be.
        let backlog = match self.destinations.memory.is_used_up() {
            true => Backlog {
                bytes: backlog.bytes.min(self.destinations.memory.fair_share()),
                ..backlog
            },
            false => backlog,
        };
        let far_behind = self.destinations.line(id).is_some_and(|line| line.exceeds(backlog));
        if far_behind && self.is_memory_short() && !self.hold_back(id) {
            self.discard_while(id, |line| line.exceeds(backlog));
        }
    }

    fn discard_while(&mut self, id: LineId, too_much: impl Fn(&Line) -> bool) {
        let Some(line) = self.destinations.line_mut(id) else { return };
        while too_much(line) && line.take(0).is_some() {
            line.discarded += 1;
        }
    }
}

impl Line {
    /// A single message always has its place.
    fn exceeds(&self, backlog: Backlog) -> bool {
        let count = self.pending.len();
        count > 1 && (count > backlog.count || self.memory.bytes() > backlog.bytes)
    }

    fn exceeds_wish(&self, backlog: Backlog) -> bool {
        let count = self.pending.len();
        count > 1 && backlog.wished.is_some_and(|wished| count > wished)
    }

    /// Has room for a good deal again.
    pub(super) fn is_drained(&self, memory: usize) -> bool {
        let half = |it: Backlog| Backlog { count: it.count / 2, bytes: it.bytes / 2, ..it };
        match self.backlog {
            Some(backlog) => !self.exceeds(half(backlog)),
            None => self.memory.bytes() <= memory / 2,
        }
    }

    /// What is first in it.
    pub(super) fn front(&self) -> Option<u64> {
        self.pending.front().map(|entry| entry.sequence)
    }
}

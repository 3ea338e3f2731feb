//! What waits for a topic subscriber that is behind: in memory first, then in the store, as in ActiveMQ.
//! It is transient there, and gone with the subscriber. One that said so loses its oldest messages
//! instead.

use super::{Engine, ids::LineId, queue::Line};
use crate::model::{Change, Container};

impl Engine {
    /// Something has joined a line: a subscriber may not want so much.
    pub(super) fn discard_unwished(&mut self, id: LineId) {
        while let Some(line) = self.destinations.line_mut(id).filter(|line| line.exceeds_wish()) {
            let Some(oldest) = line.take(0) else { return };
            line.discarded += 1;
            self.unkeep(id, &oldest);
        }
    }

    /// The line of a subscriber that is gone, with all that is in it.
    pub(super) fn drop_backlog(&mut self, id: LineId) {
        let Some(line) = self.destinations.drop_line(id) else { return };
        self.stored_bytes = self.stored_bytes.saturating_sub(line.kept_bytes);
        if let Some(Container::Subscriber(number)) = line.container
            && (line.tail.exists || line.kept_bytes > 0)
        {
            self.change(Change::DropSubscriber(number));
        }
        self.let_go_of_line(id);
    }
}

impl Line {
    /// A single message always has its place.
    fn exceeds_wish(&self) -> bool {
        let count = self.pending.len();
        count > 1 && self.wished.is_some_and(|wished| count > wished)
    }

    /// Has room for a good deal again.
    pub(super) fn is_drained(&self, memory: usize) -> bool {
        self.memory.bytes() <= memory / 2
    }

    /// What is first in it.
    pub(super) fn front(&self) -> Option<u64> {
        self.pending.front().map(|entry| entry.sequence)
    }
}

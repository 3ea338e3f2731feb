//! Messages whose time is over.

use std::time::Duration;

use super::{Engine, dead_letter::Cause, queue::LineId};

/// How often queues are looked through. ActiveMQ's `expireMessagesPeriod`.
pub(crate) const SWEEP: Duration = Duration::from_secs(30);

impl Engine {
    /// Drops the front of a line if it has expired.
    pub(super) fn front_expired(&mut self, id: LineId) -> bool {
        let now = self.now.unix_ms;
        let expired = |line: &super::queue::Line| {
            line.pending
                .front()
                .is_some_and(|it| it.message.expiration > 0 && it.message.expiration <= now)
        };
        if !self.destinations.lines_ref(id).is_some_and(expired) {
            return false;
        }
        self.expire(id, 0);
        true
    }

    fn expire(&mut self, id: LineId, index: usize) {
        let Some(entry) = self.destinations.line(id).and_then(|line| line.take(index)) else {
            return;
        };
        self.unkeep(id, &entry);
        self.dead_letter(&entry.message, Cause::Expired);
    }

    pub(super) fn sweep(&mut self) {
        if self.now.monotonic < self.next_sweep {
            return;
        }
        self.next_sweep = self.now.monotonic + SWEEP;
        let now = self.now.unix_ms;
        for id in self.destinations.all_lines() {
            let expired = self.destinations.lines_ref(id).map(|line| {
                let old = |(_, it): &(usize, &super::queue::Entry)| {
                    it.ready && it.message.expiration > 0 && it.message.expiration <= now
                };
                line.pending
                    .iter()
                    .enumerate()
                    .filter(old)
                    .map(|(index, _)| index)
                    .collect::<Vec<_>>()
            });
            for index in expired.unwrap_or_default().into_iter().rev() {
                self.expire(id, index);
            }
            self.read_on(id);
        }
    }
}

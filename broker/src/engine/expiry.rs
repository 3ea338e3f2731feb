//! Messages whose time is over.

use std::time::Duration;

use super::{
    Engine,
    buried::Cause,
    entry::Entry,
    ids::{LineId, SubId},
    outcome::Then,
    subscription::InFlight,
};

/// How often queues are looked through. ActiveMQ's `expireMessagesPeriod`.
pub(crate) const SWEEP: Duration = Duration::from_secs(30);

impl Engine {
    /// Takes an expired entry out of its line.
    pub(super) fn expire(&mut self, id: LineId, index: usize) {
        if let Some(entry) = self.destinations.take(id, index) {
            self.bury(None, InFlight::never(id, entry), &Cause::Expired);
        }
    }

    /// Takes a message from its consumer or line for good. It leaves there, and arrives at the dead
    /// letter queue, together or not at all.
    pub(super) fn bury(&mut self, sub: Option<SubId>, it: InFlight, cause: &Cause) {
        let Some(message) = it.entry.message().cloned() else {
            return self.doom(it, cause.clone());
        };
        let removed = self.unkeep(it.line, &it.entry);
        if self.dead_letter(&message, cause, false) {
            self.then.push(Then::Moved(sub, Box::new(it)));
        } else if removed {
            self.then.push(Then::Removed(it.line, it.entry.sequence));
        }
    }

    pub(super) fn sweep(&mut self) {
        if self.now.monotonic < self.next_sweep {
            return;
        }
        self.next_sweep = self.now.monotonic + SWEEP;
        self.remove_again();
        let now = self.now.unix_ms;
        for id in self.destinations.lines() {
            let Some(line) = self.destinations.line(id) else { continue };
            let old = |(_, it): &(usize, &Entry)| it.is_ready() && it.is_expired(now);
            let expired = line.pending.iter().enumerate().filter(old).map(|(index, _)| index);
            let expired: Vec<usize> = expired.collect();
            for (gone, index) in expired.into_iter().enumerate() {
                self.expire(id, index - gone);
            }
            self.read_on(id);
        }
    }
}

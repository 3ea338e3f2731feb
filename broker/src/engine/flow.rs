//! Holding back senders that are faster than the consumers of a full line.
//!
//! A non-persistent message that finds its line full is not written to disk at once: as long as
//! somebody else consumes from the line, its sender is not read from until the line has drained to
//! half. A line that does not drain in time spills instead, so that a consumer that hangs costs
//! only itself; so does one whose sender consumes on the same connection, which would never drain.

use std::time::Duration;

use super::{
    Engine,
    io::{Effect, Link},
    queue::LineId,
};

/// A sender that is not read from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pause {
    pub(crate) link: Link,
    pub(crate) line: LineId,
    /// Then the line spills.
    pub(crate) until: Duration,
}

/// How long a full line may take to drain before it spills.
const PATIENCE: Duration = Duration::from_millis(500);

/// How much of the memory for messages is used, counted now and then.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Memory {
    used: usize,
    entered: u32,
}

/// Messages between two counts.
const COUNT_EVERY: u32 = 256;
/// What a line may have when the memory of all is used up.
const SMALL: usize = 1024 * 1024;

impl Engine {
    /// Bytes that a line may keep in memory at the moment.
    pub(super) fn memory_for_a_line(&mut self) -> usize {
        self.memory.entered += 1;
        if self.memory.entered >= COUNT_EVERY {
            self.memory = Memory { used: self.destinations.memory_used(), entered: 0 };
        }
        let limit = self.settings.queue_memory_bytes;
        if self.memory.used > self.settings.memory_bytes { limit.min(SMALL) } else { limit }
    }

    /// The sender waits, if that can help. The line may be over its limit by what had been read
    /// from the sender already.
    pub(super) fn hold_back(&mut self, link: Link, id: LineId) -> bool {
        let Some(line) = self.destinations.lines_ref(id) else { return false };
        if line.spills || line.tail.exists {
            return false;
        }
        let drained_by_others = line.subscribers.iter().any(|sub| {
            let sub = self.subscriptions.get(sub.0).and_then(Option::as_ref);
            sub.is_some_and(|sub| sub.link != link)
        });
        if !drained_by_others {
            return false;
        }
        if !self.pauses.iter().any(|pause| pause.link == link && pause.line == id) {
            let until = self.now.monotonic + PATIENCE;
            self.pauses.push(Pause { link, line: id, until });
            self.effects.push_back(Effect::Pause { link });
        }
        true
    }

    /// The line has room again.
    pub(super) fn let_go(&mut self, id: LineId) {
        if self.pauses.iter().any(|pause| pause.line == id) {
            self.resume(|pause| pause.line == id);
        }
    }

    /// Lines that did not drain spill from now on, until they have.
    pub(super) fn end_pauses(&mut self) {
        let now = self.now.monotonic;
        let late: Vec<LineId> =
            self.pauses.iter().filter(|it| it.until <= now).map(|it| it.line).collect();
        for id in late {
            if let Some(line) = self.destinations.line(id) {
                line.spills = true;
            }
            self.resume(|pause| pause.line == id);
        }
    }

    fn resume(&mut self, which: impl Fn(&Pause) -> bool) {
        let (gone, kept): (Vec<_>, Vec<_>) = self.pauses.drain(..).partition(|it| which(it));
        self.pauses = kept;
        for Pause { link, .. } in gone {
            if !self.pauses.iter().any(|pause| pause.link == link) {
                self.effects.push_back(Effect::Resume { link });
            }
        }
    }

    pub(super) fn forget_pauses(&mut self, link: Link) {
        self.pauses.retain(|pause| pause.link != link);
    }
}

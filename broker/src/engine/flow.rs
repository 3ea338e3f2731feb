//! Holding back senders: those that are faster than the consumers of a full line, and those that are
//! faster than the store.
//!
//! A non-persistent message that finds its line full is not written to disk at once: as long as
//! somebody else consumes from the line, its sender is not read from until the line has drained to
//! half. A line that does not drain in time spills instead, so that a consumer that hangs costs
//! only itself; so does one whose sender consumes on the same connection, which would never drain.
//! A temporary queue refuses where others spill.
//!
//! The store goes on whoever is held back, so waiting for it always ends.

use std::{collections::BTreeSet, time::Duration};

use super::{
    Engine,
    ids::LineId,
    io::{Effect, Link},
    queue::Line,
};

/// A sender that waits for a line.
#[derive(Clone, Copy, Debug)]
struct Pause {
    link: Link,
    line: LineId,
    /// Then the line spills.
    until: Duration,
    /// What was first in the line when the sender began to wait.
    front: Option<u64>,
}

/// Senders that are not read from.
#[derive(Debug, Default)]
pub(crate) struct Held {
    /// Whose commands are being handled.
    pub(crate) sender: Option<Link>,
    for_lines: Vec<Pause>,
    for_store: BTreeSet<Link>,
    for_room: BTreeSet<Link>,
}

impl Held {
    fn is_held(&self, link: Link) -> bool {
        self.for_store.contains(&link)
            || self.for_room.contains(&link)
            || self.for_lines.iter().any(|pause| pause.link == link)
    }

    pub(crate) fn until(&self) -> Option<Duration> {
        self.for_lines.iter().map(|pause| pause.until).min()
    }

    pub(crate) fn forget(&mut self, link: Link) {
        self.for_lines.retain(|pause| pause.link != link);
        self.for_store.remove(&link);
        self.for_room.remove(&link);
    }
}

/// How long a full line may take to drain before it spills.
const PATIENCE: Duration = Duration::from_millis(500);

impl Engine {
    /// The sender waits, if that can help. What had been read from it already may take the line over
    /// its limit, as far as there is memory for all or the line has no more than a fair share.
    pub(super) fn hold_back(&mut self, id: LineId) -> bool {
        let Some(link) = self.held.sender else { return false };
        let Some(line) = self.destinations.line(id) else { return false };
        if line.spills || line.tail.exists {
            return false;
        }
        if !self.is_drained_by_others(line, link) {
            return false;
        }
        let until = self.now.monotonic + PATIENCE;
        let before = self.held.is_held(link);
        if !self.held.for_lines.iter().any(|pause| pause.link == link && pause.line == id) {
            let front = line.front();
            self.held.for_lines.push(Pause { link, line: id, until, front });
        }
        self.pause(link, before);
        true
    }

    /// Holding this client back would let the line drain.
    pub(super) fn can_be_held_back(&self, link: Link, id: LineId) -> bool {
        let line = self.destinations.line(id).filter(|line| !line.spills);
        line.is_some_and(|line| self.is_drained_by_others(line, link))
    }

    fn is_drained_by_others(&self, line: &Line, link: Link) -> bool {
        let mut members = line.members.iter();
        members.any(|it| self.subscriptions.get(it.sub.0).is_some_and(|sub| sub.link != link))
    }

    /// Much of what this client has sent waits for room.
    pub(super) fn hold_for_room(&mut self, link: Link) {
        let before = self.held.is_held(link);
        self.held.for_room.insert(link);
        self.pause(link, before);
    }

    /// Little of it still does.
    pub(super) fn let_go_of_room(&mut self, link: Link) {
        if self.held.for_room.remove(&link) {
            self.resume(BTreeSet::from([link]));
        }
    }

    /// The store has more to do than it may: whoever gave it something waits.
    pub(super) fn hold_for_store(&mut self, link: Link) {
        if self.outcomes.bytes > self.settings.store_backlog_bytes {
            let before = self.held.is_held(link);
            self.held.for_store.insert(link);
            self.pause(link, before);
        }
    }

    fn pause(&mut self, link: Link, already: bool) {
        if !already {
            self.effects.push_back(Effect::Pause { link });
        }
    }

    /// The store has caught up.
    pub(super) fn let_go_of_store(&mut self) {
        if self.outcomes.bytes <= self.settings.store_backlog_bytes / 2 {
            let waited = std::mem::take(&mut self.held.for_store);
            self.resume(waited);
        }
    }

    /// The line has room again, or is gone.
    pub(super) fn let_go_of_line(&mut self, id: LineId) {
        if !self.held.for_lines.is_empty() {
            self.release(|pause| pause.line == id);
        }
    }

    /// Lines that did not drain spill from now on, until they have.
    pub(super) fn end_pauses(&mut self) {
        let now = self.now.monotonic;
        self.renew_pauses();
        let late: Vec<LineId> =
            self.held.for_lines.iter().filter(|it| it.until <= now).map(|it| it.line).collect();
        for id in late {
            if let Some(line) = self.destinations.line_mut(id) {
                line.spills = true;
            }
            self.release(|pause| pause.line == id);
        }
    }

    /// A consumer of what has memory only is waited for as long as it takes something now and then:
    /// what does not fit is lost.
    fn renew_pauses(&mut self) {
        let now = self.now.monotonic;
        for pause in self.held.for_lines.iter_mut().filter(|it| it.until <= now) {
            let line = self.destinations.line(pause.line);
            let Some(line) = line.filter(|it| it.container.is_none()) else { continue };
            if line.front() != pause.front {
                (pause.until, pause.front) = (now + PATIENCE, line.front());
            }
        }
    }

    fn release(&mut self, which: impl Fn(&Pause) -> bool) {
        let (gone, kept): (Vec<_>, Vec<_>) =
            self.held.for_lines.drain(..).partition(|it| which(it));
        self.held.for_lines = kept;
        self.resume(gone.into_iter().map(|pause| pause.link).collect());
    }

    fn resume(&mut self, links: BTreeSet<Link>) {
        for link in links {
            if !self.held.is_held(link) {
                self.effects.push_back(Effect::Resume { link });
            }
        }
    }
}

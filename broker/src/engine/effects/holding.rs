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

use crate::engine::{
    Engine,
    io::{Effect, Link},
    state::{line::Line, room::Pause, slab::LineId, timers::Timer},
};

/// How long a full line may take to drain before it spills.
const PATIENCE: Duration = Duration::from_millis(500);

impl Engine {
    /// The sender waits, if that can help. What had been read from it already may take the line over
    /// its limit, as far as there is memory for all or the line has no more than a fair share.
    pub(crate) fn hold_back(&mut self, id: LineId) -> bool {
        let Some(link) = self.work.from else { return false };
        let Some(line) = self.destinations.line(id) else { return false };
        if line.spills || line.tail.exists {
            return false;
        }
        if !self.is_drained_by_others(line, link) {
            return false;
        }
        let front = line.front();
        let before = self.held.is_held(link);
        let pause = self.held.for_lines.entry(id).or_insert_with(|| {
            self.timers.set(Timer::Pause(id), self.now.monotonic + PATIENCE);
            Pause { front, ..Pause::default() }
        });
        pause.links.insert(link);
        self.pause(link, before);
        true
    }

    /// Holding this client back would let the line drain.
    pub(crate) fn can_be_held_back(&self, link: Link, id: LineId) -> bool {
        let line = self.destinations.line(id).filter(|line| !line.spills);
        line.is_some_and(|line| self.is_drained_by_others(line, link))
    }

    fn is_drained_by_others(&self, line: &Line, link: Link) -> bool {
        let mut members = line.members.iter();
        members.any(|it| self.subscriptions.get(it.sub.0).is_some_and(|sub| sub.link != link))
    }

    /// Much of what this client has sent waits for room.
    pub(crate) fn hold_for_room(&mut self, link: Link) {
        let before = self.held.is_held(link);
        self.held.for_room.insert(link);
        self.pause(link, before);
    }

    /// Little of it still does.
    pub(crate) fn let_go_of_room(&mut self, link: Link) {
        if self.held.for_room.remove(&link) {
            self.resume(BTreeSet::from([link]));
        }
    }

    /// The store has more to do than it may: whoever gave it something waits.
    pub(crate) fn hold_for_store(&mut self, link: Link) {
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
    pub(crate) fn let_go_of_store(&mut self) {
        if self.outcomes.bytes <= self.settings.store_backlog_bytes / 2 {
            let waited = std::mem::take(&mut self.held.for_store);
            self.resume(waited);
        }
    }

    /// The line has room again, or is gone.
    pub(crate) fn let_go_of_line(&mut self, id: LineId) {
        if let Some(pause) = self.held.for_lines.remove(&id) {
            self.timers.stop(Timer::Pause(id));
            self.resume(pause.links);
        }
    }

    /// A line that did not drain spills from now on, until it has. A consumer of what has memory only is
    /// waited for as long as it takes something now and then: what does not fit is lost.
    pub(crate) fn end_pause(&mut self, id: LineId) {
        let Some(line) = self.destinations.line_mut(id) else { return };
        let Some(pause) = self.held.for_lines.get_mut(&id) else { return };
        let front = line.front();
        if line.container.is_none() && front != pause.front {
            pause.front = front;
            self.timers.set(Timer::Pause(id), self.now.monotonic + PATIENCE);
            return;
        }
        line.spills = true;
        self.let_go_of_line(id);
    }

    fn resume(&mut self, links: BTreeSet<Link>) {
        for link in links {
            if !self.held.is_held(link) {
                self.effects.push_back(Effect::Resume { link });
            }
        }
    }
}

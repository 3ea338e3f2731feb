//! A walk through a queue, step by step.
//!
//! What is in memory is at hand. As long as the store has more, each step asks it for a page behind the place
//! that the walk has come to. A step that did something is followed by the next one when the store has kept
//! that; others let everybody else have a turn in between.

use relaismq_openwire::{Destination, Text};

use crate::{
    engine::{
        Engine,
        io::{Pick, Report, Token},
        questions::looking::Found,
        state::{
            destinations::Target,
            outcomes::{Reader, Then},
            slab::LineId,
            walk::{Purpose, Walk, WalkId},
        },
    },
    model::{StoredMessage, sequence},
};

/// Messages that are looked at for one answer, which may show few of them.
const MOST_LOOKED: usize = 2000;

impl Engine {
    pub(crate) fn begin_walk(
        &mut self,
        token: Token,
        queue: &Text,
        pick: Pick,
        after: u64,
        purpose: Purpose,
    ) {
        let queue = Destination::queue(queue.clone());
        let Some(Target::Queue(line)) = self.destinations.find(&queue) else {
            return self.say(token, Report::NoQueue);
        };
        if self.walks.are_too_many() {
            let reason = "too many queues are being gone through at once: try again".to_owned();
            return self.say(token, Report::Refused { done: 0, reason });
        }
        let newest = self.last_sequence;
        let prioritized = self.destinations.line(line).is_some_and(|line| line.prioritized);
        let through = if prioritized { u64::MAX } else { newest };
        let id = self.walks.begin(Walk { token, line, after, through, newest, pick, purpose });
        self.step(id);
    }

    /// Something was done, and so many messages have been dealt with.
    pub(crate) fn walk_on(&mut self, id: WalkId, more: u64) {
        if let Some(Walk { purpose: Purpose::Do { done, .. }, .. }) = self.walks.get_mut(id) {
            *done += more;
        }
        self.step(id);
    }

    /// The store could not keep what was done last.
    pub(crate) fn end_walk_early(&mut self, id: WalkId, reason: &str) {
        if let Some(walk) = self.walks.end(id) {
            let (done, reason) = (walk.done(), reason.to_owned());
            self.say(walk.token, Report::Refused { done, reason });
        }
    }

    fn step(&mut self, id: WalkId) {
        let Some(walk) = self.walks.get(id) else { return };
        let (line, after, adds) = (walk.line, walk.after, walk.adds());
        if walk.is_over() || self.destinations.late_line(line).is_none() {
            return self.end_walk(id);
        }
        if adds && self.is_full() {
            return self.end_walk_early(id, "the store has no room for copies");
        }
        if self.needs_the_store(line) {
            return self.work.read(Reader::Walk(id, line, after));
        }
        self.step_over(id, &[], u64::MAX);
    }

    /// Some of what is in the queue, or its body, is not in memory.
    fn needs_the_store(&self, id: LineId) -> bool {
        let Some(line) = self.destinations.line(id).filter(|it| it.container.is_some()) else {
            return false;
        };
        let members = line.members.iter().filter_map(|it| self.subscriptions.get(it.sub));
        let mut in_flight = members.flat_map(|it| &it.in_flight).filter(|it| it.line == id);
        line.tail.exists || line.away > 0 || in_flight.any(|it| it.entry.is_away())
    }

    /// A page for a walk has come in.
    pub(crate) fn walk_page(&mut self, id: WalkId, line: LineId, messages: &[StoredMessage]) {
        let Some(found) = self.destinations.late_line_mut(line) else { return self.end_walk(id) };
        found.tail.walked = found.tail.walked.saturating_sub(1);
        self.step_over(id, messages, messages.last().map_or(u64::MAX, |it| it.sequence));
    }

    /// Looks at what there is up to this sequence, as far as one step goes.
    fn step_over(&mut self, id: WalkId, stored: &[StoredMessage], through: u64) {
        let Some(walk) = self.walks.get(id) else { return };
        let (line, after, through) = (walk.line, walk.after, through.min(walk.through));
        let (newest, shows) = (walk.newest, matches!(walk.purpose, Purpose::Show { .. }));
        let (mut found, reached) = self.look_at(line, after, through, stored);
        found.retain(|it| sequence::arrival(it.entry.sequence) <= newest);
        if shows {
            return self.show(id, found, reached);
        }
        let done = self.deal_with(id, found, reached);
        self.work.later_for_sure(Then::Walked(id, done));
    }

    fn show(&mut self, id: WalkId, found: Vec<Found>, reached: u64) {
        let now = self.now.unix_ms;
        let Some(walk) = self.walks.get_mut(id) else { return };
        if walk.show(found, reached, now) || walk.is_over() {
            return self.end_walk(id);
        }
        self.work.later_for_sure(Then::Walked(id, 0));
    }

    fn end_walk(&mut self, id: WalkId) {
        let Some(walk) = self.walks.end(id) else { return };
        let next = Some(walk.after).filter(|after| *after < walk.through);
        let report = match walk.purpose {
            Purpose::Show { seen, .. } => Report::Messages { seen, next },
            Purpose::Do { done, .. } => Report::Done(done),
        };
        self.say(walk.token, report);
    }
}

impl Walk {
    /// True if the answer is complete.
    fn show(&mut self, found: Vec<Found>, reached: u64, now: i64) -> bool {
        for it in found {
            let wanted = !it.entry.is_expired(now) && it.message().is_some_and(|it| self.wants(it));
            let Purpose::Show { seen, limit, looked } = &mut self.purpose else { return true };
            *looked += 1;
            seen.extend(it.seen().filter(|_| wanted));
            if seen.len() >= *limit || *looked >= MOST_LOOKED {
                self.after = it.entry.sequence;
                return true;
            }
        }
        self.after = reached;
        false
    }
}

//! What may have been seen is marked in the store, before it is seen.
//!
//! When a broker dies, nobody has written down which messages its consumers had. After its restart
//! those that an application may have seen have to be flagged, and those that nobody was given must
//! not be. So a stored message is *offered* before it is given to a consumer for the first time
//! ([`Change::Offer`]): without a sync, since that outlives the process, and a power cut is told
//! apart by the store ([`crate::model::Recovered::offers_known`]).
//!
//! * A message that will be given at once is marked in the batch that keeps it, so that the way
//!   straight through costs nothing. Whether it will be is foreseen from its consumers' credit and
//!   pace.
//! * What comes from a backlog belongs to its consumer at once, which settles its order and uses up
//!   credit, and is sent when the store has answered. What the consumer is given meanwhile waits
//!   behind it. So that quick consumers do not wait again and again, as much as they consume in
//!   half a second is marked ahead.
//!
//! Where what was foreseen does not come true, a message is flagged after a crash without need.

use std::collections::BTreeMap;

use relaismq_openwire::{Message, MessageDispatch};

use super::{
    Engine,
    entry::Entry,
    ids::{LineId, SubId},
    io::Link,
    outcome::Then,
    queue::Line,
    subscription::{InFlight, Subscription},
};
use crate::model::{Batch, Change, Container};

/// What is consumed in half a second is marked ahead.
const AHEAD: usize = 2;

/// Marks on their way to the store.
#[derive(Debug, Default)]
pub(crate) struct Offers {
    /// What was given from each line.
    given: BTreeMap<LineId, Vec<u64>>,
    /// Consumers that wait for these marks, each with the last dispatch that does.
    waiting: BTreeMap<SubId, u64>,
    /// Arriving messages that will be given at once.
    arriving: Vec<Run>,
}

/// Messages of a line that arrived one after the other.
#[derive(Debug)]
struct Run {
    line: LineId,
    first: u64,
    last: u64,
    /// The next one of this line may continue it.
    open: bool,
}

impl Offers {
    /// Belongs to a consumer now, and is sent to it when the store knows.
    pub(super) fn promise(&mut self, sub: SubId, it: &InFlight) {
        if it.entry.needs_offer() {
            self.given.entry(it.line).or_default().push(it.entry.sequence);
            self.waiting.insert(sub, it.order);
        }
    }
}

impl Engine {
    /// Notes whether an arriving message will be given at once.
    pub(super) fn foresee(&mut self, id: LineId, sequence: u64, given: bool) {
        match self.offers.arriving.last_mut().filter(|run| run.line == id) {
            Some(run) if given && run.open => run.last = sequence,
            Some(run) if !given => run.open = false,
            None if !given => {}
            _ => {
                let run = Run { line: id, first: sequence, last: sequence, open: true };
                self.offers.arriving.push(run);
            }
        }
    }

    /// What is given from this line has to be marked in the store.
    pub(super) fn needs_marks(&self, id: LineId) -> bool {
        let container = self.destinations.line(id).and_then(|line| line.container.as_ref());
        self.settings.marks && container.is_some_and(Container::is_lasting)
    }

    /// Somebody has credit for it, or will have when all before it has been confirmed and given.
    pub(super) fn will_be_given(&self, id: LineId, message: &Message) -> bool {
        let Some(line) = self.destinations.line(id) else { return false };
        if line.is_plain() {
            return self.reach(id, line) > line.pending.len();
        }
        let free = line.members.iter().filter(|it| self.is_free(it.sub));
        free.filter_map(|it| self.subscriptions.get(it.sub.0)).any(|it| it.accepts(message))
    }

    /// So many of those that wait will be given within a moment, at the pace of the last second.
    fn reach(&self, id: LineId, line: &Line) -> usize {
        self.demand(id).saturating_add(line.pace.lately(self.now.monotonic) / AHEAD)
    }

    /// The store has to answer before anything is given, which may take longer than consumers need
    /// for their windows. So what they will come to in the meantime is marked, too.
    pub(super) fn mark_ahead(&mut self, id: LineId) {
        let Some(line) = self.destinations.line(id) else { return };
        if !self.needs_marks(id) || !line.pending.front().is_some_and(Entry::is_ready) {
            return;
        }
        let marked = line.pending.partition_point(|it| it.sequence <= line.marked_through);
        let reach = if line.is_plain() { self.reach(id, line) } else { 0 };
        if marked > reach / 2 || reach == 0 {
            return;
        }
        let ahead = line.pending.range(marked..reach.min(line.pending.len()));
        let ahead = ahead.take_while(|it| it.is_ready()).map(|it| it.sequence);
        let ahead: Vec<u64> = ahead.collect();
        if let Some(last) = ahead.last().copied() {
            self.offers.given.entry(id).or_default().extend(ahead);
            if let Some(line) = self.destinations.line_mut(id) {
                line.marked_through = last;
            }
        }
    }

    /// The marks of what arrives go into its batch.
    pub(super) fn mark_arriving(&mut self) {
        for run in std::mem::take(&mut self.offers.arriving) {
            let container = self.destinations.line(run.line).and_then(|it| it.container.clone());
            if let Some(container) = container {
                self.change(Change::Offer { container, first: run.first, last: run.last });
            }
        }
    }

    /// What is promised to a client counts as if it were on its way.
    pub(super) fn promise(&mut self, link: Link, bytes: usize) {
        if let Some(client) = self.clients.get_mut(&link) {
            client.promised += bytes;
        }
    }

    /// Tells the store of everything that was given from backlogs, or will be.
    pub(super) fn flush_offers(&mut self) {
        if self.offers.given.is_empty() && self.offers.waiting.is_empty() {
            return;
        }
        let (mut changes, mut then) = (Vec::new(), Vec::new());
        for (id, sequences) in std::mem::take(&mut self.offers.given) {
            let Some(line) = self.destinations.line(id) else { continue };
            let Some(container) = &line.container else { continue };
            for (first, last) in line.runs(sequences) {
                changes.push(Change::Offer { container: container.clone(), first, last });
                then.push(Then::Marked(id, first, last));
            }
        }
        let waiting = std::mem::take(&mut self.offers.waiting);
        then.extend(waiting.into_iter().map(|(sub, through)| Then::Offered(sub, through)));
        self.store(Batch { changes, sync: false }, then, None);
    }

    /// The store knows that these will be given.
    pub(super) fn marked(&mut self, id: LineId, first: u64, last: u64) {
        let Some(line) = self.destinations.line_mut(id) else { return };
        let begin = line.pending.partition_point(|it| it.sequence < first);
        let marked = line.pending.iter_mut().skip(begin).take_while(|it| it.sequence <= last);
        marked.for_each(|it| it.offered = true);
    }

    /// The store knows (`marked`), or has no room for the marks: consumers make room, so they are
    /// not kept waiting for it.
    pub(super) fn offered(&mut self, sub: SubId, through: u64, marked: bool) {
        let Some(subscription) = self.subscriptions.get_mut(sub.0) else { return };
        let link = subscription.link;
        for (dispatch, bytes) in subscription.release(through, marked) {
            if let Some(client) = self.clients.get_mut(&link) {
                client.promised = client.promised.saturating_sub(bytes);
            }
            self.send_message(link, dispatch, bytes);
        }
        // What has been sent may take less memory.
        self.dispatch_to(sub);
    }

    /// These will not be sent after all.
    pub(super) fn keep_no_promise(&mut self, link: Link, gone: &[InFlight]) {
        let unsent = gone.iter().filter(|it| !it.sent);
        let bytes: usize = unsent.map(|it| it.entry.bytes).sum();
        if bytes > 0 {
            self.lighten(link, |client| {
                client.promised = client.promised.saturating_sub(bytes);
            });
        }
    }
}

impl Line {
    /// Runs of neighbours: nothing else that waits may lie between them.
    fn runs(&self, mut sequences: Vec<u64>) -> Vec<(u64, u64)> {
        sequences.sort_unstable();
        let mut runs: Vec<(u64, u64)> = Vec::new();
        for sequence in sequences {
            match runs.last_mut() {
                Some((_, last)) if self.are_neighbours(*last, sequence) => *last = sequence,
                _ => runs.push((sequence, sequence)),
            }
        }
        runs
    }

    fn are_neighbours(&self, one: u64, other: u64) -> bool {
        let next = self.pending.partition_point(|entry| entry.sequence <= one);
        self.pending.get(next).is_none_or(|entry| entry.sequence >= other)
    }
}

impl Subscription {
    /// How many more it may be given.
    pub(super) fn credit(&self) -> usize {
        let open = self.in_flight.len() + self.counted;
        let window = (self.prefetch + self.extension).saturating_sub(open);
        window.max(usize::from(self.pull.is_some()))
    }

    /// What it has been given last waits for the store.
    pub(super) fn is_waiting(&self) -> bool {
        self.in_flight.back().is_some_and(|it| !it.sent)
    }

    /// Takes what can be sent now: all up to a dispatch, and what waited only for that.
    fn release(&mut self, through: u64, marked: bool) -> Vec<(MessageDispatch, usize)> {
        let begin = self.sent();
        let mut dispatches = Vec::new();
        for it in self.in_flight.range_mut(begin..) {
            let covered = it.order <= through;
            if !covered && it.entry.needs_offer() {
                break;
            }
            it.sent = true;
            it.entry.offered |= marked && covered;
            let (dispatch, bytes) = (it.entry.dispatch(&self.id), it.entry.bytes);
            dispatches.extend(dispatch.map(|dispatch| (dispatch, bytes)));
            if !self.memory.keeps(0) {
                let before = it.entry.held();
                it.entry.let_go();
                self.memory.take(before - it.entry.held());
            }
        }
        dispatches
    }
}

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

use relaismq_openwire::Message;

use crate::{
    engine::{
        Engine,
        state::{
            entry::Entry,
            line::Line,
            outcomes::Then,
            slab::{LineId, SubId},
            work::{Due, Run},
        },
    },
    model::{Batch, Change, sequence},
};

/// What is consumed in half a second is marked ahead.
const AHEAD: usize = 2;

impl Engine {
    /// Somebody has credit for it, or will have when all before it has been confirmed and given.
    pub(crate) fn will_be_given(&self, id: LineId, sequence: u64, message: &Message) -> bool {
        let Some(line) = self.destinations.line(id) else { return false };
        if line.is_plain() {
            return self.reach(id, line) > line.place_for(sequence);
        }
        let free = line.members.iter().filter(|it| self.is_free(it.sub));
        free.filter_map(|it| self.subscriptions.get(it.sub)).any(|it| it.accepts(message))
    }

    /// So many of those that wait will be given within a moment, at the pace of the last second.
    fn reach(&self, id: LineId, line: &Line) -> usize {
        self.demand(id).saturating_add(line.pace.lately(self.now.monotonic) / AHEAD)
    }

    /// The store has to answer before anything is given, which may take longer than consumers need
    /// for their windows. So what they will come to in the meantime is marked, too.
    pub(crate) fn mark_ahead(&mut self, id: LineId) {
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
            self.work.offers.given.entry(id).or_default().extend(ahead);
            if let Some(line) = self.destinations.line_mut(id) {
                line.marked_through = last;
            }
        }
    }

    /// The marks of what arrives go into its batch.
    pub(crate) fn mark_arriving(&mut self) {
        for run in std::mem::take(&mut self.work.offers.arriving) {
            let container =
                self.destinations.late_line(run.line).and_then(|it| it.container.clone());
            if let Some(container) = container {
                self.work.change(Change::Offer { container, first: run.first, last: run.last });
            }
        }
    }

    /// Tells the store of everything that was given from backlogs, or will be.
    pub(crate) fn flush_offers(&mut self) {
        if self.work.offers.given.is_empty() && self.work.offers.waiting.is_empty() {
            return;
        }
        let (mut changes, mut then) = (Vec::new(), Vec::new());
        for (id, sequences) in std::mem::take(&mut self.work.offers.given) {
            let Some(line) = self.destinations.late_line(id) else { continue };
            let Some(container) = &line.container else { continue };
            for (first, last) in line.runs(sequences) {
                changes.push(Change::Offer { container: container.clone(), first, last });
                then.push(Then::Marked(id, first, last));
            }
        }
        let waiting = std::mem::take(&mut self.work.offers.waiting);
        then.extend(waiting.into_iter().map(|(sub, through)| Then::Offered(sub, through)));
        self.store(Batch { changes, sync: false }, then, None);
    }

    /// The store knows that these will be given.
    pub(crate) fn marked(&mut self, id: LineId, first: u64, last: u64) {
        let Some(line) = self.destinations.late_line_mut(id) else { return };
        let begin = line.pending.partition_point(|it| it.sequence < first);
        let marked = line.pending.iter_mut().skip(begin).take_while(|it| it.sequence <= last);
        marked.for_each(|it| it.offered = true);
    }

    /// The store knows (`marked`), or has no room for the marks: consumers make room, so they are
    /// not kept waiting for it.
    pub(crate) fn offered(&mut self, sub: SubId, through: u64, marked: bool) {
        let Some(subscription) = self.subscriptions.late_mut(sub) else { return };
        let link = subscription.link;
        for (dispatch, bytes) in subscription.release(through, marked) {
            if let Some(client) = self.clients.get_mut(link) {
                client.promised = client.promised.saturating_sub(bytes);
            }
            self.send_message(link, dispatch, bytes);
        }
        // What has been sent may take less memory.
        self.work.due(Due::Credit(sub));
    }

    /// Notes whether an arriving message will be given at once.
    pub(crate) fn foresee(&mut self, id: LineId, sequence: u64, given: bool) {
        let arriving = &mut self.work.offers.arriving;
        let of_band =
            |run: &&mut Run| run.line == id && sequence::band(run.last) == sequence::band(sequence);
        match arriving.last_mut().filter(of_band) {
            Some(run) if given && run.open => run.last = sequence,
            Some(run) if !given => run.open = false,
            None if !given => {}
            _ => {
                arriving.push(Run { line: id, first: sequence, last: sequence, open: true });
            }
        }
    }
}

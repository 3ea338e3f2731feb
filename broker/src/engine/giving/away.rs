//! Messages of which only the store has the body.
//!
//! What consumers have and do not acknowledge need not stay in memory if it can be read again: when
//! all that is in flight is too much, each consumer keeps a fair share there, and beyond it the broker
//! remembers only what it must know to take an acknowledgement. Such a message is read again when it
//! comes back to its line, and when it has to be moved to the dead letter queue.

use crate::{
    engine::{
        Engine,
        state::{entry::Entry, in_flight::InFlight, line::Line, slab::LineId},
    },
    model::StoredMessage,
};

impl Engine {
    /// Buries what was waiting for its body.
    pub(crate) fn bury_doomed(&mut self, id: LineId) {
        let Some(line) = self.destinations.line_mut(id) else { return };
        if line.doomed.is_empty() {
            return;
        }
        let mut there = Vec::new();
        for (sequence, cause) in std::mem::take(&mut line.doomed) {
            match line.position(sequence).map(|place| (place, line.is_away_at(place))) {
                Some((_, true)) => drop(line.doomed.insert(sequence, cause)),
                Some((place, false)) => there.extend(line.take(place).map(|it| (it, cause))),
                None => {}
            }
        }
        for (entry, cause) in there {
            self.bury(None, InFlight::never(id, entry), &cause);
        }
    }

    /// A page with bodies that are away has come in, read behind this sequence.
    pub(crate) fn fetch_page(&mut self, id: LineId, after: u64, messages: &[StoredMessage]) {
        let Some(line) = self.destinations.line(id) else { return };
        let is_away = |it: &&StoredMessage| {
            line.position(it.sequence).is_some_and(|place| line.is_away_at(place))
        };
        let wanted = messages.iter().filter(is_away);
        let entries: Vec<Entry> = wanted.filter_map(|it| self.stored_entry(id, it)).collect();
        let fetched: Vec<u64> = entries.iter().map(|it| it.sequence).collect();
        let Some(line) = self.destinations.line_mut(id) else { return };
        entries.iter().for_each(|entry| line.fetch(entry));
        line.give_up_missing(after, messages.last().map_or(u64::MAX, |it| it.sequence));
        line.rest();
        self.bury_doomed(id);
        self.dispatch(id);
        if self.destinations.memory.is_used_up()
            && let Some(line) = self.destinations.line_mut(id)
        {
            line.let_go_unwanted(&fetched);
        }
    }
}

impl Line {
    /// What all its consumers have passed over need not stay in memory.
    fn let_go_unwanted(&mut self, sequences: &[u64]) {
        let looked = self.members.iter().map(|it| it.looked).min().unwrap_or(0);
        for sequence in sequences.iter().filter(|it| **it <= looked) {
            let Some(place) = self.position(*sequence) else { continue };
            let Some(entry) = self.pending.get_mut(place).filter(|it| !it.is_away()) else {
                continue;
            };
            entry.leave(&mut self.memory);
            entry.let_go();
            entry.count_in(&mut self.memory);
            self.away += usize::from(entry.is_away());
        }
    }

    /// The body of one that is away has been read.
    pub(crate) fn fetch(&mut self, read: &Entry) {
        let Some(place) = self.position(read.sequence).filter(|it| self.is_away_at(*it)) else {
            return;
        };
        if let (Some(entry), Some(message)) = (self.pending.get_mut(place), read.message()) {
            entry.leave(&mut self.memory);
            entry.fetch(message.clone());
            entry.count_in(&mut self.memory);
            self.away -= 1;
        }
    }

    /// What should have been between these and was not is not in the store any more.
    fn give_up_missing(&mut self, after: u64, through: u64) {
        if self.away == 0 {
            return;
        }
        let missing = |it: &Entry| it.is_away() && it.sequence > after && it.sequence <= through;
        while let Some(place) = self.pending.iter().position(missing) {
            if let Some(entry) = self.take(place) {
                self.tally.went();
                tracing::error!(sequence = entry.sequence, "a message is missing in the store");
            }
        }
    }

    fn is_away_at(&self, place: usize) -> bool {
        self.pending.get(place).is_some_and(Entry::is_away)
    }
}

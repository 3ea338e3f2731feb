//! Queues larger than memory: their tail stays in the store until there is room again.
//!
//! A line reads on behind what it has had in memory. What it has had there and is only in the store
//! now ([`super::away`]) it reads again first, and what was read out of turn ([`super::scout`]) it
//! passes over.

use std::{collections::HashSet, sync::Arc};

use relaismq_openwire::{Message, decode_stored};

use super::{
    Engine,
    destinations::Target,
    entry::Entry,
    ids::{LineId, SubId},
    io::{Effect, Ticket},
    queue::Line,
};
use crate::model::{Change, Container, ContainerSummary, StoredMessage};

/// Messages asked for at once.
const PAGE_COUNT: usize = 1000;
/// Pages that are on their way at once: each may be as large as what memory is left for it.
const PAGES: usize = 16;

/// Who reads a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// A line has room again.
    Line(LineId),
    /// A line wants bodies that are away, behind this sequence.
    Away(LineId, u64),
    /// Consumers of a line look for what they want, behind this sequence.
    Scout(LineId, u64),
    /// A browser goes through a line behind this sequence.
    Browser(SubId, LineId, u64),
}

/// A page that has been asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    reader: Reader,
    after: u64,
}

impl Reader {
    const fn line(self) -> LineId {
        match self {
            Self::Line(line) | Self::Away(line, _) => line,
            Self::Scout(line, _) | Self::Browser(_, line, _) => line,
        }
    }
}

impl Engine {
    /// What a store holds of a queue or durable subscription is all tail at first.
    pub(super) fn restore_container(&mut self, summary: &ContainerSummary) {
        let line = match &summary.container {
            Container::Queue(name) => {
                let queue = relaismq_openwire::Destination::queue(name.as_str());
                match self.destinations.find(&queue) {
                    Some(Target::Queue(line)) => line,
                    _ => self.make_queue(&queue, true),
                }
            }
            Container::Subscription(key) => match self.durables.line(key) {
                Some(line) => line,
                None => return,
            },
            // It does not outlive the process.
            Container::Subscriber(_) => return,
        };
        let last = self.last_sequence;
        let Some(line) = self.destinations.line_mut(line).filter(|_| summary.count > 0) else {
            return;
        };
        line.tail.exists = true;
        line.tail.last = last;
        if self.settings.marks && !self.inherited.offers_known {
            // The next start will know of this one only, so what is suspect now is marked.
            let container = summary.container.clone();
            self.change(Change::Offer { container, first: 0, last });
        }
    }

    /// Wants the next page if somebody listens and there is room. A line that has nothing in memory
    /// that it could give may always read, so that none waits for others to become shorter; but when
    /// memory is used up, only for somebody who has credit.
    pub(super) fn read_on(&mut self, id: LineId) {
        let (room, short) = (self.room_in(id), self.destinations.memory.is_used_up());
        let demanded = !short || self.demand(id) > 0;
        let blocked = self.first_missing(id);
        let Some(line) = self.destinations.line_mut(id) else { return };
        let drained = line.is_drained(room);
        line.spills &= !drained || line.tail.exists;
        let wanted = !line.tail.reading && !line.members.is_empty() && demanded;
        let unread = line.tail.exists && !line.tail.is_stuck();
        let reader = match blocked {
            Some(sequence) => Some(Reader::Away(id, sequence - 1)),
            None if unread && (line.is_dry() || drained && !short) => Some(Reader::Line(id)),
            None => None,
        };
        if let Some(reader) = reader.filter(|_| wanted) {
            line.tail.reading = true;
            self.wanted_pages.push_back(reader);
        }
        if drained {
            self.let_go_of_line(id);
        }
    }

    /// How much its consumers would take at once.
    pub(super) fn demand(&self, id: LineId) -> usize {
        let members = self.destinations.line(id).map(|it| it.members.as_slice());
        let members = members.unwrap_or_default().iter().filter(|it| self.is_free(it.sub));
        let members = members.filter_map(|it| self.subscriptions.get(it.sub.0));
        members.fold(0usize, |sum, it| sum.saturating_add(it.credit()))
    }

    /// The store is to be asked for something, and may be.
    pub(super) fn wants_pages(&self) -> bool {
        !self.wanted_pages.is_empty() && self.outcomes.pages.len() < PAGES
    }

    /// Asks the store, after everything that has been handed to it.
    pub(super) fn request_pages(&mut self) {
        while self.wants_pages() {
            let Some(reader) = self.wanted_pages.pop_front() else { return };
            let (max_count, max_bytes) = self.page_size(reader);
            let line = self.destinations.line_mut(reader.line());
            // A line that has gone meanwhile has nothing to read.
            let line = line.and_then(|line| Some((line.container.clone()?, line)));
            let Some((container, line)) = line else {
                self.page_gone(reader);
                continue;
            };
            let after = match reader {
                Reader::Line(_) => line.tail.read_through,
                Reader::Away(_, after) | Reader::Scout(_, after) => after,
                Reader::Browser(_, _, after) => after,
            };
            if !matches!(reader, Reader::Browser(..)) {
                line.tail.asked_through = line.tail.last;
                line.tail.gone.clear();
            }
            let ticket = self.outcomes.ticket();
            self.outcomes.pages.insert(ticket, Asked { reader, after });
            self.effects.push_back(Effect::Page { ticket, container, after, max_count, max_bytes });
        }
    }

    /// As much as memory allows; when it is used up, what is taken at once.
    fn page_size(&self, reader: Reader) -> (usize, usize) {
        let most = (self.settings.queue_memory_bytes / 2).max(1);
        let free = self.destinations.memory.free();
        let bytes = (free / PAGES).max(super::memory::SMALL).min(most);
        let count = match reader {
            Reader::Line(line) | Reader::Away(line, _) if free == 0 => {
                self.demand(line).clamp(1, PAGE_COUNT)
            }
            _ => PAGE_COUNT,
        };
        (count, bytes)
    }

    fn page_gone(&mut self, reader: Reader) {
        if let Reader::Browser(sub, line, _) = reader {
            self.browse_page(sub, line, &[]);
        }
    }

    pub(super) fn paged(&mut self, ticket: Ticket, messages: &[StoredMessage]) {
        let Some(Asked { reader, after }) = self.outcomes.pages.remove(&ticket) else { return };
        match reader {
            Reader::Line(line) => self.load_page(line, messages),
            Reader::Away(line, _) => self.fetch_page(line, after, messages),
            Reader::Scout(line, _) => self.scouted(line, after, messages),
            Reader::Browser(sub, line, _) => self.browse_page(sub, line, messages),
        }
    }

    fn load_page(&mut self, id: LineId, messages: &[StoredMessage]) {
        let Some(line) = self.destinations.line(id) else { return };
        let readable = messages.iter().take_while(|it| line.tail.is_confirmed(it.sequence));
        let last = readable.clone().last().map(|it| it.sequence);
        let entries: Vec<Entry> = readable.filter_map(|it| self.stored_entry(id, it)).collect();
        let known = self.known_behind(id);
        let Some(line) = self.destinations.line_mut(id) else { return };
        for entry in entries {
            if known.contains(&entry.sequence) {
                line.fetch(&entry);
            } else {
                // Something read out of turn may be behind it.
                line.insert(entry);
            }
        }
        line.tail.note_read(last, messages.is_empty());
        self.bury_doomed(id);
        self.dispatch(id);
    }

    /// What the store may still show behind what was read, and that has been in memory all the same.
    pub(super) fn known_behind(&self, id: LineId) -> HashSet<u64> {
        let Some(line) = self.destinations.line(id) else { return HashSet::new() };
        let from = line.tail.read_through;
        if line.tail.scouted_through <= from {
            return HashSet::new();
        }
        let begin = line.pending.partition_point(|it| it.sequence <= from);
        let pending = line.pending.range(begin..).map(|it| it.sequence);
        let members = line.members.iter().filter_map(|it| self.subscriptions.get(it.sub.0));
        let in_flight = members.flat_map(|it| &it.in_flight);
        let transactions = self.clients.values().flat_map(|it| it.transactions.values());
        let out = in_flight.chain(transactions.flat_map(|it| &it.held));
        let out = out.filter(|it| it.line == id).map(|it| it.entry.sequence);
        let again = self.outcomes.again.iter().filter(|(line, _)| *line == id);
        let gone = line.tail.gone.iter().copied().chain(again.map(|(_, sequence)| *sequence));
        pending.chain(out).chain(gone).collect()
    }

    /// As it waits in its line; nothing if it cannot be read.
    pub(super) fn stored_entry(&self, id: LineId, stored: &StoredMessage) -> Option<Entry> {
        let message = Arc::new(load(stored)?);
        let bytes = message.footprint();
        Some(Entry {
            suspect: message.persistent && self.inherited.is_suspect(stored),
            stored: true,
            offered: stored.offered || !self.needs_marks(id),
            ..Entry::new(stored.sequence, message, bytes)
        })
    }
}

impl Line {
    /// Nothing in memory comes next.
    pub(super) fn is_dry(&self) -> bool {
        self.pending.front().is_none_or(|front| front.is_away() || self.is_ahead(front.sequence))
    }

    /// Something in the store comes before it.
    pub(super) const fn is_ahead(&self, sequence: u64) -> bool {
        self.tail.exists && sequence > self.tail.read_through
    }
}

/// A message that cannot be read any more must not stop those behind it.
fn load(stored: &StoredMessage) -> Option<Message> {
    let sequence = stored.sequence;
    match decode_stored(&stored.blob) {
        Ok(mut message) => {
            if let Some(id) = &mut message.message_id {
                id.broker_sequence_id = i64::try_from(sequence).unwrap_or(i64::MAX);
            }
            Some(message)
        }
        Err(error) => {
            tracing::error!(%error, sequence, "a stored message cannot be read; it stays in the store");
            None
        }
    }
}

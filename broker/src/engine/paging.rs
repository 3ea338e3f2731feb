//! Queues larger than memory: their tail stays in the store until there is room again.

use std::sync::Arc;

use relaismq_openwire::{Message, decode_stored};

use super::{
    Engine,
    destinations::Target,
    ids::{LineId, SubId},
    io::{Effect, Ticket},
    queue::Entry,
};
use crate::model::{Change, Container, ContainerSummary, StoredMessage};

/// Messages asked for at once.
const PAGE_COUNT: usize = 1000;

/// Who reads a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// A line has room again.
    Line(LineId),
    /// A browser goes through a line behind this sequence.
    Browser(SubId, LineId, u64),
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

    /// Wants the next page if somebody listens and there is room. A line that has nothing at all in
    /// memory may always read, so that none waits for others to become shorter.
    pub(super) fn read_on(&mut self, id: LineId) {
        let memory = self.memory_for_a_line();
        let Some(line) = self.destinations.line_mut(id) else { return };
        let drained = line.is_drained(memory);
        line.spills &= !drained || line.tail.exists;
        let wanted = line.tail.exists && !line.tail.reading && !line.members.is_empty();
        let room = line.pending.is_empty() || drained;
        if wanted && room {
            line.tail.reading = true;
            self.wanted_pages.push(Reader::Line(id));
        }
        if drained {
            self.let_go_of_line(id);
        }
    }

    /// Asks the store, after everything that has been handed to it.
    pub(super) fn request_pages(&mut self) {
        for reader in std::mem::take(&mut self.wanted_pages) {
            let line = match reader {
                Reader::Line(line) | Reader::Browser(_, line, _) => self.destinations.line(line),
            };
            // A line that has gone meanwhile has nothing to read.
            let container = line.and_then(|line| Some((line.container.clone()?, line.tail)));
            let Some((container, tail)) = container else {
                self.page_gone(reader);
                continue;
            };
            let after = match reader {
                Reader::Line(id) => {
                    if let Some(line) = self.destinations.line_mut(id) {
                        line.tail.asked_through = tail.last;
                    }
                    tail.read_through
                }
                Reader::Browser(_, _, after) => after,
            };
            let max_bytes = (self.settings.queue_memory_bytes / 2).max(1);
            let ticket = self.outcomes.ticket();
            self.outcomes.pages.insert(ticket, reader);
            let max_count = PAGE_COUNT;
            self.effects.push_back(Effect::Page { ticket, container, after, max_count, max_bytes });
        }
    }

    fn page_gone(&mut self, reader: Reader) {
        if let Reader::Browser(sub, line, _) = reader {
            self.browse_page(sub, line, &[]);
        }
    }

    pub(super) fn paged(&mut self, ticket: Ticket, messages: &[StoredMessage]) {
        match self.outcomes.pages.remove(&ticket) {
            Some(Reader::Line(line)) => self.load_page(line, messages),
            Some(Reader::Browser(sub, line, _)) => self.browse_page(sub, line, messages),
            None => {}
        }
    }

    fn load_page(&mut self, id: LineId, messages: &[StoredMessage]) {
        let entries: Vec<Entry> =
            messages.iter().filter_map(|stored| self.stored_entry(stored)).collect();
        let last = messages.last().map(|message| message.sequence);
        self.destinations.change(id, |line| {
            line.tail.reading = false;
            entries.into_iter().for_each(|entry| line.push(entry));
            // Also past those that could not be read.
            line.tail.read_through = line.tail.read_through.max(last.unwrap_or(0));
            // What has come since the page was asked for is not in it.
            if last.is_none_or(|last| last >= line.tail.asked_through) {
                line.tail.exists = line.tail.last > line.tail.asked_through;
            }
        });
        self.dispatch(id);
    }

    /// As it waits in its line; nothing if it cannot be read.
    pub(super) fn stored_entry(&self, stored: &StoredMessage) -> Option<Entry> {
        let message = load(stored)?;
        Some(Entry {
            sequence: stored.sequence,
            counter: 0,
            suspect: message.persistent && self.inherited.is_suspect(stored),
            stored: true,
            offered: stored.offered || !self.settings.marks,
            ready: true,
            message: Arc::new(message),
        })
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

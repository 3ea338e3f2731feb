//! Queues larger than memory: their tail stays in the store until there is room again.

use std::sync::Arc;

use relaismq_openwire::decode_stored;

use super::{
    Engine,
    io::{Effect, Ticket},
    queue::{Entry, Line, LineId},
};
use crate::model::{Container, ContainerSummary, StoredMessage};

/// Messages asked for at once.
const PAGE_COUNT: usize = 1000;

impl Engine {
    /// What a store holds of a queue or durable subscription is all tail at first.
    pub(super) fn restore_container(&mut self, summary: &ContainerSummary) {
        let line = match &summary.container {
            Container::Queue(name) => {
                let queue = relaismq_openwire::Destination::queue(name.as_str());
                match self.destinations.queues.get(&queue) {
                    Some(line) => *line,
                    None => self.make_queue(&queue, true),
                }
            }
            Container::Subscription(key) => match self.durables.line(key) {
                Some(line) => line,
                None => return,
            },
        };
        let last = self.last_sequence;
        if let Some(line) = self.destinations.line(line).filter(|_| summary.count > 0) {
            line.tail.exists = true;
            line.tail.last = last;
        }
    }

    /// Asks for the next page if somebody listens and there is room.
    pub(super) fn read_on(&mut self, id: LineId) {
        let memory = self.settings.queue_memory_bytes;
        let Some(line) = self.destinations.line(id) else { return };
        if line.bytes > memory / 2 {
            return;
        }
        line.spills &= line.tail.exists;
        let wanted = line.tail.exists && !line.subscribers.is_empty();
        self.let_go(id);
        if wanted {
            self.read_page(id);
        }
    }

    pub(super) fn read_page(&mut self, id: LineId) {
        let memory = self.settings.queue_memory_bytes;
        let Some(line) = self.destinations.line(id) else { return };
        if !line.tail.exists || line.tail.reading {
            return;
        }
        let Some(container) = line.container.clone() else { return };
        line.tail.reading = true;
        line.tail.asked_through = line.tail.last;
        let after = line.tail.read_through;
        // The page must see everything that was handed to the store before.
        self.flush_batch();
        let ticket = self.outcomes.ticket();
        self.outcomes.pages.insert(ticket, id);
        let (max_count, max_bytes) = (PAGE_COUNT, (memory / 2).max(1));
        self.effects.push_back(Effect::Page { ticket, container, after, max_count, max_bytes });
    }

    pub(super) fn paged(&mut self, ticket: Ticket, messages: Vec<StoredMessage>) {
        let Some(id) = self.outcomes.pages.remove(&ticket) else { return };
        let suspect = self.suspect_through;
        let Some(line) = self.destinations.line(id) else { return };
        line.tail.reading = false;
        // An empty page says nothing of what came in since it was asked for.
        let read = messages.last().map_or(line.tail.asked_through, |last| last.sequence);
        for stored in messages {
            load(line, &stored, suspect);
        }
        if read >= line.tail.last {
            line.tail.exists = false;
        }
        self.dispatch(id);
        self.browse_line(id);
    }
}

/// A message that cannot be read any more must not stop those behind it.
fn load(line: &mut Line, stored: &StoredMessage, suspect_through: u64) {
    let sequence = stored.sequence;
    match decode_stored(&stored.blob) {
        Ok(mut message) => {
            // Nobody recorded what was in flight when the broker died.
            let counter = i32::from(message.persistent && sequence <= suspect_through);
            if let Some(id) = &mut message.message_id {
                id.broker_sequence_id = i64::try_from(sequence).unwrap_or(i64::MAX);
            }
            let message = Arc::new(message);
            line.push(Entry { sequence, message, counter, stored: true, ready: true });
        }
        Err(error) => {
            tracing::error!(%error, sequence, "a stored message cannot be read; it stays in the store");
            line.tail.read_through = line.tail.read_through.max(sequence);
        }
    }
}

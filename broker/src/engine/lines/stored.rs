//! What the store has of a line.

use std::{collections::HashSet, sync::Arc};

use relaismq_openwire::{Message, decode_stored};

use crate::{
    engine::{
        Engine,
        state::{entry::Entry, slab::LineId},
    },
    model::{Container, StoredMessage, sequence},
};

impl Engine {
    /// What the store may still show behind what was read, and that has been in memory all the same.
    pub(crate) fn known_behind(&self, id: LineId) -> HashSet<u64> {
        let Some(line) = self.destinations.line(id) else { return HashSet::new() };
        let from = line.tail.read_through;
        if line.tail.scouted_through <= from {
            return HashSet::new();
        }
        let begin = line.pending.partition_point(|it| it.sequence <= from);
        let pending = line.pending.range(begin..).map(|it| it.sequence);
        let members = line.members.iter().filter_map(|it| self.subscriptions.get(it.sub));
        let in_flight = members.flat_map(|it| &it.in_flight);
        let transactions =
            self.clients.iter().map(|(_, client)| client).flat_map(|it| it.transactions.values());
        let held = transactions.flat_map(|it| &it.held).chain(self.prepared.held());
        let out = in_flight.chain(held);
        let out = out.filter(|it| it.line == id).map(|it| it.entry.sequence);
        let again = self.outcomes.again.iter().filter(|(line, _)| *line == id);
        let gone = line.tail.gone.iter().copied().chain(again.map(|(_, sequence)| *sequence));
        pending.chain(out).chain(gone).collect()
    }

    /// As it waits in its line; nothing if it cannot be read.
    pub(crate) fn stored_entry(&self, id: LineId, stored: &StoredMessage) -> Option<Entry> {
        let message = Arc::new(load(stored)?);
        let bytes = message.footprint();
        Some(Entry {
            suspect: message.persistent && self.inherited.is_suspect(stored),
            stored: true,
            offered: stored.offered || !self.needs_marks(id),
            ..Entry::new(stored.sequence, message, bytes)
        })
    }

    /// What is given from this line has to be marked in the store.
    pub(crate) fn needs_marks(&self, id: LineId) -> bool {
        let container = self.destinations.late_line(id).and_then(|line| line.container.as_ref());
        self.settings.marks && container.is_some_and(Container::is_lasting)
    }
}

/// A message that cannot be read any more must not stop those behind it.
pub(crate) fn load(stored: &StoredMessage) -> Option<Message> {
    let sequence = sequence::arrival(stored.sequence);
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

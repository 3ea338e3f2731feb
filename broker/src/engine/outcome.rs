//! What happens when a batch is durable, or is not.

use std::collections::BTreeMap;

use relaismq_openwire::{ProducerAck, ProducerId};

use super::{Engine, io::Link, queue::LineId, refuse::Refusal};
use crate::{
    engine::io::{Effect, Ticket},
    store::StoreError,
};

/// Something that waits for durability.
#[derive(Debug)]
pub(crate) enum Then {
    /// Answer a command.
    Respond(Link, i32),
    /// Give a producer window back.
    Acknowledge(Link, ProducerAck),
    /// A message may be dispatched.
    Ready(LineId, u64),
    /// A message of a producer: only matters if it was not stored.
    Sent(ProducerId, i64),
}

/// Batches on their way to the store.
#[derive(Debug, Default)]
pub(crate) struct Outcomes {
    last: u64,
    waiting: BTreeMap<Ticket, Vec<Then>>,
    /// Pages being read, and for which line.
    pub(crate) pages: BTreeMap<Ticket, LineId>,
}

impl Outcomes {
    pub(crate) fn enter(&mut self, then: Vec<Then>) -> Ticket {
        let ticket = self.ticket();
        if !then.is_empty() {
            self.waiting.insert(ticket, then);
        }
        ticket
    }

    pub(crate) const fn ticket(&mut self) -> Ticket {
        self.last += 1;
        Ticket(self.last)
    }
}

impl Engine {
    pub(super) fn stored(&mut self, ticket: Ticket) {
        let mut lines = Vec::new();
        for then in self.outcomes.waiting.remove(&ticket).unwrap_or_default() {
            match then {
                Then::Respond(link, command) => self.respond(link, Some(command)),
                Then::Acknowledge(link, ack) => self.send_to(link, ack),
                Then::Ready(id, sequence) => {
                    if let Some(line) = self.destinations.line(id) {
                        line.confirm(sequence);
                        if lines.last() != Some(&id) {
                            lines.push(id);
                        }
                    }
                }
                Then::Sent(..) => {}
            }
        }
        lines.sort_unstable();
        lines.dedup();
        for line in lines {
            self.dispatch(line);
        }
    }

    /// No room: the senders are told, nothing else happens. Anything else: this broker is done.
    pub(super) fn store_failed(&mut self, ticket: Ticket, error: &StoreError) {
        if !matches!(error, StoreError::Full { .. }) {
            self.effects.push_back(Effect::Fail { reason: error.to_string() });
            return;
        }
        for then in self.outcomes.waiting.remove(&ticket).unwrap_or_default() {
            match then {
                Then::Respond(link, command) => {
                    self.refuse(link, Some(command), &Refusal::resources(error.to_string()));
                }
                Then::Acknowledge(link, ack) => self.send_to(link, ack),
                Then::Ready(id, sequence) => {
                    if let Some(line) = self.destinations.line(id) {
                        line.withdraw(sequence);
                    }
                }
                Then::Sent(producer, sequence) => self.remembered.take_back(&producer, sequence),
            }
        }
    }
}

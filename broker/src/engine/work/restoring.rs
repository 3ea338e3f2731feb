//! What a store holds is taken over.

use std::sync::Arc;

use bytes::Bytes;
use relaismq_openwire::{Destination, Message, TransactionId, XaTransactionId, decode_stored};

use crate::{
    engine::{
        Engine,
        state::{
            client::Route,
            destinations::Target,
            entry::Entry,
            in_flight::InFlight,
            prepared::{self, Branch},
        },
    },
    model::{Change, Container, ContainerSummary, PreparedBranch, SubscriptionRecord},
};

impl Engine {
    /// What a store holds of a queue or durable subscription is all tail at first.
    pub(crate) fn restore_container(&mut self, summary: &ContainerSummary) {
        let line = match &summary.container {
            Container::Queue(name) => {
                let queue = Destination::queue(name.as_str());
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
            Container::Subscriber(_) | Container::Topic(_) => return,
        };
        let last = self.last_sequence;
        let Some(line) = self.destinations.line_mut(line).filter(|_| summary.count > 0) else {
            return;
        };
        if summary.prioritized && !line.prioritized {
            tracing::info!(container = ?summary.container, "keeps the order of priorities until a start finds it empty");
            line.prioritized = true;
        }
        let last = if line.prioritized { u64::MAX } else { last };
        line.tail.exists = true;
        line.tally.inherited = summary.count;
        line.tail.last = last;
        if self.settings.marks && !self.inherited.offers_known {
            // The next start will know of this one only, so what is suspect now is marked.
            let container = summary.container.clone();
            self.work.change(Change::Offer { container, first: 0, last });
        }
    }

    /// A branch of a distributed transaction waits for its decision. What it has taken is nobody's till then.
    pub(crate) fn restore_branch(&mut self, name: &str, bytes: &Bytes) {
        let Some(number) = prepared::number(name) else { return };
        let stored = PreparedBranch::decode(bytes);
        let sends = stored.as_ref().and_then(|stored| sends(&stored.messages));
        let Some((stored, sends)) = stored.zip(sends) else {
            return log_unreadable(name);
        };
        let mut memory = self.uncommitted.share();
        sends.iter().for_each(|(message, _)| memory.add(message.footprint()));
        let taken = stored.taken.iter();
        let held =
            taken.filter_map(|(container, at)| self.hold_back_stored(container, *at)).collect();
        log_doubt(&stored.id);
        let branch = Branch { number, durable: true, sends, held, memory };
        self.prepared.insert(TransactionId::Xa(Box::new(stored.id)), branch);
    }

    /// Of a message that only the store has, and that nobody may have.
    fn hold_back_stored(&mut self, container: &Container, sequence: u64) -> Option<InFlight> {
        let id = match container {
            Container::Queue(name) => {
                match self.destinations.find(&Destination::queue(name.clone()))? {
                    Target::Queue(line) => line,
                    Target::Topic(_) => return None,
                }
            }
            Container::Subscription(key) => self.durables.line(key)?,
            Container::Subscriber(_) | Container::Topic(_) => return None,
        };
        let line = self.destinations.line_mut(id)?;
        // So that it is known when it is read.
        line.tail.scouted_through = line.tail.scouted_through.max(sequence);
        Some(InFlight::never(id, Entry::only_stored(sequence)))
    }

    pub(crate) fn restore_durables(&mut self, records: Vec<SubscriptionRecord>) {
        for record in records {
            self.make_durable(record);
        }
    }
}

/// Nothing if one of them cannot be read.
fn sends(messages: &[Bytes]) -> Option<Vec<(Arc<Message>, Route)>> {
    let send = |blob: &Bytes| {
        let message = decode_stored(blob).ok()?;
        let parts = message.destination.as_ref().map(Destination::parts).unwrap_or_default();
        Some((Arc::new(message), Route::Parts(parts)))
    };
    messages.iter().map(send).collect()
}

fn log_unreadable(name: &str) {
    tracing::error!(name, "a prepared transaction cannot be read; it stays in the store");
}

fn log_doubt(branch: &XaTransactionId) {
    tracing::warn!(%branch, "a prepared transaction is in doubt: its transaction manager has to decide");
}

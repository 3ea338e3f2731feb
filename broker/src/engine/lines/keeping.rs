//! What the store keeps of each line, and how much that is; and what comes back to a line.

use bytes::Bytes;
use relaismq_openwire::encode_stored;

use crate::{
    engine::{
        Engine,
        lines::arriving::Arrival,
        state::{entry::Entry, in_flight::InFlight, slab::LineId},
    },
    model::{Change, Container, Envelope, SubscriptionKey},
};

impl Engine {
    /// Has the store keep it. False if that is impossible.
    pub(crate) fn keep(
        &mut self,
        id: LineId,
        sequence: u64,
        arrival: &mut Arrival,
        transient: bool,
    ) -> bool {
        let Some(line) = self.destinations.line_mut(id) else { return false };
        let Some(container) = line.container.clone() else { return false };
        let blob = match arrival.blob.take().map_or_else(|| encode_stored(&arrival.message), Ok) {
            Ok(blob) => blob,
            // What a peer could send in tight encoding always fits the loose one.
            Err(error) => {
                tracing::error!(%error, "a message cannot be stored");
                return false;
            }
        };
        if arrival.several {
            arrival.blob = Some(blob.clone());
        }
        let bytes = arrival.bytes as u64;
        line.kept_bytes += bytes;
        self.stored_bytes += bytes;
        match container {
            Container::Subscription(key) if !transient => {
                self.keep_for(key, sequence, arrival, blob);
            }
            container => {
                let envelope = Envelope::of(&arrival.message);
                self.work.change(Change::Add { container, sequence, envelope, blob, transient });
            }
        }
        true
    }

    /// A topic's message is kept once for all of its durable subscriptions.
    fn keep_for(
        &mut self,
        key: SubscriptionKey,
        sequence: u64,
        arrival: &mut Arrival,
        blob: Bytes,
    ) {
        if let Some(subscriptions) = self.work.published(arrival.published, sequence) {
            subscriptions.push(key);
            return;
        }
        let topic = arrival.message.destination.as_ref().map(|it| it.name.clone());
        arrival.published = self.work.batch.changes.len();
        self.work.change(Change::Publish {
            topic: topic.unwrap_or_default(),
            subscriptions: vec![key],
            sequence,
            envelope: Envelope::of(&arrival.message),
            blob,
        });
    }

    /// The store need not keep it any longer. False if it did not.
    pub(crate) fn unkeep(&mut self, id: LineId, entry: &Entry) -> bool {
        if !entry.stored {
            return false;
        }
        let Some(line) = self.destinations.late_line_mut(id) else { return false };
        let Some(container) = line.container.clone() else { return false };
        line.pace.note(self.now.monotonic);
        line.tail.note_gone(entry.sequence);
        self.count_kept(id, entry.bytes, false);
        self.work.change(Change::Remove { container, sequence: entry.sequence });
        true
    }

    /// Keeps count of what the store holds.
    pub(crate) fn count_kept(&mut self, id: LineId, bytes: usize, more: bool) {
        let Some(line) = self.destinations.late_line_mut(id) else { return };
        let bytes = bytes as u64;
        if more {
            line.kept_bytes += bytes;
            self.stored_bytes += bytes;
        } else {
            let bytes = bytes.min(line.kept_bytes);
            line.kept_bytes -= bytes;
            self.stored_bytes = self.stored_bytes.saturating_sub(bytes);
        }
    }

    /// To its old place in its line; nothing is dispatched.
    pub(crate) fn put_back(&mut self, it: InFlight) {
        if let Some(line) = self.destinations.late_line_mut(it.line) {
            line.put_back(it.entry);
        }
    }

    /// Something has joined a line: a subscriber may not want so much.
    pub(crate) fn discard_unwished(&mut self, id: LineId) {
        while let Some(line) = self.destinations.line_mut(id).filter(|line| line.exceeds_wish()) {
            let Some(oldest) = line.take(0) else { return };
            line.discarded += 1;
            self.unkeep(id, &oldest);
            self.note_left(id);
        }
    }
}

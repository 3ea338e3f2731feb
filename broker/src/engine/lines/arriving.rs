//! A message that was accepted enters a line.

use std::sync::Arc;

use bytes::Bytes;
use relaismq_openwire::Message;

use crate::{
    engine::{
        Engine,
        state::{
            common::Part,
            entry::Entry,
            line::Line,
            outcomes::Then,
            slab::{LineId, SubId},
        },
    },
    model::{Container, sequence},
};

/// A message on its way into lines.
#[derive(Debug)]
pub(crate) struct Arrival {
    /// The number of its arrival.
    pub(crate) sequence: u64,
    pub(crate) message: Arc<Message>,
    /// As stores keep it; encoded once for all lines, if there may be several.
    pub(crate) blob: Option<Bytes>,
    pub(crate) several: bool,
    /// Where the batch has what was published of it for durable subscriptions, if it has.
    pub(crate) published: usize,
    /// What it takes in memory.
    pub(crate) bytes: usize,
    /// It counts once for all lines, if there are several.
    pub(crate) part: Option<Part>,
    /// Not to be dispatched before what it was committed with is durable.
    pub(crate) held: bool,
}

impl Arrival {
    /// Its place among the others of a line.
    fn sequence_in(&self, line: &Line) -> u64 {
        if line.prioritized {
            return sequence::by_priority(self.sequence, self.message.priority);
        }
        self.sequence
    }
}

impl Engine {
    /// Numbers and stamps a message, before anybody shares it.
    pub(crate) fn arrival(&mut self, mut message: Arc<Message>, held: bool) -> Arrival {
        self.last_sequence += 1;
        let sequence = self.last_sequence;
        let inner = Arc::make_mut(&mut message);
        inner.broker_in_time = self.now.unix_ms;
        if let Some(id) = &mut inner.message_id {
            id.broker_sequence_id = i64::try_from(sequence).unwrap_or(i64::MAX);
        }
        let bytes = message.footprint();
        self.work.gathered += bytes;
        Arrival {
            sequence,
            message,
            blob: None,
            several: true,
            published: 0,
            bytes,
            part: None,
            held,
        }
    }

    /// It goes to several lines: what it takes in memory counts once.
    pub(crate) fn share(&self, arrival: &mut Arrival) {
        let (waiting, given) = (&self.destinations.memory, &self.in_flight);
        arrival.part = Some(Part::new(arrival.bytes, waiting, given));
    }

    /// True if it waits for the store.
    pub(crate) fn publish(&mut self, sub: SubId, arrival: &mut Arrival) -> bool {
        let Some(subscription) = self.subscriptions.get(sub) else { return false };
        if let Some(line) = subscription.lines.first().copied()
            && subscription.wants(&arrival.message)
        {
            return self.enter(line, arrival);
        }
        false
    }

    /// Something of the broker's own, for some subscribers only.
    pub(crate) fn publish_to(&mut self, subscribers: &[SubId], message: Message) {
        let mut arrival = self.arrival(Arc::new(message), false);
        for sub in subscribers {
            self.publish(*sub, &mut arrival);
        }
    }

    /// Puts a message into a line. When memory is full it goes to the store only. True if the store
    /// has to answer first.
    pub(crate) fn enter(&mut self, id: LineId, arrival: &mut Arrival) -> bool {
        let room = self.room_in(id);
        let Some(line) = self.destinations.line_mut(id) else { return false };
        let sequence = arrival.sequence_in(line);
        let kept = line.container.is_some();
        let lasting = line.container.as_ref().is_some_and(Container::is_lasting);
        let durable = lasting && arrival.message.persistent;
        let mut full = kept && (line.is_ahead(sequence) || !line.make_way(sequence, room));
        let fits = line.memory.has_room_for(arrival.bytes);
        if full && !durable && self.hold_back(id) && fits {
            full = false;
        }
        let stored = (durable || full) && self.keep(id, sequence, arrival, !durable);
        let given = durable
            && !full
            && self.settings.marks
            && self.will_be_given(id, sequence, &arrival.message);
        if durable {
            self.foresee(id, sequence, given);
        }
        let marks = self.needs_marks(id);
        let Some(line) = self.destinations.line_mut(id) else { return false };
        let waits = durable || arrival.held;
        if full && stored {
            line.leave_to_store(sequence);
            self.work.later(Then::Spilled(id, sequence, arrival.bytes));
        } else {
            line.arrive(Entry {
                stored,
                offered: given || !marks,
                confirmed: !waits,
                part: arrival.part.clone(),
                ..Entry::new(sequence, arrival.message.clone(), arrival.bytes)
            });
        }
        self.note_arrived(id);
        self.discard_unwished(id);
        if waits {
            self.work.batch.sync |= durable;
            self.work.later(Then::Ready(id, sequence));
        } else {
            self.work.ready(id);
        }
        waits || full && stored
    }
}

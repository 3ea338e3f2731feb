//! One consumer as the broker sees it: its window, and what is in flight to it.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use relaismq_openwire::{
    ConnectionId, ConsumerId, ConsumerInfo, Destination, Message, MessageId, RemoveInfo,
    TransactionId,
};

use super::{account::Share, browser::Browse, entry::Entry, ids::LineId, io::Link};
use crate::selector::Selector;

/// A message on its way.
#[derive(Clone, Debug)]
pub(crate) struct InFlight {
    pub(crate) entry: Entry,
    pub(crate) line: LineId,
    /// Counts dispatches: the order of what is in flight.
    pub(crate) order: u64,
    /// Acknowledged in this open transaction.
    pub(crate) transaction: Option<Arc<TransactionId>>,
    /// It has left for the client. What has not is behind all that has.
    pub(crate) sent: bool,
    /// How often the client has redelivered it by itself.
    pub(crate) rolled_back: i32,
    /// The client had it before it was dispatched, see [`super::range`].
    pub(crate) ahead: bool,
}

/// How the consumer takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Queue,
    Topic,
    Durable,
    Browser,
}

/// A request for one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pull {
    /// `None`: for ever.
    pub(crate) until: Option<Duration>,
}

#[derive(Debug)]
pub(crate) struct Subscription {
    pub(crate) id: ConsumerId,
    pub(crate) link: Link,
    pub(crate) connection: ConnectionId,
    pub(crate) info: Box<ConsumerInfo>,
    /// Of its destination.
    pub(crate) parts: Vec<Destination>,
    pub(crate) role: Role,
    pub(crate) prefetch: usize,
    pub(crate) selector: Option<Selector>,
    pub(crate) lines: BTreeSet<LineId>,
    /// Lines where something waits for it, if it has several.
    pub(crate) noted: VecDeque<LineId>,
    pub(crate) in_flight: VecDeque<InFlight>,
    /// Of what is in flight.
    pub(crate) memory: Share,
    /// The log says once that its window was closed for lack of memory.
    pub(crate) told: bool,
    /// In flight, of a topic or shown to a browser: only their number matters.
    pub(crate) counted: usize,
    /// Places beyond the prefetch: seen by the client, not acknowledged yet.
    pub(crate) extension: usize,
    pub(crate) pull: Option<Pull>,
    pub(crate) browse: Browse,
}

/// Places that are kept when nothing is in flight.
const KEPT: usize = 4096;

impl Subscription {
    /// May be sent one more.
    pub(crate) fn has_credit(&self) -> bool {
        let open = self.in_flight.len() + self.counted;
        let wants = self.pull.is_some() || open.saturating_sub(self.extension) < self.prefetch;
        wants && (self.in_flight.is_empty() || self.memory.may_grow())
    }

    /// Is sent one that it has to acknowledge.
    pub(crate) fn give(&mut self, it: InFlight) {
        self.memory.add(it.entry.held());
        self.in_flight.push_back(it);
        if !self.told && !self.memory.may_grow() {
            self.told = true;
            let (consumer, bytes) = (&self.id, self.memory.bytes());
            tracing::warn!(%consumer, bytes, "gets no more until it acknowledges some of this");
        }
    }

    /// Takes out what fits.
    pub(crate) fn take_where(&mut self, fits: impl Fn(&InFlight) -> bool) -> Vec<InFlight> {
        if !self.in_flight.iter().any(&fits) {
            return Vec::new();
        }
        let (taken, kept): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.in_flight).into_iter().partition(fits);
        self.in_flight = kept.into();
        self.note_taken(&taken);
        taken
    }

    /// Takes out what a transaction has acknowledged.
    pub(crate) fn take_acknowledged(&mut self, within: &TransactionId) -> Vec<InFlight> {
        let taken = self.take_where(|it| it.belongs_to(within));
        self.extension = self.extension.saturating_sub(taken.len());
        taken
    }

    fn note_taken(&mut self, taken: &[InFlight]) {
        self.memory.take(taken.iter().map(|it| it.entry.held()).sum());
        if self.in_flight.is_empty() && self.in_flight.capacity() > KEPT {
            self.in_flight.shrink_to(0);
        }
    }

    /// Its selector matches, or it has none.
    pub(crate) fn selects(&self, message: &Message) -> bool {
        let properties = super::properties::Selectable(message);
        self.selector.as_ref().is_none_or(|selector| selector.matches(&properties))
    }

    /// Also leaves out its own connection's messages if it wants that. The line of a durable
    /// subscription has done so already.
    pub(crate) fn accepts(&self, message: &Message) -> bool {
        let own = || {
            let producer = message.producer_id.as_ref();
            producer.is_some_and(|id| id.connection_id == self.connection.value)
        };
        let hides = self.info.no_local && self.role != Role::Durable;
        !(hides && own()) && self.selects(message)
    }

    /// A topic subscriber: what is addressed to others is not for it.
    pub(crate) fn wants(&self, message: &Message) -> bool {
        let addressed = message.target_consumer_id.as_ref().is_none_or(|target| *target == self.id);
        addressed && self.accepts(message)
    }

    /// Where a message is that is open, or acknowledged in this transaction.
    pub(crate) fn position(
        &self,
        id: &MessageId,
        from: usize,
        within: Option<&TransactionId>,
    ) -> Option<usize> {
        let open = |it: &InFlight| it.counts_in(within) && it.is(id);
        let sent = self.sent();
        let mut range = self.in_flight.range(from.min(sent)..sent);
        range.position(open).map(|place| place + from)
    }

    /// So many of those in flight have left for the client.
    pub(crate) fn sent(&self) -> usize {
        match self.in_flight.back() {
            Some(last) if !last.sent => self.in_flight.partition_point(|it| it.sent),
            _ => self.in_flight.len(),
        }
    }

    /// It is on its way, whether or not an open transaction has acknowledged it.
    pub(crate) fn has(&self, id: &MessageId) -> bool {
        self.in_flight.range(..self.sent()).any(|it| it.is(id))
    }

    /// Takes a range out, except what belongs to an open transaction.
    pub(crate) fn take_range(&mut self, first: usize, last: usize) -> Vec<InFlight> {
        let range: Vec<InFlight> = self.in_flight.drain(first..=last).collect();
        let (kept, taken): (Vec<_>, Vec<_>) =
            range.into_iter().partition(|it| it.transaction.is_some());
        for (place, it) in kept.into_iter().enumerate() {
            self.in_flight.insert(first + place, it);
        }
        self.note_taken(&taken);
        self.extension = self.extension.saturating_sub(taken.len());
        taken
    }

    /// Topic clients are believed by number.
    pub(crate) fn take_count(&mut self, count: usize) {
        let count = count.min(self.counted);
        self.counted -= count;
        self.extension = self.extension.saturating_sub(count);
    }

    pub(crate) fn extend(&mut self, count: usize) {
        let open = self.in_flight.len() + self.counted;
        self.extension = self.extension.saturating_add(count).min(open);
    }

    /// Back on its way, in its old place.
    pub(crate) fn restore(&mut self, it: InFlight) {
        let place = self.in_flight.partition_point(|other| other.order < it.order);
        self.memory.add(it.entry.held());
        self.in_flight.insert(place, it);
    }

    /// Everything in flight, with the redelivery counters as the client's last word decides. What
    /// has not been sent was never delivered.
    pub(crate) fn give_back(&mut self, last_delivered: i64) -> Vec<InFlight> {
        let mut back: Vec<InFlight> = self.in_flight.drain(..).collect();
        let sequence = |it: &InFlight| i64::try_from(it.entry.sequence).unwrap_or(i64::MAX);
        let durable = self.role == Role::Durable;
        let seen = back.iter().position(|it| sequence(it) == last_delivered);
        for (index, it) in back.iter_mut().enumerate() {
            let counts = match last_delivered {
                RemoveInfo::DELIVERED_UNKNOWN => true,
                0 if durable => true,
                last if durable => sequence(it) <= last,
                _ => seen.is_some_and(|seen| index <= seen),
            };
            let counts = counts && it.sent;
            it.entry.counter = it.entry.counter.saturating_add(i32::from(counts));
        }
        self.extension = 0;
        self.memory.take(self.memory.bytes());
        back
    }
}

impl InFlight {
    pub(crate) const fn new(line: LineId, entry: Entry, order: u64, sent: bool) -> Self {
        let (transaction, rolled_back, ahead) = (None, 0, false);
        Self { entry, line, order, transaction, sent, rolled_back, ahead }
    }

    /// Taken out of its line, and given to nobody.
    pub(crate) const fn never(line: LineId, entry: Entry) -> Self {
        Self::new(line, entry, 0, false)
    }

    pub(crate) fn belongs_to(&self, id: &TransactionId) -> bool {
        self.transaction.as_deref() == Some(id)
    }

    pub(crate) fn is(&self, id: &MessageId) -> bool {
        self.entry.id() == Some(id)
    }
}

//! One consumer as the broker sees it: its window, and what is in flight to it.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use relaismq_openwire::{
    ConnectionId, ConsumerId, Destination, Message, MessageAck, MessageId, RemoveInfo,
    TransactionId,
};

use super::{
    io::Link,
    queue::{Entry, LineId},
};
use crate::selector::Selector;

/// Index into the engine's subscriptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct SubId(pub(crate) usize);

/// A message on its way.
#[derive(Clone, Debug)]
pub(crate) struct InFlight {
    pub(crate) entry: Entry,
    pub(crate) line: LineId,
    /// Acknowledged in this open transaction.
    pub(crate) transaction: Option<TransactionId>,
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
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pull {
    /// `None`: for ever.
    pub(crate) until: Option<Duration>,
}

#[derive(Debug)]
pub(crate) struct Subscription {
    pub(crate) id: ConsumerId,
    pub(crate) link: Link,
    pub(crate) connection: ConnectionId,
    pub(crate) destination: Destination,
    pub(crate) role: Role,
    pub(crate) prefetch: usize,
    pub(crate) priority: i8,
    pub(crate) exclusive: bool,
    pub(crate) no_local: bool,
    pub(crate) selector: Option<Selector>,
    pub(crate) lines: Vec<LineId>,
    pub(crate) in_flight: VecDeque<InFlight>,
    /// Places beyond the prefetch: seen by the client, not acknowledged yet.
    pub(crate) extension: usize,
    pub(crate) pull: Option<Pull>,
    /// What a browser has still to be shown.
    pub(crate) browse: VecDeque<Arc<Message>>,
    /// The browser has been told that it has seen everything.
    pub(crate) browsed: bool,
}

/// An acknowledgement that does not fit what is in flight.
#[derive(Debug)]
pub(crate) struct Unmatched;

impl Subscription {
    /// May be sent one more.
    pub(crate) fn has_credit(&self) -> bool {
        self.pull.is_some() || self.in_flight.len().saturating_sub(self.extension) < self.prefetch
    }

    /// The range of an acknowledgement, as indexes.
    pub(crate) fn range(&self, ack: &MessageAck) -> Result<(usize, usize), Unmatched> {
        let last = ack.last_message_id.as_ref().ok_or(Unmatched)?;
        let first = match &ack.first_message_id {
            Some(id) => self.position(id, 0).ok_or(Unmatched)?,
            None => 0,
        };
        let last = self.position(last, first).ok_or(Unmatched)?;
        Ok((first, last))
    }

    pub(crate) fn position(&self, id: &MessageId, from: usize) -> Option<usize> {
        let open = |it: &InFlight| {
            it.transaction.is_none() && it.entry.message.message_id.as_ref() == Some(id)
        };
        let mut range = self.in_flight.range(from.min(self.in_flight.len())..);
        range.position(open).map(|place| place + from)
    }

    /// Takes a range out, except what belongs to an open transaction.
    pub(crate) fn take_range(&mut self, first: usize, last: usize) -> Vec<InFlight> {
        let range: Vec<InFlight> = self.in_flight.drain(first..=last).collect();
        let (kept, taken): (Vec<_>, Vec<_>) =
            range.into_iter().partition(|it| it.transaction.is_some());
        for (place, it) in kept.into_iter().enumerate() {
            self.in_flight.insert(first + place, it);
        }
        self.extension = self.extension.saturating_sub(taken.len());
        taken
    }

    /// Topic clients are believed by number.
    pub(crate) fn take_count(&mut self, count: usize) {
        let count = count.min(self.in_flight.len());
        self.in_flight.drain(..count);
        self.extension = self.extension.saturating_sub(count);
    }

    pub(crate) fn extend(&mut self, count: usize) {
        self.extension = (self.extension + count).min(self.in_flight.len());
    }

    /// Everything in flight, with the redelivery counters as the client's last word decides.
    pub(crate) fn give_back(&mut self, last_delivered: i64) -> Vec<InFlight> {
        let sequence = |it: &InFlight| i64::try_from(it.entry.sequence).unwrap_or(i64::MAX);
        let seen = match last_delivered {
            RemoveInfo::DELIVERED_UNKNOWN => self.in_flight.len(),
            _ if self.role == Role::Durable && last_delivered == 0 => self.in_flight.len(),
            last => {
                self.in_flight.iter().position(|it| sequence(it) == last).map_or(0, |it| it + 1)
            }
        };
        for it in self.in_flight.iter_mut().take(seen) {
            it.entry.counter += 1;
        }
        self.extension = 0;
        self.in_flight.drain(..).collect()
    }
}

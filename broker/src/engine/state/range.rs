//! Which messages an acknowledgement's range holds.
//!
//! A range is two message ids and a count, in the order in which the client has the messages. That is
//! the order of dispatch, but for one case. A Java consumer in a transaction that was interrupted by a
//! takeover keeps the messages it had already handed out, in front of whatever comes. As each of them is
//! dispatched again, it says so: an acknowledgement of the type `DELIVERED` for this message alone,
//! outside of its transaction. At the commit these come first in its range, wherever they are in the
//! broker's order. So the count decides which order is meant, and nothing is acknowledged that the
//! client does not count.

use std::collections::VecDeque;

use relaismq_openwire::{MessageAck, MessageId};

use crate::engine::state::subscription::Subscription;

/// An acknowledgement that does not fit what is in flight.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unmatched {
    /// An end of its range is not there, or the last comes before the first.
    NotInFlight,
    /// The range holds another number of messages: so many.
    Counts(usize),
}

impl Subscription {
    /// The range as indexes, with as many messages as the client counts.
    pub(crate) fn counted_range(&mut self, ack: &MessageAck) -> Result<(usize, usize), Unmatched> {
        let by_dispatch = self.checked(ack, self.range(ack));
        if by_dispatch.is_ok() || !self.in_flight.iter().any(|it| it.ahead) {
            return by_dispatch;
        }
        self.take_the_clients_order();
        self.checked(ack, self.range(ack))
            .or_else(|_| self.checked(ack, self.all_ahead(ack)))
            .or(by_dispatch)
    }

    /// The client says of a message that it had it before, in a transaction that is still open.
    pub(crate) fn note_alone(&mut self, ack: &MessageAck) {
        let alone = ack.first_message_id.is_none() && ack.message_count == 1;
        let (true, None, Some(id)) = (alone, &ack.transaction_id, &ack.last_message_id) else {
            return;
        };
        if let Some(it) = self.in_flight.iter_mut().find(|it| it.is(id)) {
            it.ahead = true;
        }
    }

    fn range(&self, ack: &MessageAck) -> Result<(usize, usize), Unmatched> {
        let within = ack.transaction_id.as_ref();
        let place = |id: &MessageId, from| self.position(id, from, within);
        let first = match &ack.first_message_id {
            Some(id) => place(id, 0).ok_or(Unmatched::NotInFlight)?,
            None => 0,
        };
        let last = ack.last_message_id.as_ref().and_then(|id| place(id, first));
        Ok((first, last.ok_or(Unmatched::NotInFlight)?))
    }

    /// After a rollback the client may have turned the messages ahead among themselves.
    fn all_ahead(&self, ack: &MessageAck) -> Result<(usize, usize), Unmatched> {
        let within = ack.transaction_id.as_ref();
        let place = |id: &Option<MessageId>| self.position(id.as_ref()?, 0, within);
        let ends = (place(&ack.first_message_id), place(&ack.last_message_id));
        let (Some(first), Some(last)) = ends else { return Err(Unmatched::NotInFlight) };
        let ahead = self.in_flight.iter().take_while(|it| it.ahead).count();
        if first >= ahead {
            return Err(Unmatched::NotInFlight);
        }
        Ok((0, last.max(ahead - 1)))
    }

    /// Counts what no transaction has acknowledged yet; some clients count what they have acknowledged
    /// in the same transaction too.
    fn checked(
        &self,
        ack: &MessageAck,
        range: Result<(usize, usize), Unmatched>,
    ) -> Result<(usize, usize), Unmatched> {
        let (first, last) = range?;
        let held = self.in_flight.range(first..=last);
        let open = held.clone().filter(|it| it.transaction.is_none()).count();
        let within = ack.transaction_id.as_ref();
        let counted = held.filter(|it| it.counts_in(within)).count();
        match usize::try_from(ack.message_count) {
            Ok(count) if count == open || count == counted => Ok((first, last)),
            _ => Err(Unmatched::Counts(open)),
        }
    }

    /// Puts what the client had before in front of everything else.
    fn take_the_clients_order(&mut self) {
        let mut orders = self.in_flight.iter().map(|it| it.order).collect::<Vec<_>>().into_iter();
        let (ahead, rest): (VecDeque<_>, VecDeque<_>) =
            std::mem::take(&mut self.in_flight).into_iter().partition(|it| it.ahead);
        self.in_flight = ahead.into_iter().chain(rest).collect();
        for it in &mut self.in_flight {
            it.order = orders.next().unwrap_or(it.order);
        }
    }

    /// The client redelivers a range by itself after a rollback.
    pub(crate) fn note_rolled_back(&mut self, ack: &MessageAck) {
        let place = |id: &Option<_>| {
            let id = id.as_ref()?;
            self.in_flight.iter().position(|it| it.is(id))
        };
        let Some(last) = place(&ack.last_message_id) else { return };
        let first = place(&ack.first_message_id).unwrap_or(last).min(last);
        for it in self.in_flight.range_mut(first..=last) {
            it.rolled_back = it.rolled_back.saturating_add(1);
        }
    }
}

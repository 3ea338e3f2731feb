//! Acknowledgements, in their seven ways.

use std::sync::Arc;

use relaismq_openwire::{MessageAck, Throwable, TransactionId};

use crate::engine::{
    Engine,
    io::Link,
    state::{
        buried::Cause,
        client::not_started,
        in_flight::InFlight,
        outcomes::Then,
        range::Unmatched,
        refusal::{Refusal, Reply},
        slab::SubId,
        subscription::Role,
        work::Due,
    },
};

/// Places for what is taken out that are kept for the next acknowledgement.
const KEPT: usize = 1024;

impl Engine {
    pub(crate) fn acknowledge(
        &mut self,
        link: Link,
        ack: &MessageAck,
        answer_to: Option<i32>,
    ) -> Result<Reply, Refusal> {
        self.note_acknowledged(link, ack);
        let client = self.clients.get(link);
        let sub = ack.consumer_id.as_ref().and_then(|id| client?.consumers.get(id)).copied();
        // An acknowledgement that comes after its consumer is gone changes nothing.
        let Some(sub) = sub else { return Ok(Reply::Done) };
        let role = self.subscriptions.get(sub).map(|it| it.role);
        let done = match (&ack.transaction_id, role) {
            (_, None) => Ok(false),
            (_, Some(Role::Topic | Role::Browser)) => self.acknowledge_by_count(sub, ack),
            (Some(id), _) => self.acknowledge_in(link, sub, id, ack),
            (None, _) => self.acknowledge_now(sub, ack),
        };
        if let (Err(refusal), Some(id)) = (&done, &ack.transaction_id) {
            self.break_transaction(link, id, refusal.message());
        }
        let changed = done?;
        self.work.due(Due::Credit(sub));
        if changed && answer_to.is_some() {
            self.work.later_for_sure(Then::Answer(link, answer_to.into()));
            return Ok(Reply::Later);
        }
        Ok(Reply::Done)
    }

    /// Topic subscribers and browsers take nothing away from others: their numbers are believed.
    fn acknowledge_by_count(&mut self, sub: SubId, ack: &MessageAck) -> Result<bool, Refusal> {
        let count = count(ack);
        let Some(subscription) = self.subscriptions.get_mut(sub) else { return Ok(false) };
        match ack.ack_type {
            MessageAck::DELIVERED => subscription.extend(count),
            MessageAck::REDELIVERED => {}
            MessageAck::STANDARD
            | MessageAck::INDIVIDUAL
            | MessageAck::POISON
            | MessageAck::EXPIRED => self.take_count(sub, count),
            other => return Err(Refusal::jms(format!("Invalid acknowledgment: {other}"))),
        }
        Ok(false)
    }

    /// A subscriber of several topics is not asked which of them the messages came from.
    fn take_count(&mut self, sub: SubId, count: usize) {
        let Some(subscription) = self.subscriptions.get_mut(sub) else { return };
        let taken = subscription.take_count(count);
        if subscription.role == Role::Topic {
            self.tally.counts.dequeued += taken;
            if let [topic] = subscription.parts.as_slice() {
                self.destinations.note_taken(topic, taken);
            }
        }
    }

    /// True if that changes the store.
    fn acknowledge_now(&mut self, sub: SubId, ack: &MessageAck) -> Result<bool, Refusal> {
        let changed = match ack.ack_type {
            MessageAck::STANDARD => {
                let (first, last) = self.counted_range(sub, ack)?;
                let taken = self.take_range(sub, first, last);
                self.consume(taken)
            }
            MessageAck::INDIVIDUAL => {
                let taken = self.take_one(sub, ack);
                self.consume(taken)
            }
            MessageAck::DELIVERED => {
                self.note_delivered(sub, ack)?;
                false
            }
            MessageAck::REDELIVERED => {
                self.check_redelivered(sub, ack)?;
                false
            }
            MessageAck::POISON => {
                let (first, last) = self.counted_range_or_one(sub, ack)?;
                let taken = self.take_range(sub, first, last);
                let cause = ack.poison_cause.as_ref().map(shown).unwrap_or_default();
                self.poisoned(sub, taken, cause)
            }
            MessageAck::EXPIRED => {
                let (first, last) = self.counted_range_or_one(sub, ack)?;
                let taken = self.take_range(sub, first, last);
                self.consume_expired(sub, taken)
            }
            other => return Err(Refusal::jms(format!("Invalid acknowledgment: {other}"))),
        };
        Ok(changed)
    }

    /// A range that holds as many messages as the client believes.
    fn counted_range(&mut self, sub: SubId, ack: &MessageAck) -> Result<(usize, usize), Refusal> {
        let subscription = self.subscriptions.get_mut(sub);
        let range = subscription.map(|it| it.counted_range(ack));
        range.unwrap_or(Err(Unmatched::NotInFlight)).map_err(|unmatched| match unmatched {
            Unmatched::NotInFlight => not_in_flight(),
            Unmatched::Counts(open) => Refusal::jms(format!(
                "Unmatched acknowledge: expected message count ({}) differs from count in \
                 dispatched-list ({open})",
                ack.message_count
            )),
        })
    }

    /// An older client says that one message has expired, or is poison, without a first one.
    fn counted_range_or_one(
        &mut self,
        sub: SubId,
        ack: &MessageAck,
    ) -> Result<(usize, usize), Refusal> {
        if ack.first_message_id.is_some() || ack.message_count != 1 {
            return self.counted_range(sub, ack);
        }
        let place = self.place(sub, ack).ok_or_else(not_in_flight)?;
        Ok((place, place))
    }

    /// Where the last message is, if it is open.
    fn place(&self, sub: SubId, ack: &MessageAck) -> Option<usize> {
        self.subscriptions.get(sub)?.position(ack.last_message_id.as_ref()?, 0, None)
    }

    fn take_range(&mut self, sub: SubId, first: usize, last: usize) -> Vec<InFlight> {
        let mut taken = std::mem::take(&mut self.work.taken);
        if let Some(subscription) = self.subscriptions.get_mut(sub) {
            subscription.take_range(first, last, &mut taken);
        }
        taken
    }

    /// Only the last message; one that is not in flight is ignored.
    fn take_one(&mut self, sub: SubId, ack: &MessageAck) -> Vec<InFlight> {
        let place = self.place(sub, ack);
        place.map(|place| self.take_range(sub, place, place)).unwrap_or_default()
    }

    /// Seen but not consumed: the window grows. Messages of an open transaction count too.
    fn note_delivered(&mut self, sub: SubId, ack: &MessageAck) -> Result<(), Refusal> {
        let Some(subscription) = self.subscriptions.get_mut(sub) else { return Ok(()) };
        let known = ack.last_message_id.as_ref().is_some_and(|id| subscription.has(id));
        if !known {
            return Err(not_in_flight());
        }
        subscription.note_alone(ack);
        subscription.extend(count(ack));
        Ok(())
    }

    /// Changes nothing but what is known of the range. Java may say so before the rollback that it is
    /// about.
    fn check_redelivered(&mut self, sub: SubId, ack: &MessageAck) -> Result<(), Refusal> {
        let Some(subscription) = self.subscriptions.get_mut(sub) else { return Ok(()) };
        let known = |id| subscription.has(id);
        let ends = (ack.first_message_id.as_ref(), ack.last_message_id.as_ref());
        if ends.0.is_none_or(known) && ends.1.is_some_and(known) {
            subscription.note_rolled_back(ack);
            return Ok(());
        }
        Err(not_in_flight())
    }

    /// Gone for good. True if that changes the store.
    fn consume(&mut self, mut taken: Vec<InFlight>) -> bool {
        let mut changed = false;
        for it in taken.drain(..) {
            changed |= self.consume_one(&it);
        }
        if taken.capacity() <= KEPT {
            self.work.taken = taken;
        }
        changed
    }

    fn consume_one(&mut self, it: &InFlight) -> bool {
        let changed = self.unkeep(it.line, &it.entry);
        self.note_left(it.line);
        if changed {
            self.work.later(Then::Removed(it.line, it.entry.sequence));
        }
        changed
    }

    /// The client's clock may be ahead: what has not expired by ours is simply consumed.
    fn consume_expired(&mut self, sub: SubId, taken: Vec<InFlight>) -> bool {
        let mut changed = false;
        for it in taken {
            changed |= match it.entry.is_expired(self.now.unix_ms) {
                true => self.bury(Some(sub), it, &Cause::Expired),
                false => self.consume_one(&it),
            };
        }
        changed
    }

    /// Takes effect at the commit.
    fn acknowledge_in(
        &mut self,
        link: Link,
        sub: SubId,
        id: &TransactionId,
        ack: &MessageAck,
    ) -> Result<bool, Refusal> {
        if self.repeats(link, id) {
            return Ok(false);
        }
        if !self.clients.get(link).is_some_and(|client| client.transactions.contains_key(id)) {
            return Err(not_started(id));
        }
        match ack.ack_type {
            MessageAck::STANDARD => {
                let (first, last) = self.counted_range(sub, ack)?;
                self.mark(sub, first, last, id);
                Ok(false)
            }
            MessageAck::INDIVIDUAL => {
                if let Some(place) = self.place(sub, ack) {
                    if let Some(subscription) = self.subscriptions.get_mut(sub) {
                        subscription.extend(1);
                    }
                    self.mark(sub, place, place, id);
                }
                Ok(false)
            }
            MessageAck::POISON => {
                Err(Refusal::jms("poison acknowledgements cannot be part of a transaction"))
            }
            _ => self.acknowledge_now(sub, ack),
        }
    }

    fn mark(&mut self, sub: SubId, first: usize, last: usize, id: &TransactionId) {
        let Some(subscription) = self.subscriptions.get_mut(sub) else { return };
        let id = Arc::new(id.clone());
        for it in subscription.in_flight.range_mut(first..=last) {
            it.transaction.get_or_insert_with(|| id.clone());
        }
    }
}

fn count(ack: &MessageAck) -> usize {
    usize::try_from(ack.message_count).unwrap_or(0)
}

fn not_in_flight() -> Refusal {
    Refusal::jms("Unmatched acknowledge: the messages are not in flight to this consumer")
}

/// As Java prints an exception.
pub(crate) fn shown(cause: &Throwable) -> String {
    let class = cause.class.as_deref().unwrap_or_default();
    match &cause.message {
        Some(message) => format!("{class}: {message}"),
        None => class.to_owned(),
    }
}

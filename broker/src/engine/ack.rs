//! Acknowledgements, in their seven ways.

use relaismq_openwire::{MessageAck, TransactionId};

use super::{
    Engine, Reply,
    dead_letter::Cause,
    io::Link,
    outcome::Then,
    queue::LineId,
    refuse::Refusal,
    subscription::{InFlight, Role, SubId},
};

impl Engine {
    pub(super) fn acknowledge(
        &mut self,
        link: Link,
        ack: &MessageAck,
        answer_to: Option<i32>,
    ) -> Result<Reply, Refusal> {
        let client = self.clients.get(&link);
        let sub = ack.consumer_id.as_ref().and_then(|id| client?.consumers.get(id)).copied();
        // An acknowledgement that comes after its consumer is gone changes nothing.
        let Some(sub) = sub else { return Ok(Reply::Done) };
        let role = self.subscription(sub).map(|it| it.role);
        let done = match (&ack.transaction_id, role) {
            (_, None) => Ok(()),
            (_, Some(Role::Topic | Role::Browser)) => self.acknowledge_by_count(sub, ack),
            (Some(id), _) => self.acknowledge_in(link, sub, &id.clone(), ack),
            (None, _) => self.acknowledge_now(sub, ack),
        };
        if let (Err(refusal), Some(id)) = (&done, &ack.transaction_id) {
            self.break_transaction(link, id, refusal.message());
        }
        done?;
        self.dispatch_to(sub);
        if self.batch.changes.is_empty() {
            return Ok(Reply::Done);
        }
        self.batch.sync |= answer_to.is_some();
        self.then.extend(answer_to.map(|command| Then::Respond(link, command)));
        Ok(Reply::Later)
    }

    /// Topic subscribers and browsers take nothing away from others: their numbers are believed.
    fn acknowledge_by_count(&mut self, sub: SubId, ack: &MessageAck) -> Result<(), Refusal> {
        let count = usize::try_from(ack.message_count).unwrap_or(0);
        let Some(subscription) = self.subscription(sub) else { return Ok(()) };
        match ack.ack_type {
            MessageAck::DELIVERED => subscription.extend(count),
            MessageAck::REDELIVERED => {}
            MessageAck::STANDARD
            | MessageAck::INDIVIDUAL
            | MessageAck::POISON
            | MessageAck::EXPIRED => {
                subscription.take_count(count);
            }
            other => return Err(Refusal::jms(format!("Invalid acknowledgment: {other}"))),
        }
        if self.subscription(sub).is_some_and(|it| it.role == Role::Browser) {
            self.browse_on(sub);
        }
        Ok(())
    }

    fn acknowledge_now(&mut self, sub: SubId, ack: &MessageAck) -> Result<(), Refusal> {
        match ack.ack_type {
            MessageAck::STANDARD => {
                let taken = self.take_range(sub, ack, true)?;
                self.consume(taken);
            }
            MessageAck::INDIVIDUAL => {
                let taken = self.take_one(sub, ack);
                self.consume(taken);
            }
            MessageAck::DELIVERED => {
                self.range(sub, ack)?;
                let count = usize::try_from(ack.message_count).unwrap_or(0);
                if let Some(subscription) = self.subscription(sub) {
                    subscription.extend(count);
                }
            }
            MessageAck::REDELIVERED => drop(self.range(sub, ack)?),
            MessageAck::POISON => {
                let taken = self.take_range(sub, ack, false)?;
                let cause = ack.poison_cause.as_ref().and_then(|it| it.message.clone());
                self.bury(taken, &Cause::Poison(cause.unwrap_or_default().to_string()));
            }
            MessageAck::EXPIRED => {
                let taken = self.take_range(sub, ack, false)?;
                self.bury(taken, &Cause::Expired);
            }
            other => return Err(Refusal::jms(format!("Invalid acknowledgment: {other}"))),
        }
        Ok(())
    }

    fn range(&mut self, sub: SubId, ack: &MessageAck) -> Result<(usize, usize), Refusal> {
        let range = self.subscription(sub).map(|it| it.range(ack));
        range.and_then(Result::ok).ok_or_else(|| {
            Refusal::jms("Unmatched acknowledge: the messages are not in flight to this consumer")
        })
    }

    fn take_range(
        &mut self,
        sub: SubId,
        ack: &MessageAck,
        counted: bool,
    ) -> Result<Vec<InFlight>, Refusal> {
        let (first, last) = self.range(sub, ack)?;
        let count = usize::try_from(ack.message_count).unwrap_or(0);
        let Some(subscription) = self.subscription(sub) else { return Ok(Vec::new()) };
        let open = subscription
            .in_flight
            .range(first..=last)
            .filter(|it| it.transaction.is_none())
            .count();
        if counted && count != 0 && count != open {
            return Err(Refusal::jms(format!(
                "Unmatched acknowledge: expected message count ({count}) differs from count in \
                 dispatched-list ({open})"
            )));
        }
        Ok(subscription.take_range(first, last))
    }

    /// Only the last message; one that is not in flight is ignored.
    fn take_one(&mut self, sub: SubId, ack: &MessageAck) -> Vec<InFlight> {
        let Some(subscription) = self.subscription(sub) else { return Vec::new() };
        let place = ack.last_message_id.as_ref().and_then(|id| subscription.position(id, 0));
        place.map(|place| subscription.take_range(place, place)).unwrap_or_default()
    }

    /// Gone for good.
    pub(super) fn consume(&mut self, taken: Vec<InFlight>) {
        for it in taken {
            self.unkeep(it.line, &it.entry);
        }
    }

    fn bury(&mut self, taken: Vec<InFlight>, cause: &Cause) {
        for it in taken {
            self.unkeep(it.line, &it.entry);
            self.dead_letter(&it.entry.message, cause.clone());
        }
    }

    /// Takes effect at the commit.
    fn acknowledge_in(
        &mut self,
        link: Link,
        sub: SubId,
        id: &TransactionId,
        ack: &MessageAck,
    ) -> Result<(), Refusal> {
        if !self.clients.get(&link).is_some_and(|client| client.transactions.contains_key(id)) {
            return Err(Refusal::jms(format!(
                "Transaction '{}' has not been started.",
                super::transaction::shown(id)
            )));
        }
        let range = match ack.ack_type {
            MessageAck::STANDARD => self.range(sub, ack)?,
            MessageAck::INDIVIDUAL => {
                let place = self.subscription(sub).and_then(|it| {
                    let place = it.position(ack.last_message_id.as_ref()?, 0)?;
                    it.extend(1);
                    Some(place)
                });
                let Some(place) = place else { return Ok(()) };
                (place, place)
            }
            MessageAck::POISON => {
                return Err(Refusal::jms(
                    "poison acknowledgements cannot be part of a transaction",
                ));
            }
            _ => return self.acknowledge_now(sub, ack),
        };
        let Some(subscription) = self.subscription(sub) else { return Ok(()) };
        for it in subscription.in_flight.range_mut(range.0..=range.1) {
            it.transaction.get_or_insert_with(|| id.clone());
        }
        Ok(())
    }

    /// Lines whose messages were acknowledged, for those who look after them.
    pub(super) fn put_back(&mut self, line: LineId, it: InFlight) {
        if let Some(line) = self.destinations.line(line) {
            line.put_back(it.entry);
        }
    }
}

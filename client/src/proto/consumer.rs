//! One consumer: what the broker has dispatched to it, how far the application is, and what must be
//! acknowledged.

use std::{collections::VecDeque, sync::Arc, time::Instant};

use relaismq_openwire::{
    ConsumerId, Destination, Message, MessageAck, MessageDispatch, MessageId, RemoveInfo,
    Throwable, TransactionId,
};

use super::{
    audit::Audit,
    io::{ConsumerSpec, Delivery, Epoch, RequestId, SessionKey},
};

/// A dispatched message.
#[derive(Clone, Debug)]
struct Outstanding {
    number: u64,
    message: Arc<Message>,
    destination: Option<Destination>,
    counter: i32,
    redelivered: bool,
    /// Acknowledged for itself: out of every range.
    done: bool,
}

/// A request for one message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pull {
    pub(crate) request: Option<RequestId>,
    /// `None`: for ever.
    pub(crate) until: Option<Instant>,
}

#[derive(Debug)]
pub(crate) struct Consumer {
    pub(crate) id: ConsumerId,
    pub(crate) session: SessionKey,
    pub(crate) spec: ConsumerSpec,
    /// The broker has accepted it: it is restored after a reconnect.
    pub(crate) confirmed: bool,
    /// What the broker dispatched before it accepted the consumer; follows the answer.
    pub(crate) early: Vec<Delivery>,
    /// The broker has shown a browser everything.
    pub(crate) browsed: bool,
    pub(crate) pull: Option<Pull>,
    /// When rolled back messages come again, and which (by number).
    pub(crate) redeliveries: Vec<(Instant, Vec<u64>)>,
    /// In the list of consumers with something to acknowledge.
    pub(crate) dirty: bool,
    outstanding: VecDeque<Outstanding>,
    last_number: u64,
    /// The application has taken everything up to this number.
    taken: u64,
    /// The broker has been told of everything up to this number (`DELIVERED`).
    announced: u64,
    last_taken_sequence: i64,
    /// Acknowledged, but nobody knows whether the broker heard it: repeated ones are flagged.
    recent: VecDeque<MessageId>,
    /// Topic subscribers each get their own copy of a message, so each has its own audit.
    pub(crate) audit: Audit,
}

/// Acknowledged ids that are remembered until the link breaks; the broker is never behind by more
/// than what it may dispatch.
const RECENT: usize = 32_768;

impl Consumer {
    pub(crate) fn new(id: ConsumerId, session: SessionKey, spec: ConsumerSpec) -> Self {
        Self {
            id,
            session,
            spec,
            confirmed: false,
            early: Vec::new(),
            browsed: false,
            pull: None,
            redeliveries: Vec::new(),
            dirty: false,
            outstanding: VecDeque::new(),
            last_number: 0,
            taken: 0,
            announced: 0,
            last_taken_sequence: RemoveInfo::NONE_DELIVERED,
            recent: VecDeque::new(),
            audit: Audit::default(),
        }
    }

    /// Takes in a dispatch.
    pub(crate) fn dispatched(
        &mut self,
        dispatch: MessageDispatch,
        message: Arc<Message>,
        epoch: Epoch,
        seen_before: bool,
    ) -> Delivery {
        self.last_number += 1;
        let outstanding = Outstanding {
            number: self.last_number,
            message,
            destination: dispatch.destination,
            counter: dispatch.redelivery_counter,
            redelivered: dispatch.redelivery_counter > 0 || seen_before,
            done: false,
        };
        let delivery = outstanding.delivery(epoch);
        self.outstanding.push_back(outstanding);
        delivery
    }

    /// The application has taken deliveries up to `through`.
    pub(crate) fn take(&mut self, through: u64) {
        let through = through.min(self.last_number);
        if through <= self.taken {
            return;
        }
        self.taken = through;
        if let Some(last) = self.entry(through) {
            let id = last.message.message_id.as_ref();
            self.last_taken_sequence = id.map_or(0, |id| id.broker_sequence_id);
        }
    }

    fn entry(&self, number: u64) -> Option<&Outstanding> {
        let first = self.outstanding.front()?.number;
        self.outstanding.get(usize::try_from(number.checked_sub(first)?).ok()?)
    }

    /// Acknowledges everything taken, as one range. `None` if there is nothing.
    pub(crate) fn acknowledge_taken(
        &mut self,
        transaction: Option<&TransactionId>,
    ) -> Option<MessageAck> {
        let mut ack = self.range(MessageAck::STANDARD, transaction)?;
        while let Some(front) = self.outstanding.front().filter(|front| front.number <= self.taken)
        {
            let id = front.message.message_id.clone();
            let done = front.done;
            self.outstanding.pop_front();
            if !done {
                self.remember(id);
            }
        }
        ack.consumer_id = Some(self.id.clone());
        Some(ack)
    }

    /// The range of a transaction, which stays outstanding until the outcome is known.
    pub(crate) fn acknowledge_in(&self, transaction: &TransactionId) -> Option<MessageAck> {
        self.range(MessageAck::STANDARD, Some(transaction))
    }

    /// The transaction is committed: what was taken is settled.
    pub(crate) fn committed(&mut self) {
        drop(self.acknowledge_taken(None));
    }

    fn range(&self, kind: i8, transaction: Option<&TransactionId>) -> Option<MessageAck> {
        let mut open =
            self.outstanding.iter().take_while(|it| it.number <= self.taken).filter(|it| !it.done);
        let first = open.next()?;
        let (count, last) = open.fold((1, first), |(count, _), it| (count + 1, it));
        Some(self.ack(kind, first, last, count, transaction))
    }

    fn ack(
        &self,
        kind: i8,
        first: &Outstanding,
        last: &Outstanding,
        count: i32,
        transaction: Option<&TransactionId>,
    ) -> MessageAck {
        MessageAck {
            destination: last.destination.clone().or_else(|| Some(self.spec.destination.clone())),
            transaction_id: transaction.cloned(),
            consumer_id: Some(self.id.clone()),
            ack_type: kind,
            first_message_id: first.message.message_id.clone(),
            last_message_id: last.message.message_id.clone(),
            message_count: count,
            ..MessageAck::default()
        }
    }

    /// Acknowledges one delivery. `None` if it is not outstanding.
    pub(crate) fn acknowledge_one(&mut self, number: u64) -> Option<MessageAck> {
        self.settle_one(number, MessageAck::INDIVIDUAL)
    }

    /// Gives back the last one dispatched, which has expired.
    pub(crate) fn expire_last(&mut self) -> Option<MessageAck> {
        self.settle_one(self.last_number, MessageAck::EXPIRED)
    }

    fn settle_one(&mut self, number: u64, kind: i8) -> Option<MessageAck> {
        let entry = self.entry(number).filter(|entry| !entry.done)?.clone();
        let mut ack = self.ack(kind, &entry, &entry, 1, None);
        if kind == MessageAck::INDIVIDUAL {
            ack.first_message_id = None;
        }
        self.mark_done(number);
        self.remember(entry.message.message_id.clone());
        Some(ack)
    }

    fn mark_done(&mut self, number: u64) {
        let Some(first) = self.outstanding.front().map(|front| front.number) else { return };
        let index = usize::try_from(number.saturating_sub(first)).unwrap_or(usize::MAX);
        if let Some(entry) = self.outstanding.get_mut(index) {
            entry.done = true;
        }
        while self.outstanding.front().is_some_and(|front| front.done) {
            self.outstanding.pop_front();
        }
    }

    fn remember(&mut self, id: Option<MessageId>) {
        self.recent.extend(id);
        if self.recent.len() > RECENT {
            self.recent.pop_front();
        }
    }

    /// Asks for more while much of what was taken waits for its acknowledgement: half the window.
    pub(crate) fn announce(&mut self) -> Option<MessageAck> {
        let from = self.announced.max(self.outstanding.front()?.number.saturating_sub(1));
        let due = self.taken.saturating_sub(from);
        if due == 0 || due < u64::from(self.spec.prefetch).div_ceil(2) {
            return None;
        }
        let first = self.entry(from + 1)?;
        let last = self.entry(self.taken)?;
        let ack = self.ack(MessageAck::DELIVERED, first, last, i32::try_from(due).ok()?, None);
        self.announced = self.taken;
        Some(ack)
    }

    /// Something taken is not settled.
    pub(crate) fn has_open(&self) -> bool {
        self.outstanding.front().is_some_and(|front| front.number <= self.taken)
    }

    /// Rolls back what was taken (or one delivery): counts it, gives up on what was redelivered too
    /// often, and tells which numbers come again and after how many redeliveries.
    pub(crate) fn roll_back(&mut self, only: Option<u64>) -> RolledBack {
        let taken = self.taken;
        let chosen: Vec<u64> = self
            .outstanding
            .iter()
            .filter(|it| {
                !it.done && it.number <= taken && only.is_none_or(|only| it.number == only)
            })
            .map(|it| it.number)
            .collect();
        let mut rolled_back = RolledBack::default();
        for number in chosen {
            let counter = self.count_rollback(number);
            if self.spec.redelivery.is_exhausted(counter) {
                rolled_back.acks.extend(self.poison(number, counter));
            } else {
                rolled_back.again.push(number);
                rolled_back.redelivery = rolled_back.redelivery.max(counter);
            }
        }
        rolled_back.acks.extend(self.redelivered(&rolled_back.again));
        rolled_back
    }

    fn count_rollback(&mut self, number: u64) -> u32 {
        let Some(first) = self.outstanding.front().map(|front| front.number) else { return 0 };
        let index = usize::try_from(number.saturating_sub(first)).unwrap_or(usize::MAX);
        let Some(entry) = self.outstanding.get_mut(index) else { return 0 };
        entry.counter = entry.counter.saturating_add(1);
        entry.redelivered = true;
        u32::try_from(entry.counter).unwrap_or(0)
    }

    fn poison(&mut self, number: u64, counter: u32) -> Option<MessageAck> {
        let mut ack = self.settle_one(number, MessageAck::POISON)?;
        let policy = self.spec.redelivery.maximum_redeliveries.unwrap_or_default();
        let cause = format!("Exceeded redelivery policy limit: {policy}, redelivery {counter}");
        ack.poison_cause = Some(Throwable::new("java.lang.Throwable", cause));
        Some(ack)
    }

    /// Tells the broker the new count of what comes again.
    fn redelivered(&self, numbers: &[u64]) -> Option<MessageAck> {
        let first = self.entry(*numbers.first()?)?;
        let last = self.entry(*numbers.last()?)?;
        let count = i32::try_from(numbers.len()).ok()?;
        Some(self.ack(MessageAck::REDELIVERED, first, last, count, None))
    }

    /// The deliveries with these numbers, once more.
    pub(crate) fn again(&mut self, numbers: &[u64], epoch: Epoch) -> Vec<Delivery> {
        if let Some(&first) = numbers.first() {
            self.taken = self.taken.min(first.saturating_sub(1)).max(self.below_front());
            self.announced = self.announced.max(self.taken);
        }
        numbers.iter().filter_map(|&number| Some(self.entry(number)?.delivery(epoch))).collect()
    }

    /// Like [`Self::again`] for one delivery among others that stay taken.
    pub(crate) fn again_alone(&self, number: u64, epoch: Epoch) -> Vec<Delivery> {
        self.entry(number).map(|entry| entry.delivery(epoch)).into_iter().collect()
    }

    fn below_front(&self) -> u64 {
        self.outstanding.front().map_or(self.last_number, |front| front.number - 1)
    }

    /// The link is gone, and with it every delivery. What the application may have seen goes into
    /// `audit` (`None`: into the consumer's own).
    pub(crate) fn interrupted(&mut self, audit: Option<&mut Audit>) {
        let taken = self.taken;
        let seen = self.outstanding.drain(..).filter(|it| it.number <= taken || it.redelivered);
        let seen = seen.filter_map(|it| it.message.message_id.clone());
        let audit = audit.unwrap_or(&mut self.audit);
        for id in self.recent.drain(..).chain(seen) {
            audit.note(id);
        }
        self.redeliveries.clear();
        self.early.clear();
        self.taken = self.last_number;
        self.announced = self.last_number;
        self.last_taken_sequence = RemoveInfo::NONE_DELIVERED;
        self.dirty = false;
    }

    /// What the broker is told when the consumer closes.
    pub(crate) const fn last_delivered(&self) -> i64 {
        self.last_taken_sequence
    }
}

/// What a rollback comes to.
#[derive(Debug, Default)]
pub(crate) struct RolledBack {
    /// For the broker.
    pub(crate) acks: Vec<MessageAck>,
    /// Numbers that come again.
    pub(crate) again: Vec<u64>,
    /// The how many-th redelivery that is, at most.
    pub(crate) redelivery: u32,
}

impl Outstanding {
    fn delivery(&self, epoch: Epoch) -> Delivery {
        Delivery {
            number: self.number,
            epoch,
            message: self.message.clone(),
            redelivery_counter: self.counter,
            redelivered: self.redelivered,
        }
    }
}

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
    /// Deliveries before this one, by all accounts.
    counter: i32,
    /// Rollbacks by this client: only these lead to the dead letter queue, since a broker also
    /// counts what was never more than prefetched.
    rollbacks: u32,
    redelivered: bool,
    stage: Stage,
}

/// How far a dispatched message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// On its way to the application.
    Dispatched,
    /// The application has it.
    Taken,
    /// Part of the commit of this transaction, which is not answered yet.
    Committing(i64),
    /// Rolled back; comes again when its delay is over.
    Awaiting,
    /// Settled for itself, among others that are not.
    Done,
}

/// A request for one message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pull {
    pub(crate) request: Option<RequestId>,
    /// `None`: for ever.
    pub(crate) until: Option<Instant>,
    /// Deadline of the request itself.
    pub(crate) limit: Option<Instant>,
}

#[derive(Debug)]
pub(crate) struct Consumer {
    pub(crate) id: ConsumerId,
    pub(crate) session: SessionKey,
    pub(crate) spec: ConsumerSpec,
    /// The broker has accepted it: it is restored after a reconnect.
    pub(crate) confirmed: bool,
    /// Closed by the application, but what it took is part of an open transaction.
    pub(crate) closing: bool,
    /// What the broker dispatched before it accepted the consumer, or while others were restored;
    /// follows when that is over.
    pub(crate) early: Vec<Delivery>,
    /// The broker has shown a browser everything; the application is still to be told.
    pub(crate) browsed: bool,
    /// The application has been told.
    pub(crate) has_browsed: bool,
    pub(crate) pull: Option<Pull>,
    /// Pulls that nobody waits for any more: the broker may still say that it had nothing for them.
    pub(crate) abandoned_pulls: u32,
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
    /// Dispatched by links that are gone, and not known to have been seen.
    unseen: VecDeque<(u64, MessageId)>,
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
            closing: false,
            early: Vec::new(),
            browsed: false,
            has_browsed: false,
            pull: None,
            abandoned_pulls: 0,
            redeliveries: Vec::new(),
            dirty: false,
            outstanding: VecDeque::new(),
            last_number: 0,
            taken: 0,
            announced: 0,
            last_taken_sequence: RemoveInfo::NONE_DELIVERED,
            unseen: VecDeque::new(),
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
            rollbacks: 0,
            redelivered: dispatch.redelivery_counter > 0 || seen_before,
            stage: Stage::Dispatched,
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
        let first = self.taken + 1;
        self.taken = through;
        for entry in self.entries_mut(first, through) {
            if entry.stage == Stage::Dispatched {
                entry.stage = Stage::Taken;
            }
        }
        if let Some(last) = self.entry(through) {
            let id = last.message.message_id.as_ref();
            self.last_taken_sequence = id.map_or(0, |id| id.broker_sequence_id);
        }
    }

    fn place(&self, number: u64) -> Option<usize> {
        let first = self.outstanding.front()?.number;
        usize::try_from(number.checked_sub(first)?).ok()
    }

    fn entry(&self, number: u64) -> Option<&Outstanding> {
        self.outstanding.get(self.place(number)?)
    }

    fn entry_mut(&mut self, number: u64) -> Option<&mut Outstanding> {
        let place = self.place(number)?;
        self.outstanding.get_mut(place)
    }

    fn entries_mut(&mut self, first: u64, last: u64) -> impl Iterator<Item = &mut Outstanding> {
        let front = self.outstanding.front().map_or(u64::MAX, |front| front.number);
        let begin = self.place(first.max(front)).unwrap_or(0).min(self.outstanding.len());
        self.outstanding.iter_mut().skip(begin).take_while(move |entry| entry.number <= last)
    }

    /// Acknowledges everything taken: a range for each run of it.
    pub(crate) fn acknowledge_taken(&mut self) -> Vec<MessageAck> {
        let acks = self.runs(Stage::Taken, None);
        self.settle(Stage::Taken);
        acks
    }

    /// Acknowledges everything taken as part of a transaction; it stays outstanding until the
    /// outcome is known.
    pub(crate) fn acknowledge_in(&mut self, number: i64, id: &TransactionId) -> Vec<MessageAck> {
        let acks = self.runs(Stage::Taken, Some(id));
        let taken = self.taken;
        for entry in self.outstanding.iter_mut().take_while(|entry| entry.number <= taken) {
            if entry.stage == Stage::Taken {
                entry.stage = Stage::Committing(number);
            }
        }
        // An announcement would come behind the commit, when the broker has forgotten them.
        self.announced = self.announced.max(taken);
        acks
    }

    /// The transaction is committed.
    pub(crate) fn committed(&mut self, number: i64) {
        self.settle(Stage::Committing(number));
    }

    /// The commit failed: what was part of it is merely taken again.
    pub(crate) fn uncommitted(&mut self, number: i64) {
        for entry in &mut self.outstanding {
            if entry.stage == Stage::Committing(number) {
                entry.stage = Stage::Taken;
            }
        }
    }

    /// What is in this stage needs no more attention.
    fn settle(&mut self, stage: Stage) {
        let taken = self.taken;
        let mut settled = Vec::new();
        for entry in self.outstanding.iter_mut().take_while(|entry| entry.number <= taken) {
            if entry.stage == stage {
                entry.stage = Stage::Done;
                settled.push(entry.message.message_id.clone());
            }
        }
        self.drop_done();
        settled.into_iter().for_each(|id| self.remember(id));
    }

    fn drop_done(&mut self) {
        while self.outstanding.front().is_some_and(|front| front.stage == Stage::Done) {
            self.outstanding.pop_front();
        }
    }

    /// An acknowledgement for each unbroken run of entries in this stage. What is done does not
    /// break a run: the broker has it no longer.
    fn runs(&self, stage: Stage, transaction: Option<&TransactionId>) -> Vec<MessageAck> {
        let mut runs: Vec<(&Outstanding, &Outstanding, i32)> = Vec::new();
        let mut unbroken = false;
        for entry in self.outstanding.iter().take_while(|entry| entry.number <= self.taken) {
            if entry.stage == Stage::Done {
                continue;
            }
            match runs.last_mut().filter(|_| unbroken) {
                Some((_, last, count)) if entry.stage == stage => {
                    *last = entry;
                    *count += 1;
                }
                _ if entry.stage == stage => runs.push((entry, entry, 1)),
                _ => {}
            }
            unbroken = entry.stage == stage;
        }
        let ack =
            |(first, last, count)| self.ack(MessageAck::STANDARD, first, last, count, transaction);
        runs.into_iter().map(ack).collect()
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
        let entry = self.entry_mut(number).filter(|entry| entry.stage != Stage::Done)?;
        entry.stage = Stage::Done;
        let entry = entry.clone();
        let mut ack = self.ack(kind, &entry, &entry, 1, None);
        if kind == MessageAck::INDIVIDUAL {
            ack.first_message_id = None;
        }
        self.drop_done();
        self.remember(entry.message.message_id.clone());
        Some(ack)
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
        // Who pulls has no window.
        let window = u64::from(self.spec.prefetch);
        if due == 0 || window == 0 || due < window.div_ceil(2) {
            return None;
        }
        // The broker has forgotten what is done.
        let taken = self.outstanding.iter().take_while(|entry| entry.number <= self.taken);
        let mut open = taken.filter(|entry| entry.number > from && entry.stage != Stage::Done);
        let ack = open.next().map(|first| {
            let (count, last) = open.fold((1, first), |(count, _), entry| (count + 1, entry));
            self.ack(MessageAck::DELIVERED, first, last, count, None)
        });
        self.announced = self.taken;
        ack
    }

    /// Something is taken and not settled, apart from what comes again anyway.
    pub(crate) fn has_open(&self) -> bool {
        let mut taken = self.outstanding.iter().take_while(|entry| entry.number <= self.taken);
        taken.any(|entry| matches!(entry.stage, Stage::Taken | Stage::Committing(_)))
    }

    /// Something is taken and not acknowledged.
    pub(crate) fn has_taken(&self) -> bool {
        let mut taken = self.outstanding.iter().take_while(|entry| entry.number <= self.taken);
        taken.any(|entry| entry.stage == Stage::Taken)
    }

    /// Rolls back what was taken (or one delivery): counts it, gives up on what was redelivered too
    /// often, and tells which numbers come again and after how many redeliveries.
    pub(crate) fn roll_back(&mut self, only: Option<u64>) -> RolledBack {
        let taken = self.taken;
        let chosen: Vec<u64> = self
            .outstanding
            .iter()
            .take_while(|entry| entry.number <= taken)
            .filter(|entry| entry.stage == Stage::Taken)
            .filter(|entry| only.is_none_or(|only| entry.number == only))
            .map(|entry| entry.number)
            .collect();
        let mut rolled_back = RolledBack::default();
        for number in chosen {
            let rollbacks = self.count_rollback(number);
            if self.spec.redelivery.is_exhausted(rollbacks) {
                rolled_back.acks.extend(self.poison(number, rollbacks));
            } else {
                rolled_back.again.push(number);
                rolled_back.redelivery = rolled_back.redelivery.max(rollbacks);
            }
        }
        rolled_back.acks.extend(self.redelivered(&rolled_back.again));
        rolled_back
    }

    fn count_rollback(&mut self, number: u64) -> u32 {
        let Some(entry) = self.entry_mut(number) else { return 0 };
        entry.counter = entry.counter.saturating_add(1);
        entry.rollbacks += 1;
        entry.redelivered = true;
        entry.stage = Stage::Awaiting;
        entry.rollbacks
    }

    fn poison(&mut self, number: u64, rollbacks: u32) -> Option<MessageAck> {
        let mut ack = self.settle_one(number, MessageAck::POISON)?;
        let policy = self.spec.redelivery.maximum_redeliveries.unwrap_or_default();
        let cause =
            format!("Exceeded redelivery policy limit: {policy}, rolled back {rollbacks} times");
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

    /// The deliveries with these numbers, once more: the application takes them anew.
    pub(crate) fn again(&mut self, numbers: &[u64], epoch: Epoch) -> Vec<Delivery> {
        let below_front =
            self.outstanding.front().map_or(self.last_number, |front| front.number - 1);
        if let Some(&first) = numbers.first() {
            self.announced = self.announced.max(self.taken);
            self.taken = self.taken.min(first.saturating_sub(1)).max(below_front);
        }
        let mut deliveries = Vec::new();
        for &number in numbers {
            if let Some(entry) = self.entry_mut(number).filter(|it| it.stage == Stage::Awaiting) {
                entry.stage = Stage::Dispatched;
                deliveries.push(entry.delivery(epoch));
            }
        }
        deliveries
    }

    /// The link is gone, and with it every delivery. What the application may have seen goes into
    /// `audit` (`None`: into the consumer's own).
    pub(crate) fn interrupted(&mut self, audit: Option<&mut Audit>) {
        let audit = audit.unwrap_or(&mut self.audit);
        for id in self.recent.drain(..) {
            audit.note(id);
        }
        for entry in self.outstanding.drain(..) {
            let Some(id) = entry.message.message_id.clone() else { continue };
            if entry.number <= self.taken || entry.redelivered {
                audit.note(id);
            } else {
                self.unseen.push_back((entry.number, id));
            }
        }
        self.unseen.drain(..self.unseen.len().saturating_sub(RECENT));
        self.redeliveries.clear();
        self.abandoned_pulls = 0;
        self.early.clear();
        self.browsed = false;
        self.taken = self.last_number;
        self.announced = self.last_number;
        self.last_taken_sequence = RemoveInfo::NONE_DELIVERED;
        self.dirty = false;
    }

    /// The application had taken deliveries up to this number before the link was lost. True if that
    /// is news.
    pub(crate) fn seen_after_all(&mut self, through: u64, audit: Option<&mut Audit>) -> bool {
        let audit = audit.unwrap_or(&mut self.audit);
        let mut news = false;
        while self.unseen.front().is_some_and(|(number, _)| *number <= through) {
            if let Some((_, id)) = self.unseen.pop_front() {
                audit.note(id);
                news = true;
            }
        }
        news
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

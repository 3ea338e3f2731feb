//! One consumer: what the broker has dispatched to it, how far the application is, and what must be
//! acknowledged.
//!
//! ```text
//! acking     what is acknowledged, and in which ranges; recent: what was last
//! asking     what the application acknowledges itself
//! rollback   what comes again, and what has come too often
//! unfit      what is not for the application
//! ```

mod acking;
mod asking;
mod recent;
mod rollback;
mod unfit;

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

use relaismq_openwire::{ConsumerId, Destination, Message, MessageDispatch, MessageId, RemoveInfo};

use self::recent::{RECENT, Recent};
pub(crate) use self::{acking::Run, asking::Asked};
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
    /// Its place here is not the one that the broker has it in.
    out_of_order: bool,
    stage: Stage,
}

/// How far a dispatched message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// On its way to the application.
    Dispatched,
    /// The application has it.
    Taken,
    /// The application has acknowledged it; the broker has not heard so.
    Asked,
    /// The broker is to confirm that it is acknowledged.
    Confirming,
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
    /// When to ask again: the broker had nothing, and says so at once instead of waiting.
    pub(crate) again: Option<Instant>,
    /// How long to wait before that the next time.
    pub(crate) pause: Duration,
}

impl Pull {
    pub(crate) const fn new(
        request: Option<RequestId>,
        until: Option<Instant>,
        limit: Option<Instant>,
    ) -> Self {
        Self { request, until, limit, again: None, pause: FIRST_PAUSE }
    }

    /// The broker had nothing, too early: when to ask again.
    pub(crate) fn ask_later(&mut self, now: Instant) {
        let again = now + self.pause;
        self.again = Some(self.until.map_or(again, |until| until.min(again)));
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
    }
}

/// Between two questions to a broker that does not wait.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

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
    /// How many of them are asked to be acknowledged, and the last one that was.
    asked: usize,
    last_asked: u64,
    last_number: u64,
    /// The application is done with everything up to this number, or goes on as if it were.
    taken: u64,
    /// The application has been given everything up to this number.
    seen: u64,
    /// The broker has been told of everything up to this number (`DELIVERED`).
    announced: u64,
    /// Of the last one seen on this link, by the broker's count.
    last_seen_sequence: i64,
    /// Dispatched by links that are gone, and not known to have been seen.
    unseen: VecDeque<(u64, MessageId)>,
    /// Acknowledged, but nobody knows whether the broker heard it: repeated ones are flagged.
    recent: Recent,
    /// Topic subscribers each get their own copy of a message, so each has its own audit.
    pub(crate) audit: Audit,
}

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
            asked: 0,
            last_asked: 0,
            last_number: 0,
            taken: 0,
            seen: 0,
            announced: 0,
            last_seen_sequence: RemoveInfo::NONE_DELIVERED,
            unseen: VecDeque::new(),
            recent: Recent::default(),
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
            out_of_order: false,
            stage: Stage::Dispatched,
        };
        let delivery = outstanding.delivery(epoch);
        self.outstanding.push_back(outstanding);
        delivery
    }

    /// The application has taken deliveries up to `through`.
    pub(crate) fn take(&mut self, through: u64) {
        let through = through.min(self.last_number);
        self.see(through);
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
        self.skip_passed_over();
    }

    /// The application has been given deliveries up to `through`.
    pub(crate) fn see(&mut self, through: u64) {
        let through = through.min(self.last_number);
        if through > self.seen {
            self.seen = through;
            let sequence = self.entry(through).map(Outstanding::broker_sequence);
            self.last_seen_sequence = sequence.unwrap_or(self.last_seen_sequence);
        }
    }

    /// A browser that started over on a new link has shown the last one dispatched before.
    pub(crate) fn pass_over_last(&mut self) {
        let last = self.last_number;
        if let Some(entry) = self.entry_mut(last) {
            entry.stage = Stage::Taken;
        }
        self.skip_passed_over();
    }

    /// What was passed over counts as taken when all before it is: the broker must go on dispatching.
    fn skip_passed_over(&mut self) {
        while self.entry(self.taken + 1).is_some_and(|next| next.stage == Stage::Taken) {
            self.taken += 1;
        }
    }

    /// Nobody waits for the pull any more. If the broker has not answered it, it still may.
    pub(crate) fn abandon_pull(&mut self) -> Option<Pull> {
        let pull = self.pull.take()?;
        self.abandoned_pulls += u32::from(pull.again.is_none());
        Some(pull)
    }

    /// Whether it shares what this connection has seen with the other consumers: of a queue, each
    /// message goes to one of them. Subscribers and browsers each have their own.
    pub(crate) fn shares_audit(&self) -> bool {
        self.spec.destination.kind.is_queue() && !self.spec.browser
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

    /// As [`Self::has_taken`], or the application is about to tell: it can take whatever was dispatched.
    pub(crate) fn may_have_taken(&self) -> bool {
        let open = |entry: &Outstanding| matches!(entry.stage, Stage::Dispatched | Stage::Taken);
        self.outstanding.iter().any(open)
    }

    /// The application is done with all that it has been given, and so is the broker.
    pub(crate) fn is_settled(&self) -> bool {
        let mut given = self.outstanding.iter().take_while(|entry| entry.number <= self.seen);
        given.all(|entry| matches!(entry.stage, Stage::Awaiting | Stage::Done))
    }

    /// How much was dispatched and is not settled.
    pub(crate) fn unsettled(&self) -> usize {
        self.outstanding.iter().filter(|entry| entry.stage != Stage::Done).count()
    }

    /// Something comes again when its delay is over.
    pub(crate) fn has_redeliveries(&self) -> bool {
        !self.redeliveries.is_empty()
    }

    /// Something is acknowledged by the application and not written.
    pub(crate) const fn has_asked(&self) -> bool {
        self.asked > 0
    }

    /// The link is gone, and with it every delivery. What the application may have seen goes into
    /// `audit` (`None`: into the consumer's own).
    pub(crate) fn interrupted(&mut self, audit: Option<&mut Audit>) {
        let audit = audit.unwrap_or(&mut self.audit);
        self.recent.drain().for_each(|id| audit.note(id));
        for entry in self.outstanding.drain(..) {
            let Some(id) = entry.message.message_id.clone() else { continue };
            let flagged = entry.redelivered && !self.spec.browser;
            if entry.number <= self.seen || flagged {
                audit.note(id);
            } else {
                self.unseen.push_back((entry.number, id));
            }
        }
        self.unseen.drain(..self.unseen.len().saturating_sub(RECENT));
        self.asked = 0;
        self.redeliveries.clear();
        self.abandoned_pulls = 0;
        self.early.clear();
        self.browsed = false;
        self.taken = self.last_number;
        self.seen = self.last_number;
        self.announced = self.last_number;
        self.last_seen_sequence = RemoveInfo::NONE_DELIVERED;
        self.dirty = false;
    }

    /// The application had been given deliveries up to this number before the link was lost.
    pub(crate) fn seen_after_all(&mut self, through: u64, audit: Option<&mut Audit>) {
        let audit = audit.unwrap_or(&mut self.audit);
        while self.unseen.front().is_some_and(|(number, _)| *number <= through) {
            if let Some((_, id)) = self.unseen.pop_front() {
                audit.note(id);
            }
        }
    }

    /// What the broker is told when the consumer closes: the last one that the application has seen and
    /// that is not settled. Up to it the broker flags what it gives to others.
    pub(crate) fn last_delivered(&self) -> i64 {
        let seen = self.outstanding.iter().rev().skip_while(|entry| entry.number > self.seen);
        let mut open = seen.filter(|entry| {
            !matches!(entry.stage, Stage::Confirming | Stage::Committing(_) | Stage::Done)
        });
        open.next().map_or(self.last_seen_sequence, Outstanding::broker_sequence)
    }
}

impl Outstanding {
    fn broker_sequence(&self) -> i64 {
        self.message.message_id.as_ref().map_or(0, |id| id.broker_sequence_id)
    }

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

//! What waits for one consumer, filled by the driver and emptied by the application.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::bell::{Bell, Report, Reporter};
use super::clock;
use crate::proto::io::{ConsumerKey, Delivery, Epoch, Failure, SessionKey};

/// Deliveries of one consumer, in order. Bounded by the consumer's prefetch, which the broker and
/// the core respect. The lock is held for a push or a pop and never while waiting.
#[derive(Debug)]
pub(crate) struct Mailbox {
    inner: Mutex<Inner>,
    bell: Arc<Bell>,
    /// What has expired is not given out.
    checks_expiry: bool,
    /// Session of the consumer.
    pub(super) session: SessionKey,
}

#[derive(Debug, Default)]
struct Inner {
    queue: VecDeque<Delivery>,
    /// Nothing may be taken for now.
    held: bool,
    end: Option<End>,
    waker: Option<Waker>,
    /// Last delivery that the application is done with, if the driver has not heard of it.
    taken: Option<(Epoch, u64)>,
    /// Deliveries that have expired before they were taken.
    expired: Vec<(Epoch, u64)>,
    /// Last delivery that the application was given.
    seen: Option<(Epoch, u64)>,
    /// It counts as done with when the next one is asked for.
    until_next: bool,
    /// Delivery that it has given back, until it has it again.
    given_back: Option<(Epoch, u64)>,
    /// The driver has a note to look here.
    reported: bool,
    key: Option<ConsumerKey>,
    /// Of the newest delivery.
    epoch: Epoch,
}

/// Why nothing more will come.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum End {
    /// A browser has seen everything.
    Browsed,
    /// The consumer or its connection has ended.
    Failed(Failure),
}

/// When the application counts as done with a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taking {
    /// When it leaves the mailbox.
    AtOnce,
    /// When the next one is asked for, or the consumer or its connection is closed.
    UntilNext,
    /// When [`Mailbox::consumed`] says so.
    Later,
}

/// The application's side.
impl Mailbox {
    pub(crate) fn new(session: SessionKey, bell: Arc<Bell>, checks_expiry: bool) -> Arc<Self> {
        Arc::new(Self { inner: Mutex::default(), bell, checks_expiry, session })
    }

    /// The next delivery; with `context`, waits for one.
    pub(crate) fn poll_take(
        self: &Arc<Self>,
        taking: Taking,
        context: Option<&mut Context<'_>>,
    ) -> Poll<Result<Delivery, End>> {
        let mut inner = self.inner();
        if let Some(delivery) = self.next_fresh(&mut inner) {
            inner.give(&delivery, taking);
            self.report(inner);
            return Poll::Ready(Ok(delivery));
        }
        if !inner.expired.is_empty() {
            self.report(inner);
            inner = self.inner();
        }
        if let Some(end) = inner.end.clone() {
            return Poll::Ready(Err(end));
        }
        if let Some(context) = context {
            inner.waker = Some(context.waker().clone());
        }
        Poll::Pending
    }

    /// The application asks for the next delivery, so it is done with what it was given until then. `None` if
    /// none is there.
    pub(crate) fn take_next(self: &Arc<Self>, taking: Taking) -> Option<Delivery> {
        let mut inner = self.inner();
        let settled = inner.take_until_next();
        inner.taken = inner.taken.max(settled);
        let next = self.next_fresh(&mut inner);
        if let Some(delivery) = &next {
            inner.give(delivery, taking);
        }
        self.report(inner);
        next
    }

    /// Whether there is a delivery to take, which stays; waits for one.
    pub(crate) fn poll_any(self: &Arc<Self>, context: &mut Context<'_>) -> Poll<Result<(), End>> {
        let mut inner = self.inner();
        let found = self.has_fresh(&mut inner);
        if !found && !inner.expired.is_empty() {
            self.report(inner);
            inner = self.inner();
        }
        match (found, inner.end.clone()) {
            (true, _) => Poll::Ready(Ok(())),
            (false, Some(end)) => Poll::Ready(Err(end)),
            (false, None) => {
                inner.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }

    /// All deliveries that are there, at most so many, under one lock and with one note to the driver.
    pub(crate) fn take_many(self: &Arc<Self>, taking: Taking, max: usize) -> Vec<Delivery> {
        let mut inner = self.inner();
        let mut taken = Vec::with_capacity(inner.queue.len().min(max));
        while taken.len() < max
            && let Some(delivery) = self.next_fresh(&mut inner)
        {
            inner.give(&delivery, taking);
            taken.push(delivery);
        }
        self.report(inner);
        taken
    }

    /// The next one that has not expired.
    fn next_fresh(&self, inner: &mut Inner) -> Option<Delivery> {
        if self.has_fresh(inner) { inner.queue.pop_front() } else { None }
    }

    /// Passes over what has expired.
    fn has_fresh(&self, inner: &mut Inner) -> bool {
        while let Some(delivery) = if inner.held { None } else { inner.queue.front() } {
            let expiration = delivery.message.expiration;
            // Looking at the clock costs something, and few messages expire.
            if !self.checks_expiry || expiration <= 0 || expiration > clock::unix_ms() {
                return true;
            }
            inner.expired.push((delivery.epoch, delivery.number));
            inner.queue.pop_front();
        }
        false
    }

    /// The application is done with everything up to this delivery.
    pub(crate) fn consumed(self: &Arc<Self>, epoch: Epoch, number: u64) {
        let mut inner = self.inner();
        if inner.given_back == Some((epoch, number)) {
            return;
        }
        inner.taken = inner.taken.max(Some((epoch, number)));
        self.report(inner);
    }

    /// The application asks for the next one, so it is done with what it was given until then.
    pub(crate) fn settle(self: &Arc<Self>) {
        let mut inner = self.inner();
        let settled = inner.take_until_next();
        inner.taken = inner.taken.max(settled);
        self.report(inner);
    }

    /// The application is not done with it.
    pub(crate) fn unsettle(&self) {
        self.inner().until_next = false;
    }

    /// The application gives this delivery back: it is not done with it, whatever it says next.
    pub(crate) fn give_back(&self, epoch: Epoch, number: u64) {
        let mut inner = self.inner();
        inner.given_back = Some((epoch, number));
        if inner.seen == inner.given_back {
            inner.until_next = false;
        }
    }

    /// The link of the newest delivery.
    pub(crate) fn epoch(&self) -> Epoch {
        self.inner().epoch
    }

    /// Nothing more will be asked for: the next look finds the end without a reason.
    pub(crate) fn close(&self) {
        let failure = Failure::Closed { maybe_done: false, reason: None };
        self.inner().end = Some(End::Failed(failure));
    }

    /// Leaves a note for the driver, if there is something to tell and none lies there already.
    fn report(self: &Arc<Self>, mut inner: MutexGuard<'_, Inner>) {
        let news = inner.taken.is_some() || !inner.expired.is_empty();
        if news && !std::mem::replace(&mut inner.reported, true) {
            drop(inner);
            self.bell.report(Arc::<Self>::clone(self));
        }
    }
}

/// The driver's side. Wakers are handed out, to be woken when all outputs have been worked off.
impl Mailbox {
    pub(super) fn opened(&self, key: ConsumerKey) {
        self.inner().key = Some(key);
    }

    /// Leaves an empty list.
    pub(super) fn deliver(&self, deliveries: &mut Vec<Delivery>) -> Option<Waker> {
        let mut inner = self.inner();
        inner.epoch = deliveries.last()?.epoch;
        inner.queue.extend(deliveries.drain(..));
        inner.waker_unless_held()
    }

    pub(super) fn redeliver(&self, deliveries: Vec<Delivery>) -> Option<Waker> {
        let mut inner = self.inner();
        for delivery in deliveries.into_iter().rev() {
            inner.queue.push_front(delivery);
        }
        inner.held = false;
        inner.waker_unless_held()
    }

    /// How much waits.
    pub(super) fn len(&self) -> usize {
        self.inner().queue.len()
    }

    /// The last delivery that the application was given.
    pub(super) fn seen(&self) -> Option<(Epoch, u64)> {
        self.inner().seen
    }

    /// The last delivery that a close makes done with.
    pub(super) fn settled_by_close(&self) -> Option<(Epoch, u64)> {
        self.inner().take_until_next()
    }

    pub(super) fn hold(&self) {
        self.inner().held = true;
    }

    pub(super) fn discard(&self) {
        let mut inner = self.inner();
        inner.queue.clear();
        inner.held = false;
    }

    /// What waits can still be taken if it was browsed; else it is void.
    pub(super) fn end(&self, end: End) -> Option<Waker> {
        let mut inner = self.inner();
        if matches!(end, End::Failed(_)) {
            inner.queue.clear();
        }
        inner.end.get_or_insert(end);
        inner.waker.take()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Nothing panics while it holds the lock.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reporter for Mailbox {
    fn take_report(&self) -> Option<Report> {
        let mut inner = self.inner();
        inner.reported = false;
        let (expired, taken) = (std::mem::take(&mut inner.expired), inner.taken.take());
        Some(Report { consumer: inner.key?, expired, taken })
    }
}

impl Inner {
    fn give(&mut self, delivery: &Delivery, taking: Taking) {
        self.seen = Some((delivery.epoch, delivery.number));
        self.given_back.take_if(|given_back| Some(*given_back) == self.seen);
        self.until_next = taking == Taking::UntilNext;
        if taking == Taking::AtOnce {
            self.taken = self.taken.max(self.seen);
        }
    }

    fn take_until_next(&mut self) -> Option<(Epoch, u64)> {
        self.seen.filter(|_| std::mem::take(&mut self.until_next))
    }

    fn waker_unless_held(&mut self) -> Option<Waker> {
        if self.held { None } else { self.waker.take() }
    }
}

#[cfg(test)]
mod tests;

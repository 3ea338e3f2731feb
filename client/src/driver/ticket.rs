//! One request and its answer, across the channel between a handle and the driver.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};
use std::time::Instant;

use futures::FutureExt;
use tokio::sync::oneshot;

use super::bell::Bell;
use super::clock;
use super::gathering::Slot;
use crate::proto::io::{Answer, Failure, RequestId};

/// What comes of a request.
pub(crate) type Outcome = Result<Answer, Failure>;

/// In the queue: nobody has acted on the request.
const QUEUED: u8 = 0;
/// The core has it.
const TAKEN: u8 = 1;
/// Its sender gave up while it was queued: nobody ever will act on it.
const ABANDONED: u8 = 2;

/// The driver's end.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) id: RequestId,
    listener: Listener,
}

/// Who wants to hear the answer.
#[derive(Debug)]
enum Listener {
    /// The holder of a ticket.
    Ticket { state: Arc<AtomicU8>, answer: oneshot::Sender<Outcome> },
    /// Whoever looks at gathered outcomes.
    Gathering(Slot),
}

impl Reply {
    /// To a place among gathered outcomes.
    pub(super) const fn gathered(id: RequestId, slot: Slot) -> Self {
        Self { id, listener: Listener::Gathering(slot) }
    }

    /// Claims the request for the core; false if its sender gave up.
    pub(super) fn take(&self) -> bool {
        match &self.listener {
            Listener::Ticket { state, .. } => step(state, TAKEN),
            Listener::Gathering(slot) => {
                slot.take();
                true
            }
        }
    }

    /// Passes the answer on. Gives it back if nobody waits any more.
    pub(super) fn answer(self, outcome: Outcome) -> Result<(), Outcome> {
        match self.listener {
            Listener::Ticket { answer, .. } => answer.send(outcome),
            Listener::Gathering(slot) => {
                slot.fill(outcome);
                Ok(())
            }
        }
    }

    /// Nobody but the driver watches over the deadline.
    pub(super) const fn is_gathered(&self) -> bool {
        matches!(self.listener, Listener::Gathering(_))
    }

    /// The place among gathered outcomes, of a request that cannot be handed over.
    pub(super) fn into_slot(self) -> Option<Slot> {
        match self.listener {
            Listener::Ticket { .. } => None,
            Listener::Gathering(slot) => Some(slot),
        }
    }
}

/// The handle's end. Dropping it takes the request back as far as that is still possible.
#[derive(Debug)]
pub(crate) struct Ticket {
    id: RequestId,
    state: Arc<AtomicU8>,
    answer: oneshot::Receiver<Outcome>,
    /// Where to ring when a taken request is dropped; `None` once that does not matter any more.
    bell: Option<Arc<Bell>>,
}

impl Ticket {
    pub(super) fn new(id: RequestId, bell: Arc<Bell>) -> (Reply, Self) {
        let state = Arc::new(AtomicU8::new(QUEUED));
        let (sender, receiver) = oneshot::channel();
        let listener = Listener::Ticket { state: Arc::clone(&state), answer: sender };
        let reply = Reply { id, listener };
        (reply, Self { id, state, answer: receiver, bell: Some(bell) })
    }

    /// Waits for the answer. The core keeps the deadline of what it has taken; here it only ends the
    /// wait of what is still queued.
    pub(crate) async fn outcome(mut self, deadline: Option<Instant>) -> Outcome {
        let answer = match clock::until(deadline, &mut self.answer).await {
            Some(answer) => answer,
            None if step(&self.state, ABANDONED) => {
                return Err(Failure::TimedOut { maybe_done: false });
            }
            None => (&mut self.answer).await,
        };
        self.bell = None;
        answer.unwrap_or_else(|_| Err(self.driver_gone()))
    }

    /// As [`outcome`](Self::outcome) without a deadline on this side, for what the driver takes at once.
    pub(crate) fn poll_outcome(&mut self, context: &mut Context<'_>) -> Poll<Outcome> {
        let answer = std::task::ready!(self.answer.poll_unpin(context));
        self.bell = None;
        Poll::Ready(answer.unwrap_or_else(|_| Err(self.driver_gone())))
    }

    /// Lets the request go on even if the ticket is dropped.
    pub(crate) fn detach(&mut self) {
        self.bell = None;
    }

    /// The driver went away without an answer: the request came when it was ending, or its runtime
    /// was.
    fn driver_gone(&self) -> Failure {
        let maybe_done = self.state.load(Ordering::Acquire) == TAKEN;
        Failure::Closed { maybe_done, reason: None }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let Some(bell) = self.bell.take() else { return };
        self.answer.close();
        match self.answer.try_recv() {
            // Whatever was opened must not stay open.
            Ok(Ok(answer)) => bell.orphan(answer),
            Ok(Err(_)) => {}
            Err(_) if step(&self.state, ABANDONED) => {}
            Err(_) => bell.cancel(self.id),
        }
    }
}

/// From queued to `next`; false if it was not queued any more.
fn step(state: &AtomicU8, next: u8) -> bool {
    state.compare_exchange(QUEUED, next, Ordering::AcqRel, Ordering::Acquire).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> (Reply, Ticket, Arc<Bell>) {
        let bell = Arc::new(Bell::default());
        let (reply, ticket) = Ticket::new(RequestId(7), Arc::clone(&bell));
        (reply, ticket, bell)
    }

    #[tokio::test]
    async fn an_answer_arrives_and_is_the_end_of_it() {
        let (reply, ticket, bell) = pair();
        assert!(reply.take());
        reply.answer(Ok(Answer::Done)).unwrap();
        assert_eq!(ticket.outcome(None).await, Ok(Answer::Done));
        assert!(bell.take_cancelled().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_still_queued_at_its_deadline_was_not_done() {
        let (reply, ticket, _bell) = pair();
        let outcome = ticket.outcome(Some(clock::instant())).await;
        assert_eq!(outcome, Err(Failure::TimedOut { maybe_done: false }));
        assert!(!reply.take(), "and never will be");
    }

    #[test]
    fn dropping_a_taken_request_cancels_it_and_a_queued_one_just_goes() {
        let (_reply, ticket, bell) = pair();
        drop(ticket);
        assert!(bell.take_cancelled().is_empty());
        let (reply, ticket, bell) = pair();
        assert!(reply.take());
        drop(ticket);
        assert_eq!(bell.take_cancelled(), [RequestId(7)]);
        assert_eq!(reply.answer(Ok(Answer::Done)), Err(Ok(Answer::Done)));
    }

    #[test]
    fn an_answer_that_nobody_took_is_handed_back() {
        let (reply, ticket, bell) = pair();
        assert!(reply.take());
        reply.answer(Ok(Answer::Done)).unwrap();
        drop(ticket);
        assert!(bell.take_cancelled().is_empty());
        assert_eq!(bell.take_orphans(), [Answer::Done]);
    }

    #[tokio::test]
    async fn a_driver_that_vanishes_leaves_taken_requests_in_doubt() {
        for (taken, maybe_done) in [(false, false), (true, true)] {
            let (reply, ticket, _bell) = pair();
            assert!(!taken || reply.take());
            drop(reply);
            let outcome = ticket.outcome(None).await;
            assert!(
                matches!(outcome, Err(Failure::Closed { maybe_done: it, .. }) if it == maybe_done)
            );
        }
    }
}

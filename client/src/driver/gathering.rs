//! The outcomes of many sends in one place, for whoever looks at them in batches.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::message::Message;
use crate::proto::io::{Answer, Failure};

/// What comes of a send.
type Outcome = Result<Answer, Failure>;

/// What became of one send.
#[derive(Debug)]
pub(crate) struct Gathered {
    /// The number that its sender gave it.
    pub(crate) tag: u64,
    /// The message itself.
    pub(crate) message: Message,
    /// The answer, or why there is none.
    pub(crate) outcome: Outcome,
}

/// Where outcomes are put by the driver and taken by the application. Bounded by the sends that the
/// window of their producer allows, and by what the application leaves here.
#[derive(Debug, Default)]
pub(crate) struct Gathering {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    settled: Vec<Gathered>,
    /// Sends whose outcome is not here yet.
    under_way: usize,
    waker: Option<Waker>,
}

/// The place of one outcome. One that is dropped unfilled tells that the driver went away.
#[derive(Debug)]
pub(super) struct Slot {
    gathering: Arc<Gathering>,
    /// Taken out when it is filled.
    content: Option<(u64, Message)>,
    taken: AtomicBool,
}

impl Gathering {
    /// A place for the outcome of one more send.
    pub(super) fn slot(self: &Arc<Self>, tag: u64, message: Message) -> Slot {
        self.inner().under_way += 1;
        let content = Some((tag, message));
        Slot { gathering: Arc::clone(self), content, taken: AtomicBool::new(false) }
    }

    /// Puts an outcome here that needed no driver.
    pub(crate) fn put(&self, gathered: Gathered) {
        let mut inner = self.inner();
        inner.settled.push(gathered);
        let waker = inner.waker.take();
        drop(inner);
        waker.into_iter().for_each(Waker::wake);
    }

    /// All outcomes that are here, in the order in which they came.
    pub(crate) fn take(&self) -> Vec<Gathered> {
        std::mem::take(&mut self.inner().settled)
    }

    /// As [`take`](Self::take), but waits for the first; nothing if no send is under way.
    pub(crate) fn poll_take(&self, context: &Context<'_>) -> Poll<Vec<Gathered>> {
        let mut inner = self.inner();
        if inner.settled.is_empty() && inner.under_way > 0 {
            inner.waker = Some(context.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(std::mem::take(&mut inner.settled))
    }

    /// Sends whose outcome is not here yet.
    pub(crate) fn under_way(&self) -> usize {
        self.inner().under_way
    }

    fn settle(&self, gathered: Gathered) {
        self.inner().under_way -= 1;
        self.put(gathered);
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Nothing panics while it holds the lock.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    /// The core has the request.
    pub(super) fn take(&self) {
        self.taken.store(true, Ordering::Release);
    }

    pub(super) fn fill(mut self, outcome: Outcome) {
        self.settle(outcome);
    }

    /// Gives the place up: its sender hears of it in another way.
    pub(super) fn withdraw(mut self) -> Option<Message> {
        self.gathering.inner().under_way -= 1;
        self.content.take().map(|(_, message)| message)
    }

    fn settle(&mut self, outcome: Outcome) {
        if let Some((tag, message)) = self.content.take() {
            self.gathering.settle(Gathered { tag, message, outcome });
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let maybe_done = self.taken.load(Ordering::Acquire);
        self.settle(Err(Failure::Closed { maybe_done, reason: None }));
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use futures::future::poll_fn;

    use super::*;

    fn slot(gathering: &Arc<Gathering>, tag: u64) -> Slot {
        gathering.slot(tag, Message::empty())
    }

    fn tags(gathered: &[Gathered]) -> Vec<u64> {
        gathered.iter().map(|it| it.tag).collect()
    }

    #[tokio::test]
    async fn one_look_takes_all_outcomes_that_have_come() {
        let gathering = Arc::new(Gathering::default());
        let slots = [1, 2, 3].map(|tag| slot(&gathering, tag));
        let mut taking = poll_fn(|context| gathering.poll_take(context));
        assert!((&mut taking).now_or_never().is_none());
        for slot in slots {
            slot.fill(Ok(Answer::Done));
        }
        assert_eq!(tags(&taking.await), [1, 2, 3]);
        assert_eq!(gathering.under_way(), 0);
    }

    #[tokio::test]
    async fn with_nothing_under_way_nobody_waits() {
        let gathering = Gathering::default();
        assert!(poll_fn(|context| gathering.poll_take(context)).await.is_empty());
    }

    #[test]
    fn a_driver_that_vanishes_leaves_taken_sends_in_doubt() {
        let gathering = Arc::new(Gathering::default());
        let (queued, taken) = (slot(&gathering, 1), slot(&gathering, 2));
        taken.take();
        drop((queued, taken));
        let doubts = gathering.take().into_iter().map(|it| match it.outcome {
            Err(Failure::Closed { maybe_done, .. }) => maybe_done,
            other => panic!("{other:?}"),
        });
        assert_eq!(doubts.collect::<Vec<_>>(), [false, true]);
    }

    #[test]
    fn a_place_that_is_given_up_leaves_no_trace() {
        let gathering = Arc::new(Gathering::default());
        assert!(slot(&gathering, 1).withdraw().is_some());
        assert_eq!((gathering.under_way(), gathering.take().len()), (0, 0));
    }
}

//! One way of requests to the driver, which takes all that have gathered under one lock.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{self, Notify};

use super::bell::Bell;
use super::job::Job;

/// Requests that may wait for the driver on one way. Room enough for the driver to find a batch whenever it
/// looks, and little enough for back-pressure to be felt.
const MOST_JOBS: usize = 1024;

/// Messages that nobody waits for may wait for the driver up to this size altogether: their number
/// alone, with bodies of megabytes, is no bound. One that is larger goes alone.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// Requests in order. The lock is held for a push or an exchange of lists, and never while waiting.
#[derive(Debug)]
pub(super) struct JobQueue {
    inner: Mutex<Inner>,
    /// There is something to look for, so that the driver looks without the lock.
    any: AtomicBool,
    /// Whoever waits for room, one after the other.
    turn: sync::Mutex<()>,
    room: Notify,
    bell: Arc<Bell>,
}

#[derive(Debug, Default)]
struct Inner {
    jobs: VecDeque<Job>,
    /// Bytes of the jobs, and of those that the driver has taken and not worked off.
    bytes: usize,
    /// Of that, what the driver has.
    taken_bytes: usize,
    /// How many wait for room: nobody overtakes them.
    waiting: usize,
    /// Nobody takes jobs any more.
    closed: bool,
}

/// Why a job cannot be put at once.
#[derive(Debug)]
pub(super) enum Refused {
    /// There is no room, or others wait for it.
    Full(Box<Job>),
    /// Nobody will ever take it.
    Closed(Box<Job>),
}

/// The handles' side.
impl JobQueue {
    pub(super) fn new(bell: Arc<Bell>) -> Self {
        let inner = Mutex::default();
        Self {
            inner,
            any: AtomicBool::new(false),
            turn: sync::Mutex::default(),
            room: Notify::new(),
            bell,
        }
    }

    /// Puts a job here if there is room for it.
    pub(super) fn try_push(&self, job: Job) -> Result<(), Refused> {
        let inner = self.inner();
        if inner.closed {
            return Err(Refused::Closed(Box::new(job)));
        }
        if inner.waiting > 0 || !inner.has_room(job.bytes) {
            return Err(Refused::Full(Box::new(job)));
        }
        self.push(inner, job);
        Ok(())
    }

    /// Puts a job here whether there is room or not, for what is bounded otherwise. False if nobody will ever
    /// take it.
    pub(super) fn push_anyway(&self, job: Job) -> bool {
        let inner = self.inner();
        let open = !inner.closed;
        if open {
            self.push(inner, job);
        }
        open
    }

    /// Waits for room behind all who wait already; `None` if nobody will ever take anything. Safe to drop.
    pub(super) async fn turn(&self, bytes: usize) -> Option<Turn<'_>> {
        self.inner().waiting += 1;
        let mut turn = Turn { queue: self, _first: None };
        turn._first = Some(self.turn.lock().await);
        loop {
            {
                let inner = self.inner();
                if inner.closed {
                    return None;
                }
                if inner.has_room(bytes) {
                    return Some(turn);
                }
            }
            // The driver gives back room when it looks.
            self.any.store(true, Ordering::Release);
            self.bell.ring();
            self.room.notified().await;
        }
    }

    fn push(&self, mut inner: MutexGuard<'_, Inner>, job: Job) {
        inner.bytes += job.bytes;
        inner.jobs.push_back(job);
        let first = inner.jobs.len() == 1;
        drop(inner);
        if first {
            self.any.store(true, Ordering::Release);
            self.bell.ring();
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Nothing panics while it holds the lock.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// There is room, and nobody else may have it.
pub(super) struct Turn<'a> {
    queue: &'a JobQueue,
    _first: Option<sync::MutexGuard<'a, ()>>,
}

impl Turn<'_> {
    pub(super) fn push(self, job: Job) {
        self.queue.push(self.queue.inner(), job);
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.queue.inner().waiting -= 1;
    }
}

/// The driver's side.
impl JobQueue {
    /// All jobs, behind those that were taken before.
    pub(super) fn take(&self, jobs: &mut VecDeque<Job>) {
        if !self.any.swap(false, Ordering::AcqRel) {
            return;
        }
        let mut inner = self.inner();
        if jobs.is_empty() {
            inner.bytes -= inner.taken_bytes;
            std::mem::swap(&mut inner.jobs, jobs);
        } else {
            jobs.append(&mut inner.jobs);
        }
        inner.taken_bytes = inner.bytes;
        self.make_room(inner);
    }

    /// There may be something to take, or somebody who waits for room.
    pub(super) fn has_news(&self) -> bool {
        self.any.load(Ordering::Acquire)
    }

    /// The last ones; nothing can be put here from then on.
    pub(super) fn close(&self) -> VecDeque<Job> {
        let mut inner = self.inner();
        inner.closed = true;
        let jobs = std::mem::take(&mut inner.jobs);
        self.make_room(inner);
        jobs
    }

    fn make_room(&self, inner: MutexGuard<'_, Inner>) {
        let wanted = inner.waiting > 0;
        drop(inner);
        if wanted {
            self.room.notify_one();
        }
    }
}

impl Inner {
    fn has_room(&self, bytes: usize) -> bool {
        let fits = self.bytes == 0 || self.bytes.saturating_add(bytes) <= MOST_BYTES;
        self.jobs.len() < MOST_JOBS && (bytes == 0 || fits)
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;
    use crate::proto::io::Request;

    fn queue() -> JobQueue {
        JobQueue::new(Arc::default())
    }

    fn job(bytes: usize) -> Job {
        Job { bytes, ..Job::silent(Request::ReconnectNow) }
    }

    fn taken(queue: &JobQueue) -> Vec<usize> {
        let mut jobs = VecDeque::new();
        queue.take(&mut jobs);
        jobs.iter().map(|job| job.bytes).collect()
    }

    #[tokio::test]
    async fn whoever_waits_for_room_is_not_overtaken_and_gets_it_in_turn() {
        let queue = queue();
        queue.try_push(job(MOST_BYTES)).unwrap();
        let (mut first, mut second) = (Box::pin(queue.turn(2)), Box::pin(queue.turn(3)));
        assert!((&mut first).now_or_never().is_none());
        assert!((&mut second).now_or_never().is_none());
        assert!(matches!(queue.try_push(job(0)), Err(Refused::Full(_))));
        assert_eq!(taken(&queue), [MOST_BYTES]);
        assert!((&mut first).now_or_never().is_none(), "the driver has not worked it off");
        assert!(taken(&queue).is_empty());
        first.await.unwrap().push(job(2));
        second.await.unwrap().push(job(3));
        queue.try_push(job(4)).unwrap();
        assert_eq!(taken(&queue), [2, 3, 4]);
    }

    #[tokio::test]
    async fn whoever_stops_waiting_holds_nobody_up() {
        let queue = queue();
        (0..MOST_JOBS).for_each(|_| queue.try_push(job(0)).unwrap());
        let mut waiting = Box::pin(queue.turn(1));
        assert!((&mut waiting).now_or_never().is_none());
        drop(waiting);
        assert!(queue.push_anyway(job(1)));
        assert_eq!(taken(&queue).len(), MOST_JOBS + 1);
        queue.try_push(job(1)).unwrap();
    }

    #[tokio::test]
    async fn nothing_is_put_where_nobody_takes_it() {
        let queue = queue();
        queue.try_push(job(MOST_BYTES)).unwrap();
        let mut waiting = Box::pin(queue.turn(1));
        assert!((&mut waiting).now_or_never().is_none());
        assert_eq!(queue.close().len(), 1);
        assert!(waiting.await.is_none());
        assert!(matches!(queue.try_push(job(0)), Err(Refused::Closed(_))));
        assert!(!queue.push_anyway(job(0)));
    }
}

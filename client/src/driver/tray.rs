//! Acknowledgements that are handed over without waiting, not even for a place in a queue.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::bell::Bell;
use super::job::Job;

/// What the driver has not taken yet. Bounded by what was delivered before.
#[derive(Debug)]
pub(super) struct Tray {
    jobs: Mutex<Jobs>,
    /// There is something, so that the driver looks for it without the lock.
    any: AtomicBool,
    bell: Arc<Bell>,
}

#[derive(Debug, Default)]
struct Jobs {
    waiting: Vec<Job>,
    /// Nobody takes them any more.
    closed: bool,
}

impl Tray {
    pub(super) fn new(bell: Arc<Bell>) -> Self {
        Self { jobs: Mutex::default(), any: AtomicBool::new(false), bell }
    }

    /// False if nobody will ever take it.
    pub(super) fn put(&self, job: Job) -> bool {
        let mut jobs = self.jobs();
        if jobs.closed {
            return false;
        }
        jobs.waiting.push(job);
        let first = jobs.waiting.len() == 1;
        self.any.store(true, Ordering::Release);
        drop(jobs);
        if first {
            self.bell.ring();
        }
        true
    }

    pub(super) fn take(&self) -> Vec<Job> {
        if !self.any.swap(false, Ordering::AcqRel) {
            return Vec::new();
        }
        std::mem::take(&mut self.jobs().waiting)
    }

    /// The last ones; nothing can be put here from then on.
    pub(super) fn close(&self) -> Vec<Job> {
        let mut jobs = self.jobs();
        jobs.closed = true;
        std::mem::take(&mut jobs.waiting)
    }

    fn jobs(&self) -> MutexGuard<'_, Jobs> {
        // Nothing panics while it holds the lock.
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

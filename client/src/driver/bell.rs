//! What handles tell the driver without waiting: a bell that is rung once for many notes.

use std::fmt::Debug;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::proto::io::{Answer, ConsumerKey, Epoch, RequestId};

/// What leaves notes about a consumer.
pub(super) trait Reporter: Debug + Send + Sync {
    /// What has happened since the last look.
    fn take_report(&self) -> Option<Report>;
}

/// What has become of deliveries.
#[derive(Debug)]
pub(super) struct Report {
    /// Whose.
    pub(super) consumer: ConsumerKey,
    /// Not given out, because they had expired.
    pub(super) expired: Vec<(Epoch, u64)>,
    /// Taken, up to this one.
    pub(super) taken: Option<(Epoch, u64)>,
}

/// Notes for the driver. Bounded by what they are about: each consumer leaves at most one, each
/// request at most one.
#[derive(Debug, Default)]
pub(crate) struct Bell {
    notes: Mutex<Notes>,
    rung: Notify,
    /// There is nobody left to ring it.
    deserted: AtomicBool,
}

#[derive(Debug, Default)]
struct Notes {
    taken: Vec<Arc<dyn Reporter>>,
    cancelled: Vec<RequestId>,
    orphans: Vec<Answer>,
}

impl Bell {
    /// The application has taken something.
    pub(super) fn report(&self, reporter: Arc<dyn Reporter>) {
        self.notes().taken.push(reporter);
        self.rung.notify_one();
    }

    /// Nobody waits for this answer any more.
    pub(super) fn cancel(&self, id: RequestId) {
        self.notes().cancelled.push(id);
        self.rung.notify_one();
    }

    /// This answer came too late for whoever had asked.
    pub(super) fn orphan(&self, answer: Answer) {
        self.notes().orphans.push(answer);
        self.rung.notify_one();
    }

    /// The last handle is gone.
    pub(super) fn desert(&self) {
        self.deserted.store(true, Ordering::Release);
        self.ring();
    }

    pub(super) fn is_deserted(&self) -> bool {
        self.deserted.load(Ordering::Acquire)
    }

    /// There is something to look at that is not noted here.
    pub(super) fn ring(&self) {
        self.rung.notify_one();
    }

    /// Waits until there is a note. Safe to drop: a ring is kept until it is heard.
    pub(super) async fn rung(&self) {
        self.rung.notified().await;
    }

    pub(super) fn take_reported(&self) -> Vec<Arc<dyn Reporter>> {
        std::mem::take(&mut self.notes().taken)
    }

    pub(super) fn take_cancelled(&self) -> Vec<RequestId> {
        std::mem::take(&mut self.notes().cancelled)
    }

    pub(super) fn take_orphans(&self) -> Vec<Answer> {
        std::mem::take(&mut self.notes().orphans)
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        // Nothing panics while it holds the lock, and lists cannot be left half changed.
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! The end of a connection: somebody is about to close it, its handles are gone, or its runtime is.

use std::task::Waker;

use super::job::Job;
use super::{Driver, FAREWELL};
use crate::proto::event::Event;
use crate::proto::io::{Failure, Request};

impl Driver {
    /// Somebody is about to close. What was handed over before is known from here on.
    pub(super) fn leave(&mut self) {
        self.leaving = true;
        self.fetch_ordered();
    }

    /// From then on the core does not wait for a broker that is silent. So it must have heard of every
    /// message before that is lost with the link without anybody waiting for it.
    pub(super) fn pass_on_leave(&mut self) {
        if self.leaving && !self.backlog.iter().rev().any(Job::is_quiet_send) {
            self.leaving = false;
            self.submit(None, Request::Leave, None);
            self.work_off_outputs();
        }
    }

    /// How many messages the core will never take that nobody waits for.
    pub(super) fn tell_left_behind(&mut self) {
        self.fetch_ordered();
        let count = self.backlog.iter().filter(|job| job.is_quiet_send()).count();
        if count > 0 {
            let text = format!("{count} messages sent without confirmation were never written");
            self.notify(Event::Warning(text));
        }
    }

    /// When all handles are gone, nobody can close the connection any more but we.
    pub(super) fn look_for_handles(&mut self) {
        if self.ended || self.parted || !self.inlet.bell.is_deserted() {
            return;
        }
        if self.backlog.is_empty() && !self.inlet.queues.ordered.has_news() {
            // As long as any other close may take.
            (self.farewell, self.parted) = (None, true);
            self.submit(None, Request::Close, None);
            self.work_off_outputs();
        } else if self.farewell.is_none() {
            self.farewell = Some(self.now.instant + FAREWELL);
        }
    }

    /// What waits on the ordered lane gets through while there is a broker, and may never otherwise.
    pub(super) fn part(&mut self) {
        if self.farewell.is_none_or(|end| end > self.now.instant) {
            return;
        }
        self.farewell = self.core.is_connected().then(|| self.now.instant + FAREWELL);
        if self.farewell.is_none() {
            self.parted = true;
            self.submit(None, Request::Close, Some(self.now.instant));
        }
    }
}

/// A runtime may end before its connections do: nobody shall wait for them any longer.
impl Drop for Driver {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let text = if std::thread::panicking() {
            "its task has failed, which is a bug in relaismq"
        } else {
            "the Tokio runtime that it ran on has ended"
        };
        let reason = Some(text.to_owned());
        self.tell_left_behind();
        self.notify(Event::Closed { reason: reason.clone() });
        self.end(Failure::Closed { maybe_done: false, reason });
        self.wakers.drain(..).for_each(Waker::wake);
    }
}

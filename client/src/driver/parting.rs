//! The end of a connection that nobody closed: its handles are gone, or its runtime is.

use std::task::Waker;

use super::{Driver, FAREWELL, Lanes};
use crate::proto::event::Event;
use crate::proto::io::{Failure, Request};

impl Driver {
    /// When all handles are gone, nobody can close the connection any more but we.
    pub(super) fn lane_closed(&mut self, note: impl FnOnce(&mut Lanes)) {
        note(&mut self.lanes);
        if self.ended {
            return;
        }
        let deadline = self.now.instant + FAREWELL;
        self.farewell = Some(deadline);
        if !self.lanes.ordered && !self.lanes.urgent {
            self.submit(None, Request::Close, Some(deadline));
        }
    }

    /// What waits on the ordered lane gets through while there is a broker, and may never otherwise.
    pub(super) fn part(&mut self) {
        if self.farewell.is_none_or(|end| end > self.now.instant) {
            return;
        }
        self.farewell = self.core.is_connected().then(|| self.now.instant + FAREWELL);
        if self.farewell.is_none() {
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
        self.notify(Event::Closed { reason: reason.clone() });
        self.end(Failure::Closed { maybe_done: false, reason });
        self.wakers.drain(..).for_each(Waker::wake);
    }
}

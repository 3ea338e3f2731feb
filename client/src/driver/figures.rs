//! What the connection has done and has, with what only the driver knows of it.

use super::Driver;
use crate::proto::io::Answer;
use crate::proto::statistics::Statistics;

impl Driver {
    /// Tells whoever collects metrics, when it is time.
    pub(super) fn publish(&mut self) {
        let now = self.now.instant;
        if self.publisher.is_due(now) {
            let known = self.with_mailboxes(self.core.statistics(now));
            self.publisher.tell(known);
        }
    }

    /// The connection has nothing any more.
    pub(super) fn publish_the_end(&mut self) {
        let mut last = self.core.statistics(self.now.instant);
        last.nothing_left();
        self.publisher.tell(last);
    }

    /// The core's answer, completed.
    pub(super) fn completed(&self, answer: Answer) -> Answer {
        match answer {
            Answer::Statistics(known) => Answer::Statistics(Box::new(self.with_mailboxes(*known))),
            other => other,
        }
    }

    /// What lies in a mailbox waits for the application, and is not held by it.
    fn with_mailboxes(&self, mut known: Statistics) -> Statistics {
        let waiting: usize = self.mailboxes.values().map(|mailbox| mailbox.len()).sum();
        known.waiting += waiting as u64;
        known.held = known.held.saturating_sub(waiting as u64);
        known
    }
}

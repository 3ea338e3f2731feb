//! What the connection has done and has, with what only the driver knows of it.

use super::Driver;
use crate::proto::io::Answer;
use crate::proto::statistics::Statistics;

impl Driver {
    /// The core's answer, completed.
    pub(super) fn completed(&self, answer: Answer) -> Answer {
        match answer {
            Answer::Statistics(known) => {
                Answer::Statistics(Box::new(self.with_mailboxes(*known)))
            }
            other => other,
        }
    }

    /// What lies in a mailbox waits for the application, and is not held by it.
    pub(super) fn with_mailboxes(&self, mut known: Statistics) -> Statistics {
        let waiting: usize = self.mailboxes.values().map(|mailbox| mailbox.len()).sum();
        known.waiting += waiting as u64;
        known.held = known.held.saturating_sub(waiting as u64);
        known
    }
}

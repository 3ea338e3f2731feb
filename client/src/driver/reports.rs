//! What applications have taken, acknowledged and seen: when the core is told.

use std::collections::VecDeque;

use super::Driver;
use super::bell::Report;
use crate::proto::io::{ConsumerKey, Epoch, Request};

impl Driver {
    /// Tells the core what applications have taken and acknowledged. Comes before anything else a wake brings, so
    /// that a lost link covers all that came by it, and once more between fetching requests and working them
    /// off: applications go on meanwhile, and a commit or an acknowledgement covers all that was taken before
    /// it was asked for.
    pub(super) fn take_reports(&mut self) {
        let mut acknowledgements = VecDeque::new();
        self.inlet.queues.acknowledgements.take(&mut acknowledgements);
        for reporter in self.inlet.bell.take_reported() {
            let Some(Report { consumer, expired, taken }) = reporter.take_report() else {
                continue;
            };
            // Before what was taken, which goes further.
            if !expired.is_empty() {
                self.submit(None, Request::Expired { consumer, deliveries: expired }, None);
            }
            if let Some((epoch, through)) = taken {
                self.submit(None, Request::Consumed { consumer, epoch, through }, None);
            }
        }
        for job in acknowledgements {
            self.take(job);
        }
    }

    /// How far the application is, for what is being closed: it decides what comes back flagged. Where
    /// the whole connection is closed by its owner, what a stream has given out is done with.
    pub(super) fn report_before(&mut self, request: &Request) {
        let closing: Vec<ConsumerKey> = match request {
            Request::CloseConsumer(key) => vec![*key],
            Request::CloseSession(session) => {
                let mailboxes = self.mailboxes.iter();
                mailboxes.filter(|(_, it)| it.session == *session).map(|(key, _)| *key).collect()
            }
            Request::Close => self.mailboxes.keys().copied().collect(),
            _ => return,
        };
        for consumer in closing {
            let Some(mailbox) = self.mailboxes.get(&consumer).cloned() else { continue };
            self.report_seen(consumer, mailbox.seen());
            let settled = mailbox.settled_by_close().filter(|_| matches!(request, Request::Close));
            if let Some((epoch, through)) = settled {
                self.submit(None, Request::Consumed { consumer, epoch, through }, None);
            }
        }
    }

    pub(super) fn report_seen(&mut self, consumer: ConsumerKey, seen: Option<(Epoch, u64)>) {
        if let Some((epoch, through)) = seen {
            self.submit(None, Request::Seen { consumer, epoch, through }, None);
        }
    }
}

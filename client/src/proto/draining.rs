//! The application is about to end: consumers get nothing more, and what is under way comes to its end.

use std::time::{Duration, Instant};

use super::{
    Client,
    consumer::Consumer,
    io::{Answer, ConsumerKey, Output, RequestId},
    ledger::Entry,
};

/// Between two looks at whether the application is done: reports of it come with any other news.
const LOOK: Duration = Duration::from_millis(20);

/// Somebody waits for the application to be done.
#[derive(Debug)]
pub(super) struct Drain {
    request: Option<RequestId>,
    until: Instant,
    look: Instant,
}

impl Drain {
    pub(super) fn is_for(&self, request: RequestId) -> bool {
        self.request == Some(request)
    }

    pub(super) const fn into_request(self) -> Option<RequestId> {
        self.request
    }

    pub(super) fn due(&self) -> Instant {
        self.until.min(self.look)
    }
}

impl Client {
    pub(super) fn drain(&mut self, request: Option<RequestId>, limit: Duration) {
        self.hold_consumers();
        let (until, look) = (self.now.after(limit), self.now.instant);
        self.draining.push(Drain { request, until, look });
    }

    /// Those that a drain holds back are held back on the next link, too.
    pub(super) fn hold_again(&mut self) {
        if !self.draining.is_empty() {
            self.hold_consumers();
        }
    }

    pub(super) fn hold_consumers(&mut self) {
        for key in self.takers() {
            self.outputs.push_back(Output::Hold(key));
        }
    }

    /// All consumers but browsers, which take nothing.
    pub(super) fn takers(&self) -> Vec<ConsumerKey> {
        let consumers = self.registry.consumers.iter();
        consumers.filter(|(_, it)| it.confirmed && !it.spec.browser).map(|(key, _)| *key).collect()
    }

    /// Nobody waits for it any more: everything goes on.
    pub(super) fn stop_draining(&mut self, request: RequestId) {
        let before = self.draining.len();
        self.draining.retain(|drain| !drain.is_for(request));
        if self.draining.len() < before {
            self.release_consumers();
        }
    }

    /// Consumers go on, unless there is another reason to hold them back.
    pub(super) fn release_consumers(&mut self) {
        if self.holds_back() {
            return;
        }
        for key in self.takers() {
            let waits = self.registry.consumers.get(&key).is_some_and(Consumer::has_redeliveries);
            // Where something comes again, nothing may overtake it.
            if !waits {
                self.outputs.push_back(Output::Redeliver(key, Vec::new()));
            }
        }
    }

    /// Nothing may be delivered: the next broker delivers it, or the next consumer gets it.
    pub(super) const fn holds_back(&self) -> bool {
        self.moving.is_some() || !self.draining.is_empty()
    }

    /// Whoever waits hears that everything is done, or that it takes too long.
    pub(super) fn drain_on(&mut self) {
        if self.draining.is_empty() {
            return;
        }
        self.flush_acknowledgements();
        let (now, done) = (self.now.instant, self.is_drained());
        let (over, left): (Vec<_>, Vec<_>) = std::mem::take(&mut self.draining)
            .into_iter()
            .partition(|drain| drain.until <= now || done && drain.look <= now);
        self.draining = left;
        self.draining.iter_mut().for_each(|drain| drain.look = now + LOOK);
        for drain in over {
            self.answer(drain.request, Ok(Answer::Drained(done)));
        }
    }

    fn is_drained(&self) -> bool {
        let waits = |entry: &Entry| {
            entry.request.is_some() || entry.commit().is_some() || entry.written.is_none()
        };
        let open = self.registry.sessions.values().any(|session| session.transaction.is_some());
        !open && !self.ledger.any(waits) && self.confirming.is_empty() && self.is_settled()
    }

    /// The application is done with all that it has been given.
    pub(super) fn is_settled(&self) -> bool {
        let mut consumers = self.registry.consumers.values().filter(|it| !it.spec.browser);
        consumers.all(Consumer::is_settled)
    }
}

//! What there is at the moment, in figures.

use std::time::Instant;

use super::{Client, consumer::Consumer, statistics::Statistics};

impl Client {
    /// What has happened, and what there is. Of what was dispatched, [`Statistics::held`] has what the driver
    /// was given; how much of that still waits for the application, only the driver knows.
    pub(crate) fn statistics(&self, now: Instant) -> Statistics {
        let consumers = self.registry.consumers.values();
        let unsettled: usize = consumers.clone().map(Consumer::unsettled).sum();
        let early: usize = consumers.clone().map(|it| it.early.len()).sum();
        let since = self.link.interrupted_at.filter(|_| !self.link.has_ended());
        let outage = since.map(|since| now.saturating_duration_since(since));
        let sessions = self.registry.sessions.values().filter(|it| !it.closed).count();
        let producers = self.registry.producers.values().filter(|it| !it.closed).count();
        Statistics {
            outage: self.statistics.outage + outage.unwrap_or_default(),
            connected: u64::from(self.link.is_connected()),
            spares: self.search.spares_ready() as u64,
            sessions: sessions as u64,
            producers: producers as u64,
            consumers: consumers.clone().filter(|it| !it.closing).count() as u64,
            requests: self.ledger.len() as u64,
            request_bytes: self.ledger.held_bytes() as u64,
            prefetch: consumers.map(|it| u64::from(it.spec.prefetch)).sum(),
            waiting: early as u64,
            held: unsettled.saturating_sub(early) as u64,
            ..self.statistics
        }
    }
}

//! What a connection has done so far.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts since the connection was made.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    sent: AtomicU64,
    failed: AtomicU64,
    received: AtomicU64,
    redelivered: AtomicU64,
    interruptions: AtomicU64,
    outage_microseconds: AtomicU64,
}

impl Counters {
    pub(crate) fn sends(&self, done: bool) {
        let counter = if done { &self.sent } else { &self.failed };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn receives(&self, redelivered: bool) {
        self.received.fetch_add(1, Ordering::Relaxed);
        self.redelivered.fetch_add(redelivered.into(), Ordering::Relaxed);
    }

    pub(crate) fn interrupted(&self) {
        self.interruptions.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn resumed(&self, outage: std::time::Duration) {
        let microseconds = u64::try_from(outage.as_micros()).unwrap_or(u64::MAX);
        self.outage_microseconds.fetch_add(microseconds, Ordering::Relaxed);
    }

    /// Names and counts.
    pub(crate) fn snapshot(&self) -> [(&'static str, u64); 6] {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        [
            ("sent", read(&self.sent)),
            ("failed", read(&self.failed)),
            ("received", read(&self.received)),
            ("redelivered", read(&self.redelivered)),
            ("interruptions", read(&self.interruptions)),
            ("outage_microseconds", read(&self.outage_microseconds)),
        ]
    }
}

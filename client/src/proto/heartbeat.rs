//! Signs of life in both directions.
//!
//! A peer that has nothing to say may be silent for longer than the limit and be well: the first sign of
//! life of an ActiveMQ broker comes after its own initial delay, whatever was agreed. So silence alone
//! ends nothing: the peer is asked, and only when that brings no sign of life either it counts as dead.

use std::time::{Duration, Instant};

/// When who was heard last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heartbeat {
    /// Silence that is suspicious; zero for never.
    pub(crate) limit: Duration,
    /// Silence before is not.
    first_check: Instant,
    last_read: Instant,
    last_write: Instant,
    /// The peer's machine has taken bytes.
    last_taken: Instant,
    /// When the peer was asked whether it lives, since it was heard last.
    asked: Option<Instant>,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    /// Ask the peer for a sign of life.
    Ask,
    /// Give one.
    Give,
    /// The peer is dead; how long it has been silent.
    Dead(Duration),
}

/// The least time to answer, however short the limit: machines pause.
const LEAST_PATIENCE: Duration = Duration::from_secs(1);

/// As good as for ever, and no overflow when added to any clock.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

impl Heartbeat {
    /// Nothing agreed yet.
    pub(crate) const fn off(now: Instant) -> Self {
        Self {
            limit: Duration::ZERO,
            first_check: now,
            last_read: now,
            last_write: now,
            last_taken: now,
            asked: None,
        }
    }

    /// From here on silence of so long is suspicious, but not before `first_check`.
    pub(crate) fn watch(&mut self, limit: Duration, first_check: Instant) {
        self.limit = limit.min(LONGEST);
        self.first_check = first_check;
    }

    pub(crate) const fn heard(&mut self, now: Instant) {
        self.last_read = now;
        self.asked = None;
    }

    pub(crate) const fn wrote(&mut self, now: Instant) {
        self.last_write = now;
    }

    pub(crate) const fn taken(&mut self, now: Instant) {
        self.last_taken = now;
    }

    /// When the peer was heard or took bytes last.
    pub(crate) fn last_sign(&self) -> Instant {
        self.last_read.max(self.last_taken)
    }

    /// When [`Self::due`] has something.
    pub(crate) fn next(&self) -> Option<Instant> {
        (!self.limit.is_zero()).then(|| self.read_due().min(self.write_due()))
    }

    /// What time demands. Asking is a sign of life, too.
    pub(crate) fn due(&mut self, now: Instant) -> Option<Sign> {
        if self.limit.is_zero() {
            return None;
        }
        if self.read_due() <= now {
            return Some(match self.asked.replace(now) {
                None => Sign::Ask,
                Some(_) => Sign::Dead(now.saturating_duration_since(self.last_read)),
            });
        }
        (self.write_due() <= now).then_some(Sign::Give)
    }

    /// A third of the limit, as in ActiveMQ's inactivity monitor.
    fn write_due(&self) -> Instant {
        self.last_write + self.limit / 3
    }

    fn read_due(&self) -> Instant {
        match self.asked {
            Some(asked) => asked + (self.limit / 2).max(LEAST_PATIENCE),
            None => (self.last_read + self.limit).max(self.first_check),
        }
    }
}

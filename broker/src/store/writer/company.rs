//! How long a group that keeps no message waits for one that does.

use std::time::{Duration, Instant};

/// A producer that waits for every answer sends its next message at about the time when the consumer
/// acknowledges the one before it: both have heard from the same group. Whichever comes first would have a
/// commit for itself and keep the other one waiting for all of it. A message is never kept waiting; what only
/// removes is, for a moment, and only after a group with messages, so that a queue that nobody fills is
/// drained at full speed.
#[derive(Debug, Default)]
pub(super) struct Company {
    expected_until: Option<Instant>,
}

/// However slow the disk or the database is.
const AT_MOST: Duration = Duration::from_millis(1);

#[expect(clippy::disallowed_methods, reason = "it is about the time that commits take outside")]
pub(super) fn now() -> Instant {
    Instant::now()
}

impl Company {
    /// A group with messages has been answered that took so long.
    pub(super) fn answered(&mut self, now: Instant, took: Duration) {
        // Half of what the commit costs that may be saved.
        self.expected_until = Some(now + (took / 2).min(AT_MOST));
    }

    /// How much longer it is worth waiting; nothing if it is not.
    pub(super) fn expected_for(&self, now: Instant) -> Option<Duration> {
        let left = self.expected_until?.saturating_duration_since(now);
        (!left.is_zero()).then_some(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn what_only_removes_waits_for_half_a_commit_and_a_millisecond_at_most() {
        let (now, mut company) = (now(), Company::default());
        assert_eq!(company.expected_for(now), None);
        company.answered(now, MS);
        assert_eq!(company.expected_for(now), Some(MS / 2));
        assert_eq!(company.expected_for(now + MS / 4), Some(MS / 4));
        assert_eq!(company.expected_for(now + MS / 2), None);
        company.answered(now + MS, 100 * MS);
        assert_eq!(company.expected_for(now + MS), Some(MS));
        assert_eq!(company.expected_for(now + 3 * MS), None);
    }
}

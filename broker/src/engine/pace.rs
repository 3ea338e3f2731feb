//! How fast a line is consumed.

use std::time::Duration;

/// What was given to consumers lately, counted in halves of a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pace {
    half: u64,
    given: usize,
    before: usize,
}

impl Pace {
    pub(crate) fn note(&mut self, now: Duration, given: usize) {
        self.turn(now);
        self.given += given;
    }

    /// About so many were given within the last second.
    pub(crate) fn lately(mut self, now: Duration) -> usize {
        self.turn(now);
        self.given + self.before
    }

    fn turn(&mut self, now: Duration) {
        let half = now.as_secs() * 2 + u64::from(now.subsec_millis() / 500);
        if half != self.half {
            self.before = if half == self.half + 1 { self.given } else { 0 };
            (self.half, self.given) = (half, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_counts_for_a_second_at_most() {
        let at = Duration::from_millis;
        let mut pace = Pace::default();
        pace.note(at(10_100), 3);
        pace.note(at(10_400), 4);
        assert_eq!(pace.lately(at(10_450)), 7);
        pace.note(at(10_600), 5);
        assert_eq!(pace.lately(at(10_700)), 12);
        assert_eq!(pace.lately(at(11_000)), 5);
        assert_eq!(pace.lately(at(11_600)), 0);
    }
}

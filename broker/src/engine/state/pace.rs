//! How fast a line is consumed.

use std::time::Duration;

/// What was taken out of the store lately, counted in halves of a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pace {
    half: u64,
    taken: usize,
    before: usize,
}

impl Pace {
    /// One more.
    pub(crate) fn note(&mut self, now: Duration) {
        self.turn(now);
        self.taken += 1;
    }

    /// About so many were taken within the last second.
    pub(crate) fn lately(mut self, now: Duration) -> usize {
        self.turn(now);
        self.taken + self.before
    }

    fn turn(&mut self, now: Duration) {
        let half = now.as_secs() * 2 + u64::from(now.subsec_millis() / 500);
        if half != self.half {
            self.before = if half == self.half + 1 { self.taken } else { 0 };
            (self.half, self.taken) = (half, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_counts_for_a_second_at_most() {
        let at = Duration::from_millis;
        let mut pace = Pace::default();
        for time in [10_100, 10_400, 10_400, 10_600] {
            pace.note(at(time));
        }
        assert_eq!(pace.lately(at(10_700)), 4);
        assert_eq!(pace.lately(at(11_000)), 1);
        assert_eq!(pace.lately(at(11_600)), 0);
    }
}

//! The time between one session and the next.

use std::time::Duration;

/// Doubles from one failure to the next, up to a bound.
#[derive(Debug)]
pub(super) struct Pause(Duration);

const FIRST: Duration = Duration::from_millis(200);
/// ZooKeeper is back for so long at most before it is noticed.
const LONGEST: Duration = Duration::from_secs(5);

impl Pause {
    pub(super) const fn new() -> Self {
        Self(FIRST)
    }

    /// How long to wait now.
    pub(super) fn next(&mut self) -> Duration {
        let now = self.0;
        self.0 = (now * 2).min(LONGEST);
        now
    }

    /// After a success.
    pub(super) fn reset(&mut self) {
        *self = Self::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_bound_and_begin_anew_after_a_success() {
        let mut pause = Pause::new();
        let waited: Vec<_> = (0..7).map(|_| pause.next().as_millis()).collect();
        assert_eq!(waited, [200, 400, 800, 1600, 3200, 5000, 5000]);
        pause.reset();
        assert_eq!(pause.next(), FIRST);
    }
}

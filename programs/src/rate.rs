//! So many messages in a second.

use std::time::Duration;

use tokio::time::Instant;

/// When each message of one sender is due: evenly, and without drifting away.
#[derive(Debug)]
pub(crate) struct Rate {
    begin: Instant,
    between: Duration,
}

impl Rate {
    /// Begins now. `messages` a second are shared by all `senders`.
    pub(crate) fn new(messages: u32, senders: u32) -> Self {
        let between = Duration::from_secs(1) * senders.max(1) / messages.max(1);
        Self { begin: Instant::now(), between }
    }

    /// How long message `number` has to wait.
    pub(crate) fn wait(&self, number: u64) -> Duration {
        let since = u64::try_from(self.between.as_nanos()).unwrap_or(u64::MAX);
        let due = Duration::from_nanos(since.saturating_mul(number));
        due.saturating_sub(self.begin.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn messages_are_due_evenly_however_late_one_was() {
        let rate = Rate::new(10, 2);
        assert_eq!([0, 1, 5].map(|number| rate.wait(number).as_millis()), [0, 200, 1000]);
        tokio::time::advance(Duration::from_millis(500)).await;
        assert_eq!([1, 3, 5].map(|number| rate.wait(number).as_millis()), [0, 100, 500]);
    }
}

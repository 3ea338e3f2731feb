//! How long nothing was confirmed.

use std::time::Duration;

use tokio::time::Instant;

/// Times between confirmations.
#[derive(Debug, Default)]
pub(super) struct Outage {
    last: Option<Instant>,
    longest: Duration,
}

impl Outage {
    pub(super) fn served(&mut self) {
        if let Some(last) = self.last.replace(Instant::now()) {
            self.longest = self.longest.max(last.elapsed());
        }
    }

    /// The longest since the last call.
    pub(super) fn take(&mut self) -> Duration {
        std::mem::take(&mut self.longest)
    }
}

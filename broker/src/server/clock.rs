//! The one place of the broker that reads the clocks; everything below is told the time.

use std::time::Duration;

use tokio::time::Instant;

use crate::model::Now;

/// Both clocks, the monotonic one counted from the broker's start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    origin: Instant,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self { origin: Instant::now() }
    }

    #[expect(clippy::disallowed_methods, reason = "the driver's clock")]
    pub(crate) fn now(self) -> Now {
        let since_1970 = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or(Duration::ZERO);
        Now {
            monotonic: self.origin.elapsed(),
            unix_ms: i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX),
        }
    }

    /// When the monotonic clock will show `time`.
    pub(crate) fn instant(self, time: Duration) -> Instant {
        self.origin + time
    }
}

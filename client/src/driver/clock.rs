//! The only place that reads clocks.
#![expect(clippy::disallowed_methods, reason = "drivers read the clock so that cores need not")]

use std::time::{Duration, Instant, SystemTime};

use crate::proto::io::Now;

/// Both clocks.
pub(crate) fn now() -> Now {
    Now { instant: instant(), unix_ms: unix_ms() }
}

/// The monotonic clock, which Tokio's tests may stop.
pub(crate) fn instant() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// Milliseconds since 1970.
pub(crate) fn unix_ms() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// The end of a time that begins now; none for a time without end.
pub(crate) fn deadline(limit: Option<Duration>) -> Option<Instant> {
    limit.and_then(|limit| instant().checked_add(limit))
}

/// Completes at `deadline`; never without one.
pub(crate) async fn reached(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}

/// The future's result, unless the deadline comes first.
pub(crate) async fn until<T>(
    deadline: Option<Instant>,
    future: impl Future<Output = T>,
) -> Option<T> {
    match deadline {
        Some(deadline) => tokio::time::timeout_at(deadline.into(), future).await.ok(),
        None => Some(future.await),
    }
}

/// From now until `deadline`.
pub(crate) fn remaining(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(instant())
}

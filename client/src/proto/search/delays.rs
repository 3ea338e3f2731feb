//! When to try again, and when to give up.
//!
//! The series comes from the `backoff` crate, which nothing else in this crate may import: it is
//! unmaintained, and this file is what would have to change to replace it. Its clock is fed from
//! the caller's `now`, its own jitter is switched off, and it never gives up; limits and jitter are
//! ours.

use std::time::{Duration, Instant};

use backoff::Clock;
use backoff::backoff::Backoff;
use backoff::exponential::ExponentialBackoff;

use super::super::random::SplitMix64;
use crate::options::ReconnectOptions;

/// Shortest delay, so that no setting makes a busy loop.
pub(crate) const FLOOR: Duration = Duration::from_millis(10);

/// What to do after a loss or a failed pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NextPass {
    /// Walk over the brokers after this delay.
    After(Duration),
    /// The limit is reached: the connection has failed for good.
    GiveUp,
}

/// The delays between passes over the broker list, and the limit of passes.
///
/// ```text
/// new ──▶ first pass ──failed──▶ pass_failed ──After──▶ next pass …
///              │                      └──GiveUp──▶ end
///          connected ──…──▶ lost ──After──▶ next pass …
/// ```
/// With full jitter (the default) each delay is drawn evenly between [`FLOOR`] and the term of the
/// series. The series starts over only when a connection was lost that had served: it had
/// [answered a request](Self::served), or lasted
/// [`healthy_period`](ReconnectOptions::healthy_period), or twice the next term if that is less. So a
/// broker which accepts and then hangs up is tried less and less often, while one that dies between
/// answers is tried at once, as by ActiveMQ's client, whose series starts over with each login. The
/// count of failed passes starts over with each answered login.
#[derive(Debug, Clone)]
pub(crate) struct ReconnectDelays {
    options: ReconnectOptions,
    series: ExponentialBackoff<CallerClock>,
    random: SplitMix64,
    failed_passes: u32,
    ever_connected: bool,
    connected_at: Option<Instant>,
    /// This connection has been of use.
    served: bool,
}

impl ReconnectDelays {
    /// The delays of a connection that has not been established yet. Its first pass needs no delay.
    ///
    /// The seed decides the jitter; clients should differ in it.
    #[must_use]
    pub(crate) fn new(options: &ReconnectOptions, seed: u64, now: Instant) -> Self {
        let initial = options.reconnect_delay.unwrap_or(options.initial_reconnect_delay);
        Self {
            series: series(options, initial, now),
            options: options.clone(),
            random: SplitMix64::new(seed),
            failed_passes: 0,
            ever_connected: false,
            connected_at: None,
            served: false,
        }
    }

    /// Passes that failed since the last answered login.
    #[must_use]
    pub(crate) fn failed_passes(&self) -> u32 {
        self.failed_passes
    }

    /// Whether the pass that has just failed deserves a warning in the log: the first and every
    /// n-th, see
    /// [`warn_after_reconnect_attempts`](ReconnectOptions::warn_after_reconnect_attempts).
    #[must_use]
    pub(crate) fn should_warn(&self) -> bool {
        let every = self.options.warn_after_reconnect_attempts.unwrap_or(0);
        every > 0 && (self.failed_passes == 1 || self.failed_passes.is_multiple_of(every))
    }

    /// A broker has answered the login.
    pub(crate) fn connected(&mut self, now: Instant) {
        if !self.ever_connected && self.options.reconnect_delay.is_some() {
            self.series = series(&self.options, self.options.initial_reconnect_delay, now);
        }
        self.ever_connected = true;
        self.connected_at = Some(now);
        self.served = false;
        self.failed_passes = 0;
    }

    /// The broker has answered a request, after everything was restored.
    pub(crate) fn served(&mut self) {
        self.served = true;
    }

    /// An established connection was lost: when to begin the first pass.
    pub(crate) fn lost(&mut self, now: Instant) -> NextPass {
        if self.options.max_reconnect_attempts == Some(0) {
            return NextPass::GiveUp;
        }
        let lasted = self.connected_at.take().map(|since| now.saturating_duration_since(since));
        let twice = self.series.current_interval.saturating_mul(2);
        let enough = self.options.healthy_period.min(twice);
        let healthy = self.served || lasted.is_some_and(|lasted| lasted >= enough);
        if healthy {
            self.series.clock = CallerClock(now);
            self.series.reset();
        }
        if healthy && self.options.initial_reconnect_delay.is_zero() {
            return NextPass::After(Duration::ZERO);
        }
        NextPass::After(self.next_delay(now))
    }

    /// A pass reached no broker: when to begin the next one, if at all.
    pub(crate) fn pass_failed(&mut self, now: Instant) -> NextPass {
        self.failed_passes = self.failed_passes.saturating_add(1);
        if self.limit().is_some_and(|limit| self.failed_passes >= limit) {
            return NextPass::GiveUp;
        }
        NextPass::After(self.next_delay(now))
    }

    /// Some brokers have failed while others keep us waiting: when to try those again. That is no
    /// failed pass.
    #[must_use]
    pub(crate) fn again(&mut self, now: Instant) -> Duration {
        self.next_delay(now)
    }

    fn limit(&self) -> Option<u32> {
        let lasting = self.options.max_reconnect_attempts;
        if self.ever_connected {
            lasting
        } else {
            self.options.startup_max_reconnect_attempts.or(lasting)
        }
    }

    fn next_delay(&mut self, now: Instant) -> Duration {
        self.series.clock = CallerClock(now);
        let term = self.series.next_backoff().unwrap_or(self.series.max_interval);
        let term = whole_micros(term).max(FLOOR);
        if !self.options.jitter {
            return term;
        }
        let room = u64::try_from((term - FLOOR).as_micros()).unwrap_or(u64::MAX - 1);
        FLOOR + Duration::from_micros(self.random.next_below(room + 1))
    }
}

/// The time the caller passed in, as the crate's clock.
#[derive(Debug, Clone, Copy)]
struct CallerClock(Instant);

impl Clock for CallerClock {
    fn now(&self) -> Instant {
        self.0
    }
}

fn series(
    options: &ReconnectOptions,
    initial: Duration,
    now: Instant,
) -> ExponentialBackoff<CallerClock> {
    let initial = initial.max(FLOOR);
    let exponential = options.use_exponential_back_off;
    // Without growth ActiveMQ does not apply the cap either.
    let longest = if exponential { options.max_reconnect_delay.max(FLOOR) } else { initial };
    let initial = initial.min(longest);
    // Built field by field, because the builder reads the system's clock.
    ExponentialBackoff {
        current_interval: initial,
        initial_interval: initial,
        randomization_factor: 0.0,
        multiplier: if exponential { options.reconnect_delay_exponent.max(1.0) } else { 1.0 },
        max_interval: longest,
        start_time: now,
        max_elapsed_time: None,
        clock: CallerClock(now),
    }
}

/// Even without randomization, the crate adds a random part of a nanosecond.
fn whole_micros(delay: Duration) -> Duration {
    Duration::from_micros(u64::try_from(delay.as_micros()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests;

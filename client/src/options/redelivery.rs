//! What happens to a message after its delivery was rolled back.

use std::time::Duration;

super::options! {
    /// How often and how late a rolled back message is delivered again by the client itself.
    ///
    /// In a URI with the prefix `jms.redeliveryPolicy.`; names and defaults are those of ActiveMQ's
    /// `RedeliveryPolicy`.
    pub struct RedeliveryPolicy {
        /// Redeliveries before the message goes to the dead letter queue; 0: the first rollback
        /// sends it there. Default 6; none: no limit, -1 in a URI (ActiveMQ `RedeliveryPolicy`).
        maximum_redeliveries: Option<u32> = Some(6),
        /// Delay before the first redelivery. Default 1 s (ActiveMQ `RedeliveryPolicy`).
        initial_redelivery_delay: Duration = Duration::from_secs(1),
        /// Delay before later ones. Default 1 s (ActiveMQ `RedeliveryPolicy`). With exponential
        /// back-off it only starts the series when the initial delay is zero.
        redelivery_delay: Duration = Duration::from_secs(1),
        /// Each delay is the previous one times the multiplier. Default false (ActiveMQ
        /// `RedeliveryPolicy`).
        use_exponential_back_off: bool = false,
        /// That multiplier; 1 or less means no growth. Default 5.0 (ActiveMQ `RedeliveryPolicy`).
        back_off_multiplier: f64 = 5.0,
        /// Largest delay of the exponential series. Default none, -1 in a URI (ActiveMQ
        /// `RedeliveryPolicy`).
        maximum_redelivery_delay: Option<Duration> = None,
        /// Delays are spread at random. Default false (ActiveMQ `RedeliveryPolicy`).
        use_collision_avoidance: bool = false,
        /// By how much at most, in per cent, 0 to 100. Default 15 (ActiveMQ `RedeliveryPolicy`).
        collision_avoidance_percent: u8 = 15,
        /// In a transacted session, a message whose deliveries, as the broker counts them, exceed the
        /// maximum goes to the dead letter queue without being delivered: a message that ends the
        /// application each time is given up at last. Default false; ActiveMQ's `RedeliveryPolicy`
        /// has true, but brokers also count what was sent ahead and never seen, so that a few lost
        /// links give up what nobody has tried. Messages with a property `redeliveryDelay` are left
        /// out: a broker that delays redeliveries by itself marks them so.
        pre_dispatch_check: bool = false,
        /// Other messages overtake those that wait for their redelivery, which then come behind what has
        /// been delivered meanwhile. Default false: the consumer gets nothing until they have come again,
        /// so that their order is kept (ActiveMQ `ActiveMQConnectionFactory`, as
        /// `jms.nonBlockingRedelivery`).
        non_blocking: bool = false,
    }
}

impl RedeliveryPolicy {
    /// Whether a message that has been delivered and rolled back `rollbacks` times gets no more
    /// redelivery.
    #[must_use]
    pub fn is_exhausted(&self, rollbacks: u32) -> bool {
        self.maximum_redeliveries.is_some_and(|maximum| rollbacks > maximum)
    }

    /// Delay before redelivery `n`, counted from 1, without the random spread; zero for 0.
    #[must_use]
    pub fn series_delay(&self, n: u32) -> Duration {
        if n == 0 {
            return Duration::ZERO;
        }
        if !self.grows() {
            return if n == 1 { self.initial_redelivery_delay } else { self.redelivery_delay };
        }
        match (self.initial_redelivery_delay, n) {
            (Duration::ZERO, 1) => Duration::ZERO,
            // A series cannot grow from zero, so it starts over from the plain delay.
            (Duration::ZERO, _) => self.grown(self.redelivery_delay, n - 2),
            (initial, _) => self.grown(initial, n - 1),
        }
    }

    /// Delay before redelivery `n`, counted from 1, with the random spread if it is switched on.
    ///
    /// `drawn` is a random number from 0 to 1 (its middle, 0.5, changes nothing). The spread is
    /// around the undisturbed series, so it does not add up from one redelivery to the next, as it
    /// does in ActiveMQ.
    #[must_use]
    pub fn delay(&self, n: u32, drawn: f64) -> Duration {
        let delay = self.series_delay(n);
        if !self.use_collision_avoidance || delay.is_zero() {
            return delay;
        }
        let spread = f64::from(self.collision_avoidance_percent.min(100)) / 100.0;
        let factor = 1.0 + spread * (2.0 * drawn - 1.0);
        scaled(delay, factor)
    }

    fn grows(&self) -> bool {
        self.use_exponential_back_off && self.back_off_multiplier > 1.0
    }

    fn grown(&self, seed: Duration, steps: u32) -> Duration {
        let power = i32::try_from(steps).unwrap_or(i32::MAX);
        let delay = scaled(seed, self.back_off_multiplier.powi(power));
        match self.maximum_redelivery_delay {
            // The first term is not capped, and the plain delay is a floor for the cap.
            Some(maximum) if steps > 0 && delay > maximum => maximum.max(self.redelivery_delay),
            _ => delay,
        }
    }
}

fn scaled(delay: Duration, factor: f64) -> Duration {
    Duration::try_from_secs_f64(delay.as_secs_f64() * factor).unwrap_or(LONGEST).min(LONGEST)
}

/// ActiveMQ counts in signed 64 bit milliseconds; this much can be added to any `Instant`.
const LONGEST: Duration = Duration::from_millis(i64::MAX.unsigned_abs());

#[cfg(test)]
mod tests {
    use super::*;

    fn series(policy: &RedeliveryPolicy) -> Vec<u128> {
        (1..=6).map(|n| policy.series_delay(n).as_millis()).collect()
    }

    #[test]
    fn waits_a_second_each_time_by_default() {
        assert_eq!(series(&RedeliveryPolicy::default()), [1000; 6]);
        assert_eq!(RedeliveryPolicy::default().series_delay(0), Duration::ZERO);
    }

    #[test]
    fn grows_five_times_each_time_when_exponential() {
        let policy = RedeliveryPolicy::default().use_exponential_back_off(true);
        assert_eq!(series(&policy), [1000, 5000, 25_000, 125_000, 625_000, 3_125_000]);
    }

    #[test]
    fn starts_from_the_plain_delay_when_the_initial_one_is_zero() {
        let policy = RedeliveryPolicy::default()
            .initial_redelivery_delay(Duration::ZERO)
            .use_exponential_back_off(true);
        assert_eq!(series(&policy), [0, 1000, 5000, 25_000, 125_000, 625_000]);
    }

    #[test]
    fn stops_growing_at_the_maximum_but_not_below_the_plain_delay() {
        let capped = RedeliveryPolicy::default()
            .use_exponential_back_off(true)
            .maximum_redelivery_delay(Some(Duration::from_secs(20)));
        assert_eq!(series(&capped), [1000, 5000, 20_000, 20_000, 20_000, 20_000]);
        let low = capped.maximum_redelivery_delay(Some(Duration::from_millis(100)));
        assert_eq!(series(&low), [1000; 6]);
    }

    #[test]
    fn does_not_grow_with_a_multiplier_of_one() {
        let policy =
            RedeliveryPolicy::default().use_exponential_back_off(true).back_off_multiplier(1.0);
        assert_eq!(series(&policy), [1000; 6]);
    }

    #[test]
    fn never_overflows() {
        let policy = RedeliveryPolicy::default().use_exponential_back_off(true);
        assert_eq!(policy.series_delay(u32::MAX), LONGEST);
        assert_eq!(policy.back_off_multiplier(f64::MAX).series_delay(3), LONGEST);
    }

    #[test]
    fn exhausts_after_the_maximum_only() {
        let policy = RedeliveryPolicy::default().maximum_redeliveries(Some(2));
        assert!(!policy.is_exhausted(2));
        assert!(policy.is_exhausted(3));
        assert!(RedeliveryPolicy::default().maximum_redeliveries(Some(0)).is_exhausted(1));
        assert!(!policy.maximum_redeliveries(None).is_exhausted(u32::MAX));
    }

    #[test]
    fn spreads_delays_around_the_series_when_asked() {
        let steady = RedeliveryPolicy::default();
        assert_eq!(steady.delay(2, 0.0), Duration::from_secs(1));
        let policy = steady.use_collision_avoidance(true);
        let delays = [0.0, 0.5, 1.0].map(|drawn| policy.delay(2, drawn).as_millis());
        assert_eq!(delays, [850, 1000, 1150]);
    }
}

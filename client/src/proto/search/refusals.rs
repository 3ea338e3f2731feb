//! Brokers that have refused the login, or cannot be used before something is changed: each is left alone
//! for longer and longer.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use super::super::random::SplitMix64;
use crate::options::{BrokerAddress, ReconnectOptions};

/// Delay after the first refusal.
const FIRST: Duration = Duration::from_secs(1);
/// Between two looks whether a client id is free.
const IN_USE: Duration = Duration::from_secs(1);
/// Doublings; more than any cap allows.
const MOST_DOUBLINGS: u32 = 16;

/// Since the last success.
#[derive(Debug)]
pub(crate) struct Refusals {
    by_broker: HashMap<BrokerAddress, Refusal>,
    longest: Duration,
    /// How long a client id that is in use is waited for, and since when it is.
    patience: Duration,
    in_use_since: Option<Instant>,
    /// `None`: delays are not spread.
    random: Option<SplitMix64>,
}

#[derive(Debug)]
struct Refusal {
    count: u32,
    until: Instant,
    /// It was no refused login, but something that others may mend, such as a certificate.
    is_fault: bool,
}

impl Refusals {
    pub(crate) fn new(options: &ReconnectOptions, seed: u64) -> Self {
        let random = options.jitter.then(|| SplitMix64::new(seed));
        Self {
            by_broker: HashMap::new(),
            longest: options.max_reconnect_delay,
            patience: options.client_id_wait,
            in_use_since: None,
            random,
        }
    }

    /// A login was refused once more.
    pub(crate) fn note(&mut self, broker: &BrokerAddress, now: Instant) {
        self.add(broker, false, now);
    }

    /// Something else is in the way of this broker, once more.
    pub(crate) fn note_fault(&mut self, broker: &BrokerAddress, now: Instant) {
        self.add(broker, true, now);
    }

    /// Somebody else has the client id. True as long as that is waited for: then it is no refusal.
    pub(crate) fn note_in_use(&mut self, broker: &BrokerAddress, now: Instant) -> bool {
        self.in_use_since.get_or_insert(now);
        if !self.waits_for_id(now) {
            return false;
        }
        let refusal = Refusal { count: 0, until: now, is_fault: false };
        self.by_broker.entry(broker.clone()).or_insert(refusal).until = now + IN_USE;
        true
    }

    fn waits_for_id(&self, now: Instant) -> bool {
        let since = self.in_use_since.map(|since| now.saturating_duration_since(since));
        since.is_some_and(|waited| waited < self.patience)
    }

    /// The delay before the next pass: a client id is not looked for less and less often.
    pub(crate) fn at_most(&self, delay: Duration, now: Instant) -> Duration {
        if self.waits_for_id(now) { delay.min(IN_USE) } else { delay }
    }

    /// Some broker cannot be used for another reason than its login.
    pub(crate) fn has_faults(&self) -> bool {
        self.by_broker.values().any(|refusal| refusal.is_fault)
    }

    fn add(&mut self, broker: &BrokerAddress, is_fault: bool, now: Instant) {
        let count = self.count(broker) + 1;
        let doublings = (count - 1).min(MOST_DOUBLINGS);
        let delay = (FIRST * 2_u32.pow(doublings)).min(self.longest);
        // Clients that were refused together do not come back together.
        let spread = self.random.as_mut().map_or(1.0, |random| 0.5 + random.next_fraction() / 2.0);
        let until = now + delay.mul_f64(spread);
        self.by_broker.insert(broker.clone(), Refusal { count, until, is_fault });
    }

    pub(crate) fn count(&self, broker: &BrokerAddress) -> u32 {
        self.by_broker.get(broker).map_or(0, |refusal| refusal.count)
    }

    /// Until when this broker is left alone; `None` if it is not.
    pub(crate) fn until(&self, broker: &BrokerAddress, now: Instant) -> Option<Instant> {
        self.by_broker.get(broker).map(|refusal| refusal.until).filter(|until| *until > now)
    }

    /// None is left alone any longer; their counts stay.
    pub(crate) fn hurry(&mut self, now: Instant) {
        self.by_broker.values_mut().for_each(|refusal| refusal.until = now);
    }

    pub(crate) fn clear(&mut self) {
        self.by_broker.clear();
        self.in_use_since = None;
    }
}

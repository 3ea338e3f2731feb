//! Spares: sockets to brokers that are open and introduced, and not logged in to.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use super::super::{
    heartbeat::{Heartbeat, Sign},
    random::SplitMix64,
};
use super::{Attempt, Epoch, Progress};
use crate::options::{BrokerAddress, ReconnectOptions};

/// After a spare that was lost or not to be had; doubled each time.
const FIRST_REST: Duration = Duration::from_secs(1);
/// After a move that ended at a login which failed, likewise: each costs an interruption.
const FIRST_REST_AFTER_MOVE: Duration = Duration::from_secs(60);
const LONGEST_REST_AFTER_MOVE: Duration = Duration::from_secs(3600);
const MOST_DOUBLINGS: u32 = 16;
/// Clients that are to move together do not come together.
const SPREAD: Duration = Duration::from_secs(1);

/// One of them, from its dialling on.
#[derive(Debug)]
pub(super) struct Spare {
    pub(super) attempt: Attempt,
    pub(super) heartbeat: Heartbeat,
    /// Before that it is not moved to.
    pub(super) movable: Instant,
}

/// All of them, and the brokers that are left alone for now.
#[derive(Debug)]
pub(super) struct Spares {
    held: Vec<Spare>,
    resting: HashMap<BrokerAddress, Rest>,
    longest_rest: Duration,
    /// `None`: nothing is spread.
    random: Option<SplitMix64>,
}

#[derive(Debug, Default)]
struct Rest {
    failures: u32,
    failed_moves: u32,
    until: Option<Instant>,
}

impl Spares {
    pub(super) fn new(options: &ReconnectOptions, seed: u64) -> Self {
        let random = options.jitter.then(|| SplitMix64::new(seed));
        let longest_rest = options.max_reconnect_delay.max(FIRST_REST);
        Self { held: Vec::new(), resting: HashMap::new(), longest_rest, random }
    }

    pub(super) const fn len(&self) -> usize {
        self.held.len()
    }

    pub(super) fn add(&mut self, attempt: Attempt) {
        let now = attempt.started;
        self.held.push(Spare { attempt, heartbeat: Heartbeat::off(now), movable: now });
    }

    pub(super) fn get_mut(&mut self, epoch: Epoch) -> Option<&mut Spare> {
        self.held.iter_mut().find(|spare| spare.attempt.epoch == epoch)
    }

    pub(super) fn remove(&mut self, epoch: Epoch) -> Option<Spare> {
        let place = self.held.iter().position(|spare| spare.attempt.epoch == epoch)?;
        Some(self.held.remove(place))
    }

    pub(super) fn has(&self, broker: &BrokerAddress) -> bool {
        self.held.iter().any(|spare| spare.attempt.broker() == broker)
    }

    /// Those that could be logged in to.
    pub(super) fn ready(&self) -> impl Iterator<Item = &Spare> {
        self.held.iter().filter(|spare| spare.attempt.is_ready())
    }

    /// All sockets, to be logged in to or hung up by others from here on.
    pub(super) fn take_all(&mut self) -> Vec<Attempt> {
        std::mem::take(&mut self.held).into_iter().map(|spare| spare.attempt).collect()
    }

    /// The spare has introduced itself.
    pub(super) fn is_ready_now(&mut self, epoch: Epoch, now: Instant) {
        let spread = self.spread();
        let Some(spare) = self.get_mut(epoch) else { return };
        let Progress::Ready(agreed) = &spare.attempt.progress else { return };
        let wire_format = &spare.attempt.endpoint.options.wire_format;
        let first_check = now + wire_format.max_inactivity_duration_initial_delay;
        spare.heartbeat = Heartbeat::off(now);
        spare.heartbeat.watch(agreed.max_inactivity, first_check);
        spare.movable = now + spread;
    }

    /// A random time, so that not all clients do the same at once.
    pub(super) fn spread(&mut self) -> Duration {
        self.random.as_mut().map_or(Duration::ZERO, |random| SPREAD.mul_f64(random.next_fraction()))
    }

    /// When [`Self::overdue`] or [`Self::sign`] has something.
    pub(super) fn due(&self) -> Option<Instant> {
        let beats = self.ready().filter_map(|spare| spare.heartbeat.next());
        self.held.iter().filter_map(|spare| spare.attempt.deadline()).chain(beats).min()
    }

    /// One that has not introduced itself in time.
    pub(super) fn overdue(&self, now: Instant) -> Option<Epoch> {
        let overdue = |spare: &&Spare| spare.attempt.deadline().is_some_and(|until| until <= now);
        self.held.iter().find(overdue).map(|spare| spare.attempt.epoch)
    }

    /// What one of them is to be told, or that it is dead.
    pub(super) fn sign(&mut self, now: Instant) -> Option<(Epoch, Sign)> {
        let mut ready = self.held.iter_mut().filter(|spare| spare.attempt.is_ready());
        ready.find_map(|spare| {
            let sign = spare.heartbeat.due(now)?;
            spare.heartbeat.wrote(now);
            Some((spare.attempt.epoch, sign))
        })
    }

    /// This broker failed as a spare; how often it has.
    pub(super) fn failed(&mut self, broker: &BrokerAddress, now: Instant) -> u32 {
        let spread = self.half_to_one();
        let rest = self.resting.entry(broker.clone()).or_default();
        let delay = doubled(FIRST_REST, rest.failures).min(self.longest_rest).mul_f64(spread);
        rest.failures += 1;
        rest.until = rest.until.max(Some(now + delay));
        rest.failures
    }

    /// A move to this broker came to nothing.
    pub(super) fn failed_move(&mut self, broker: &BrokerAddress, now: Instant) {
        let spread = self.half_to_one();
        let rest = self.resting.entry(broker.clone()).or_default();
        let delay = doubled(FIRST_REST_AFTER_MOVE, rest.failed_moves).min(LONGEST_REST_AFTER_MOVE);
        rest.failed_moves += 1;
        rest.until = rest.until.max(Some(now + delay.mul_f64(spread)));
    }

    fn half_to_one(&mut self) -> f64 {
        self.random.as_mut().map_or(1.0, |random| 0.5 + random.next_fraction() / 2.0)
    }

    /// This broker is as good as any other again.
    pub(super) fn forgive(&mut self, broker: &BrokerAddress) {
        self.resting.remove(broker);
    }

    /// This broker can be had as a spare: it is not left alone as such, whatever moves came to.
    pub(super) fn forgive_failures(&mut self, broker: &BrokerAddress) {
        if let Some(rest) = self.resting.get_mut(broker) {
            rest.failures = 0;
        }
    }

    /// Until when this broker is left alone, if it ever was.
    pub(super) fn rests_until(&self, broker: &BrokerAddress) -> Option<Instant> {
        self.resting.get(broker)?.until
    }

    /// None is left alone any longer, but for those where moves failed.
    pub(super) fn hurry(&mut self) {
        self.resting.retain(|_, rest| rest.failed_moves > 0);
    }
}

fn doubled(first: Duration, times: u32) -> Duration {
    first.saturating_mul(2_u32.pow(times.min(MOST_DOUBLINGS)))
}

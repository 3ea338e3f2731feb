//! When no broker would ever do: every one of them fails in a way that would repeat itself.

use std::time::{Duration, Instant};

use super::{Epoch, Search};
use crate::options::BrokerAddress;

/// Failures of one broker, once there was a connection, after which they count as final.
const FINAL_FAILURES: u32 = 2;
/// How long an interruption must have lasted before something like a wrong certificate ends a connection
/// that has been in use: certificates get renewed, on all machines at about the same time.
const PATIENCE: Duration = Duration::from_secs(60);

impl Search {
    /// The broker refused the login, because another connection has the client id. True if that is final.
    pub(crate) fn id_in_use(&mut self, broker: &BrokerAddress, reason: &str, now: Instant) -> bool {
        !self.refusals.note_in_use(broker, now) && self.refused(broker, reason, now)
    }

    /// The broker refused the login. True if that is final: all brokers fail for good, often enough.
    pub(crate) fn refused(&mut self, broker: &BrokerAddress, reason: &str, now: Instant) -> bool {
        self.refusals.note(broker, now);
        let hopeless = self.is_hopeless(now);
        if hopeless {
            self.remember(broker, reason);
        }
        hopeless
    }

    /// The broker of an attempt cannot be used before something is changed. True if that is final.
    pub(crate) fn unusable(&mut self, epoch: Epoch, reason: &str, now: Instant) -> bool {
        if self.spare_failed(epoch, reason, now) {
            return false;
        }
        let attempt = self.attempts.iter().find(|it| it.epoch == epoch);
        let Some(broker) = attempt.map(|it| it.broker().clone()) else { return false };
        self.refusals.note_fault(&broker, now);
        let hopeless = self.is_hopeless(now);
        if hopeless {
            self.remember(&broker, reason);
        } else {
            self.attempt_failed(epoch, reason, now);
        }
        hopeless
    }

    /// Brokers fail for other reasons than their logins.
    pub(crate) fn has_faults(&self) -> bool {
        self.refusals.has_faults()
    }

    fn is_hopeless(&self, now: Instant) -> bool {
        let enough = if self.ever_connected { FINAL_FAILURES } else { 1 };
        let mut brokers = self.list.brokers();
        let all = brokers.all(|it| self.refusals.count(&it.endpoint.address) >= enough);
        all && (!self.has_faults() || self.is_out_of_patience(now))
    }

    fn is_out_of_patience(&self, now: Instant) -> bool {
        self.lost_at.is_none_or(|at| now >= at + PATIENCE)
    }
}

//! While a broker serves: which spares are wanted, and that they stay alive.

use std::time::Instant;

use relaismq_openwire::WireFormatInfo;

use super::super::heartbeat::Sign;
use super::{Attempt, Epoch, Event, Progress, Search, Step, later};
use crate::options::{BrokerAddress, Endpoint};

impl Search {
    /// Does what time demands of the spares.
    pub(super) fn tend_spares(&mut self, now: Instant) {
        while let Some(epoch) = self.spares.overdue(now) {
            self.spare_failed(epoch, "no WireFormatInfo in time", now);
        }
        while let Some((epoch, sign)) = self.spares.sign(now) {
            match sign {
                Sign::Give => self.steps.push_back(Step::KeepAlive(epoch, false)),
                Sign::Ask => self.steps.push_back(Step::KeepAlive(epoch, true)),
                Sign::Dead(silence) => {
                    self.spare_failed(epoch, &format!("nothing heard for {silence:?}"), now);
                }
            }
        }
        self.fill_spares(now);
    }

    /// When that has something to do.
    pub(super) fn spares_due(&self) -> Option<Instant> {
        self.serving.as_ref()?;
        let known: Vec<_> = self.list.brokers().map(|known| known.endpoint.address).collect();
        let missing = known.iter().filter(|broker| self.lacks(broker));
        let again = missing.filter_map(|broker| self.spares.rests_until(broker)).min();
        again.into_iter().chain(self.spares.due()).min()
    }

    /// Begins what is wanted and not left alone.
    pub(super) fn fill_spares(&mut self, now: Instant) {
        if self.serving.is_none() || !self.wants_any() {
            return;
        }
        for endpoint in self.list.next_pass() {
            let rests = self.spares.rests_until(&endpoint.address).is_some_and(|it| it > now);
            if self.lacks(&endpoint.address) && !rests {
                self.start_spare(endpoint, now);
            }
        }
    }

    fn wants_any(&self) -> bool {
        self.spares.len() < self.pool || self.list.has_preferred() || self.moves.target().is_some()
    }

    /// A spare to this broker is wanted and not there.
    fn lacks(&self, broker: &BrokerAddress) -> bool {
        let Some(serving) = &self.serving else { return false };
        let preferred = || self.list.is_preferred(broker) && !self.list.is_preferred(serving);
        let wanted =
            self.spares.len() < self.pool || self.moves.target() == Some(broker) || preferred();
        wanted && broker != serving && !self.spares.has(broker)
    }

    fn start_spare(&mut self, endpoint: Endpoint, now: Instant) {
        let epoch = self.next_epoch();
        self.steps.push_back(Step::Dial(epoch, endpoint.clone()));
        let progress = Progress::Dialling;
        self.spares.add(Attempt { epoch, endpoint, started: now, progress });
    }

    /// False if the epoch is of no spare.
    pub(super) fn spare_dialled(&mut self, epoch: Epoch, now: Instant) -> bool {
        let until = self.response_limit.map(|limit| later(now, limit));
        let Some(spare) = self.spares.get_mut(epoch) else { return false };
        spare.attempt.progress = Progress::Introducing(until);
        let endpoint = spare.attempt.endpoint.clone();
        self.steps.push_back(Step::Introduce(epoch, endpoint));
        true
    }

    /// Likewise.
    pub(super) fn spare_introduced(
        &mut self,
        epoch: Epoch,
        theirs: &WireFormatInfo,
        now: Instant,
    ) -> bool {
        let Some(spare) = self.spares.get_mut(epoch) else { return false };
        match spare.attempt.agree(theirs) {
            Ok(agreed) => {
                let broker = spare.attempt.broker().clone();
                spare.attempt.progress = Progress::Ready(agreed.clone());
                self.steps.push_back(Step::Agree(epoch, agreed));
                self.spares.is_ready_now(epoch, now);
                self.spares.forgive_failures(&broker);
                self.steps.push_back(Step::Notify(Event::SpareReady { broker }));
            }
            Err(reason) => return self.spare_failed(epoch, &reason, now),
        }
        true
    }

    /// Likewise.
    pub(super) fn spare_failed(&mut self, epoch: Epoch, reason: &str, now: Instant) -> bool {
        let Some(spare) = self.spares.remove(epoch) else { return false };
        let broker = spare.attempt.broker().clone();
        self.steps.push_back(Step::HangUp(epoch));
        let first = self.spares.failed(&broker, now) == 1;
        self.spare_gone(&broker, now);
        if first || spare.attempt.is_ready() {
            let reason = reason.to_owned();
            self.steps.push_back(Step::Notify(Event::SpareLost { broker, reason }));
        }
        self.fill_spares(now);
        true
    }

    /// A spare gave a sign of life.
    pub(crate) fn spare_heard(&mut self, epoch: Epoch, now: Instant) {
        if let Some(spare) = self.spares.get_mut(epoch) {
            spare.heartbeat.heard(now);
        }
    }
}

//! Rounds over the brokers: who is tried when, and what follows when nobody is left.

use std::time::Instant;

use super::{Attempt, Epoch, Event, NextPass, Progress, STAGGER, Search, Stage, Step, later};
use crate::options::{BrokerAddress, Endpoint};

/// Attempts at the same time: a list of hundreds of dead brokers shall not take hundreds of sockets.
const MOST_ATTEMPTS: usize = 16;

impl Search {
    /// Tries everybody who is not being tried, has not been logged in to and is not left alone.
    pub(super) fn begin_round(&mut self, now: Instant) {
        let order = self.list.next_pass();
        self.todo = order.into_iter().filter(|it| self.may_be_tried(&it.address, now)).collect();
        self.stage = Stage::Looking { again: None };
        self.start_next(now);
    }

    fn may_be_tried(&self, broker: &BrokerAddress, now: Instant) -> bool {
        let tried = self.attempts.iter().any(|attempt| attempt.broker() == broker);
        !tried && !self.logs_in_to(broker) && self.refusals.until(broker, now).is_none()
    }

    /// The next attempt of the round, or its end.
    pub(super) fn start_next(&mut self, now: Instant) {
        self.next_start = None;
        if self.attempts.len() >= MOST_ATTEMPTS {
            return;
        }
        match self.todo.pop_front() {
            Some(endpoint) => {
                self.next_start = Some(now + STAGGER);
                self.start(endpoint, now);
            }
            None => self.end_round(now),
        }
    }

    fn start(&mut self, endpoint: Endpoint, now: Instant) {
        self.count += 1;
        let epoch = self.next_epoch();
        let event = Event::Connecting { broker: endpoint.address.clone(), attempt: self.count };
        self.steps.push_back(Step::Notify(event));
        self.steps.push_back(Step::Dial(epoch, endpoint.clone()));
        let progress = Progress::Dialling;
        self.attempts.push(Attempt { epoch, endpoint, started: now, progress });
    }

    pub(super) const fn next_epoch(&mut self) -> Epoch {
        self.last_epoch.0 += 1;
        self.last_epoch
    }

    /// Something has failed: the next one begins at once.
    pub(super) fn go_on(&mut self, now: Instant) {
        if self.stage == Stage::Resting {
            self.stage = Stage::Looking { again: None };
        }
        match self.stage {
            // Whoever has failed is tried again then.
            Stage::Looking { again: Some(_) } if !self.attempts.is_empty() => {}
            Stage::Looking { .. } if self.todo.is_empty() && !self.attempts.is_empty() => {
                // The last one begun may still come; after that it holds up nobody.
                self.next_start.get_or_insert(now + STAGGER);
            }
            Stage::Looking { .. } => self.start_next(now),
            Stage::Waiting(_) | Stage::Reading | Stage::Resting => {}
        }
    }

    /// All that is left are brokers that keep us waiting, if any.
    fn end_round(&mut self, now: Instant) {
        let waiting = !self.attempts.is_empty() || self.login.is_some();
        if !waiting && self.has_failed_altogether() {
            return self.end_pass(now);
        }
        let Some(soonest) = self.soonest(now) else { return };
        let again = later(now, self.delays.again(now)).max(soonest);
        self.stage = Stage::Looking { again: Some(again) };
    }

    fn has_failed_altogether(&self) -> bool {
        self.list.brokers().all(|known| self.failed.contains(&known.endpoint.address))
    }

    /// When one of the brokers may be tried that is not being tried.
    fn soonest(&self, now: Instant) -> Option<Instant> {
        let brokers = self.list.brokers().map(|known| known.endpoint.address);
        let idle = brokers.filter(|broker| {
            !self.logs_in_to(broker) && self.attempts.iter().all(|it| it.broker() != broker)
        });
        idle.map(|broker| self.refusals.until(&broker, now).unwrap_or(now)).min()
    }

    fn end_pass(&mut self, now: Instant) {
        let next = self.delays.pass_failed(now);
        let passes = self.delays.failed_passes();
        if self.delays.should_warn() {
            let text = format!("no broker can be reached, {passes} passes: {}", self.reasons());
            self.steps.push_back(Step::Notify(Event::Warning(text)));
        }
        let NextPass::After(delay) = next else { return self.steps.push_back(Step::GiveUp) };
        let delay = self.refusals.at_most(delay, now);
        let until = later(now, delay).max(self.soonest(now).unwrap_or(now));
        let delay = until.saturating_duration_since(now);
        if !delay.is_zero() {
            self.steps.push_back(Step::Notify(Event::Waiting { delay, passes }));
        }
        self.stage = Stage::Waiting(until);
    }
}

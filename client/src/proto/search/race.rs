//! Who is logged in to: the first broker that introduces itself, unless its login then keeps us waiting
//! while another one is ready.

use std::time::{Duration, Instant};

use super::{Attempt, Epoch, Progress, STAGGER, Search, Stage, Step};
use crate::options::Endpoint;

/// How long a login may be silent while another broker is ready. Each time one was left for that, it is
/// twice as long until the next success: where every login takes long, one of them comes to its end.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);
const LONGEST_PATIENCE: Duration = Duration::from_secs(60);

/// A login that has not been answered.
#[derive(Debug)]
pub(crate) struct Login {
    epoch: Epoch,
    pub(super) endpoint: Endpoint,
    since: Instant,
    /// Other brokers are being looked at meanwhile.
    looks_on: bool,
}

impl Search {
    /// When [`Self::login_timeout`] has something to do.
    pub(super) fn login_due(&self) -> Option<Instant> {
        let login = self.login.as_ref()?;
        if !login.looks_on {
            return Some(login.since + self.patience / 2);
        }
        let ready = self.attempts.iter().any(Attempt::is_ready);
        ready.then(|| login.since + self.patience)
    }

    /// A login has been silent for a while: look at the others, and at last leave it.
    pub(super) fn login_timeout(&mut self, now: Instant) {
        if self.login_due().is_none_or(|due| due > now) {
            return;
        }
        let Some(login) = &mut self.login else { return };
        if login.looks_on {
            return self.log_in_if_due(now);
        }
        login.looks_on = true;
        if self.todo.is_empty() {
            self.begin_round(now);
        } else {
            self.stage = Stage::Looking { again: None };
            self.start_next(now);
        }
    }

    /// Logs in to a broker that is ready, if no login is under way or it has been silent for too long.
    pub(super) fn log_in_if_due(&mut self, now: Instant) {
        let silent = self.login.as_ref().map(|login| now >= login.since + self.patience);
        if silent == Some(false) {
            return;
        }
        let Some(place) = self.first_ready() else { return };
        if let Some(login) = self.login.take() {
            self.leave(&login);
        }
        self.log_in_to(place, now);
    }

    /// Logs in to one that is ready.
    pub(super) fn log_in_to(&mut self, place: usize, now: Instant) {
        let winner = self.attempts.remove(place);
        self.hang_up_others(&winner, now);
        let Attempt { epoch, endpoint, progress, .. } = winner;
        let Progress::Ready(agreed) = progress else { return };
        let login = Login { epoch, endpoint: endpoint.clone(), since: now, looks_on: false };
        self.login = Some(login);
        self.stage = Stage::Resting;
        self.next_start = None;
        self.steps.push_back(Step::LogIn(epoch, endpoint, agreed));
    }

    /// Rather one that did not keep us waiting when it was tried last, and of those a preferred one.
    fn first_ready(&self) -> Option<usize> {
        let attempts = self.attempts.iter().enumerate();
        let ready = attempts.filter(|(_, attempt)| attempt.is_ready());
        let best = ready.min_by_key(|(_, attempt)| {
            let broker = attempt.broker();
            (self.list.was_silent(broker), !self.list.is_preferred(broker))
        });
        best.map(|(place, _)| place)
    }

    fn leave(&mut self, login: &Login) {
        let reason =
            format!("no answer to the login for {:?}, and another broker is ready", self.patience);
        self.patience = (self.patience * 2).min(LONGEST_PATIENCE);
        self.steps.push_back(Step::HangUp(login.epoch));
        self.list.note_silence(&login.endpoint.address, true);
        self.note_failure(&login.endpoint.address, &reason);
    }

    /// They come next if the login fails. Who has been silent for longer than the winner took, and not
    /// only just begun, is tried last from here on.
    fn hang_up_others(&mut self, winner: &Attempt, now: Instant) {
        let needed = winner.age(now).max(STAGGER);
        let others = std::mem::take(&mut self.attempts);
        for other in &others {
            self.steps.push_back(Step::HangUp(other.epoch));
            if !other.is_ready() && other.age(now) >= needed {
                self.list.note_silence(other.broker(), true);
                let answered = winner.broker();
                let reason =
                    format!("no answer for {:?}, when {answered} answered", other.age(now));
                self.note_failure(other.broker(), &reason);
            }
        }
        self.put_back(others);
    }

    /// The login is answered: there is nothing to look at any more. What was being looked at comes next
    /// if the link fails after all.
    pub(crate) fn logged_in(&mut self) {
        if let Some(login) = self.login.take() {
            self.list.note_silence(&login.endpoint.address, false);
        }
        self.stage = Stage::Resting;
        self.next_start = None;
        let others = std::mem::take(&mut self.attempts);
        self.steps.extend(others.iter().map(|other| Step::HangUp(other.epoch)));
        self.put_back(others);
    }

    /// To be tried before the rest of the round, but for those that keep us waiting.
    fn put_back(&mut self, attempts: Vec<Attempt>) {
        for attempt in attempts.into_iter().rev() {
            self.todo.push_front(attempt.endpoint);
        }
        let list = &self.list;
        self.todo.make_contiguous().sort_by_key(|endpoint| list.was_silent(&endpoint.address));
    }
}

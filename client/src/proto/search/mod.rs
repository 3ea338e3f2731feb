//! Looking for a broker: attempts side by side, up to the introduction, and one login at a time.
//!
//! ```text
//! Waiting ---> Looking ---------------------> Resting      a login is under way, or the link in use
//!    ^          |   ^    one has introduced      |
//!    |          |   |    itself: LogIn           |
//!    +----------+   +----------------------------+   it failed, or keeps us waiting
//!   every broker failed
//! ```
//!
//! A *pass* tries every known broker; it has failed when all of them have. Within a pass attempts begin
//! [`STAGGER`] apart, sooner when one fails, and the first broker that introduces itself is logged in to.
//! Brokers that keep us waiting hold up nobody: those that have failed are tried again meanwhile.
//! `attempt` is one attempt, `rounds` begins and ends them, `list_file` takes more brokers from a file before
//! each round, `race` chooses who is logged in to, `record` remembers what came of them, `hopeless` when
//! nothing will, `brokers` knows the list and its order, `delays` and `refusals` how long to wait.
//!
//! It knows nothing of what is open on a connection. What it wants done are [`Step`]s.

mod attempt;
pub(crate) mod brokers;
pub(crate) mod delays;
mod hopeless;
mod list_file;
mod race;
mod record;
mod refusals;
mod rounds;

#[cfg(test)]
mod tests;

use std::{
    collections::{HashSet, VecDeque},
    path::PathBuf,
    time::{Duration, Instant},
};

use relaismq_openwire::{Agreed, WireFormatInfo};

pub(crate) use self::race::Login;
use self::{
    attempt::{Attempt, Progress},
    brokers::{BrokerList, ListChange},
    delays::{NextPass, ReconnectDelays},
    refusals::Refusals,
};
use super::{epoch::Epoch, event::Event};
use crate::options::{BrokerAddress, ConnectOptions, Endpoint};

/// Between the beginnings of two attempts, while none of them fails.
pub(crate) const STAGGER: Duration = Duration::from_millis(250);

/// What is to be done, in this order.
#[derive(Debug)]
pub(crate) enum Step {
    /// Open a socket.
    Dial(Epoch, Endpoint),
    /// Say who we are, and that this side speaks first.
    Introduce(Epoch, Endpoint),
    /// From here on frames are as agreed.
    Agree(Epoch, Box<Agreed>),
    /// Close the socket.
    HangUp(Epoch),
    /// Log in to this broker. Any login before is void.
    LogIn(Epoch, Endpoint, Box<Agreed>),
    /// Tell the application.
    Notify(Event),
    /// Read a broker list from this file.
    ReadList(PathBuf),
    /// No broker can be reached within the limits.
    GiveUp,
}

/// What the search is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Until the next pass.
    Waiting(Instant),
    /// The file with the broker list is being read; attempts that are under way go on.
    Reading,
    /// Attempts are under way or about to begin; when to try again those that have failed.
    Looking { again: Option<Instant> },
    /// A broker has been found.
    Resting,
}

/// The search for a broker, over the whole life of a connection.
#[derive(Debug)]
pub(crate) struct Search {
    list: BrokerList,
    /// Where more of it stands.
    list_file: Option<PathBuf>,
    /// What was wrong with that when it was read last.
    list_failure: Option<String>,
    delays: ReconnectDelays,
    refusals: Refusals,
    stage: Stage,
    attempts: Vec<Attempt>,
    /// Brokers that are to be tried in this round.
    todo: VecDeque<Endpoint>,
    /// When the next attempt begins, or the last one counts as one that keeps us waiting.
    next_start: Option<Instant>,
    /// Brokers that have failed in this pass.
    failed: HashSet<BrokerAddress>,
    login: Option<Login>,
    /// How long a login may be silent while another broker is ready.
    patience: Duration,
    /// Limit for one broker's introduction.
    response_limit: Option<Duration>,
    /// The last failure of each broker since the last success.
    failures: Vec<(BrokerAddress, String)>,
    last_epoch: Epoch,
    /// Attempts since the last success.
    count: u32,
    ever_connected: bool,
    /// When the last link in use was lost.
    lost_at: Option<Instant>,
    steps: VecDeque<Step>,
}

impl Search {
    /// The first pass begins with the first [`Self::handle_timeout`].
    pub(crate) fn new(options: &ConnectOptions, seed: u64, now: Instant) -> Self {
        Self {
            list: BrokerList::new(options, seed),
            list_file: options.reconnect.update_uris_url.clone(),
            list_failure: None,
            delays: ReconnectDelays::new(&options.reconnect, seed, now),
            refusals: Refusals::new(&options.reconnect, seed),
            stage: Stage::Waiting(now),
            attempts: Vec::new(),
            todo: VecDeque::new(),
            next_start: None,
            failed: HashSet::new(),
            login: None,
            patience: race::PATIENCE,
            response_limit: options.timeouts.connect_response,
            failures: Vec::new(),
            last_epoch: Epoch::default(),
            count: 0,
            ever_connected: false,
            lost_at: None,
            steps: VecDeque::new(),
        }
    }

    /// When [`Self::handle_timeout`] must be called, at the latest.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let attempts = self.attempts.iter().filter_map(Attempt::deadline);
        let due = match self.stage {
            Stage::Waiting(until) => Some(until),
            Stage::Looking { again } => again,
            Stage::Reading | Stage::Resting => None,
        };
        attempts.chain(due).chain(self.next_start).chain(self.login_due()).min()
    }

    /// Does what time demands.
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        while let Some(epoch) = self.overdue(now) {
            self.attempt_failed(epoch, "no WireFormatInfo in time: is this an OpenWire port?", now);
        }
        match self.stage {
            Stage::Waiting(until) if until <= now => self.begin_pass(now),
            Stage::Looking { again: Some(again) } if again <= now => self.renew(now),
            Stage::Waiting(_) | Stage::Reading | Stage::Looking { .. } | Stage::Resting => {}
        }
        if self.next_start.is_some_and(|due| due <= now) {
            self.start_next(now);
        }
        self.login_timeout(now);
    }

    /// Skip the waiting.
    pub(crate) fn hurry(&mut self, now: Instant) {
        self.refusals.hurry(now);
        match self.stage {
            Stage::Waiting(_) => self.begin_pass(now),
            Stage::Looking { again: Some(_) } => self.renew(now),
            Stage::Looking { again: None } | Stage::Reading | Stage::Resting => {}
        }
    }

    fn overdue(&self, now: Instant) -> Option<Epoch> {
        let overdue = |attempt: &&Attempt| attempt.deadline().is_some_and(|until| until <= now);
        self.attempts.iter().find(overdue).map(|attempt| attempt.epoch)
    }

    pub(crate) fn next_step(&mut self) -> Option<Step> {
        self.steps.pop_front()
    }

    /// The socket of an attempt is open: introduce ourselves.
    pub(crate) fn dialled(&mut self, epoch: Epoch, now: Instant) {
        let until = self.response_limit.map(|limit| later(now, limit));
        let Some(attempt) = self.attempts.iter_mut().find(|it| it.epoch == epoch) else { return };
        attempt.progress = Progress::Introducing(until);
        let endpoint = attempt.endpoint.clone();
        self.steps.push_back(Step::Introduce(epoch, endpoint));
    }

    /// The peer has introduced itself.
    pub(crate) fn introduced(&mut self, epoch: Epoch, theirs: &WireFormatInfo, now: Instant) {
        let Some(attempt) = self.attempts.iter_mut().find(|it| it.epoch == epoch) else { return };
        match attempt.agree(theirs) {
            Ok(agreed) => {
                attempt.progress = Progress::Ready(agreed.clone());
                self.steps.push_back(Step::Agree(epoch, agreed));
                self.log_in_if_due(now);
            }
            Err(reason) => self.attempt_failed(epoch, &reason, now),
        }
    }

    /// An attempt has come to nothing.
    pub(crate) fn attempt_failed(&mut self, epoch: Epoch, reason: &str, now: Instant) {
        let Some(place) = self.attempts.iter().position(|it| it.epoch == epoch) else { return };
        let attempt = self.attempts.remove(place);
        self.list.note_silence(attempt.broker(), attempt.age(now) >= STAGGER);
        self.steps.push_back(Step::HangUp(epoch));
        self.note_failure(attempt.broker(), reason);
        self.go_on(now);
    }

    /// The link that the last login led to was not to be had after all.
    pub(crate) fn link_failed(&mut self, broker: &BrokerAddress, reason: &str, now: Instant) {
        self.login = None;
        self.note_failure(broker, reason);
        self.go_on(now);
    }

    /// The link in use is gone.
    pub(crate) fn lost(&mut self, broker: &BrokerAddress, reason: &str, now: Instant) {
        self.remember(broker, reason);
        self.failed.clear();
        self.count = 0;
        self.lost_at = Some(now);
        match self.delays.lost(now) {
            NextPass::After(delay) => self.stage = Stage::Waiting(later(now, delay)),
            NextPass::GiveUp => self.steps.push_back(Step::GiveUp),
        }
    }

    /// The broker has confirmed everything that was restored: the link is in use.
    pub(crate) fn succeeded(&mut self, now: Instant) {
        let others = self.stop();
        self.steps.extend(others.into_iter().map(Step::HangUp));
        self.delays.connected(now);
        self.refusals.clear();
        self.failures.clear();
        self.patience = race::PATIENCE;
        self.count = 0;
        self.ever_connected = true;
    }

    /// The broker has answered a request, after everything was restored.
    pub(crate) fn served(&mut self) {
        self.delays.served();
    }

    /// Nothing is looked for any more; these are to be hung up.
    pub(crate) fn stop(&mut self) -> Vec<Epoch> {
        let attempts = std::mem::take(&mut self.attempts);
        self.todo.clear();
        self.login = None;
        self.next_start = None;
        self.stage = Stage::Resting;
        attempts.into_iter().map(|attempt| attempt.epoch).collect()
    }

    /// Takes over a list of brokers from one of them.
    pub(crate) fn supply(&mut self, list: &str, now: Instant) -> ListChange {
        self.list.supply(list, now)
    }
}

/// Longer than anybody waits, and no overflow.
fn later(now: Instant, delay: Duration) -> Instant {
    now.checked_add(delay).unwrap_or(now + Duration::from_secs(100 * 365 * 24 * 3600))
}

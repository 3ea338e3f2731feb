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
//!
//! While a broker serves, `tending` keeps `spares`, of which one takes over when the link is lost, and
//! `moves` tells when to leave it for another one.
//!
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
mod moves;
mod race;
mod record;
mod refusals;
mod rounds;
mod spares;
mod tending;

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
    moves::Moves,
    refusals::Refusals,
    spares::Spares,
};
use super::{epoch::Epoch, event::Event};
use crate::options::{BrokerAddress, ConnectOptions, Endpoint, ReconnectOptions};

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
    /// Give a spare's broker a sign of life, or ask it for one.
    KeepAlive(Epoch, bool),
    /// Leave the broker that serves for this spare, for this reason, as soon as it does no harm.
    Move { to: Epoch, broker: BrokerAddress, why: &'static str },
    /// The move that was asked for is off.
    Stay,
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
    /// The broker that serves.
    serving: Option<BrokerAddress>,
    /// When the file is read again while one does.
    list_due: Option<Instant>,
    /// A change of that moves the client.
    rebalances: bool,
    /// Whether brokers may send the client elsewhere.
    is_sent: bool,
    spares: Spares,
    /// How many of them there are to be.
    pool: usize,
    moves: Moves,
    /// The broker of the last move, until it serves or would not.
    moved_to: Option<BrokerAddress>,
    steps: VecDeque<Step>,
}

impl Search {
    /// The first pass begins with the first [`Self::handle_timeout`].
    pub(crate) fn new(options: &ConnectOptions, seed: u64, now: Instant) -> Self {
        let reconnects = options.reconnect.max_reconnect_attempts != Some(0);
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
            serving: None,
            list_due: None,
            rebalances: reconnects && options.reconnect.rebalance_update_uris,
            is_sent: reconnects && options.reconnect.reconnect_supported,
            spares: Spares::new(&options.reconnect, seed),
            pool: pool(&options.reconnect),
            moves: Moves::new(&options.reconnect, now),
            moved_to: None,
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
        let meanwhile = [self.spares_due(), self.move_due(), self.list_due];
        let meanwhile = meanwhile.into_iter().flatten();
        attempts.chain(due).chain(self.next_start).chain(self.login_due()).chain(meanwhile).min()
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
        self.read_again(now);
        self.tend_spares(now);
        self.move_if_due(now);
    }

    /// Skip the waiting.
    pub(crate) fn hurry(&mut self, now: Instant) {
        self.refusals.hurry(now);
        self.spares.hurry();
        self.fill_spares(now);
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
        if self.spare_dialled(epoch, now) {
            return;
        }
        let until = self.response_limit.map(|limit| later(now, limit));
        let Some(attempt) = self.attempts.iter_mut().find(|it| it.epoch == epoch) else { return };
        attempt.progress = Progress::Introducing(until);
        let endpoint = attempt.endpoint.clone();
        self.steps.push_back(Step::Introduce(epoch, endpoint));
    }

    /// The peer has introduced itself.
    pub(crate) fn introduced(&mut self, epoch: Epoch, theirs: &WireFormatInfo, now: Instant) {
        if self.spare_introduced(epoch, theirs, now) {
            return;
        }
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
        if self.spare_failed(epoch, reason, now) {
            return;
        }
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
        self.move_failed(broker, now);
        self.note_failure(broker, reason);
        self.go_on(now);
    }

    /// The link in use is gone: lost, for this reason, or left for the spare `to`.
    pub(crate) fn left(
        &mut self,
        broker: &BrokerAddress,
        reason: &str,
        to: Option<Epoch>,
        now: Instant,
    ) {
        self.moved_to = self.moves.end().filter(|_| to.is_some());
        if to.is_none() {
            self.remember(broker, reason);
        }
        self.serving = None;
        self.list_due = None;
        self.failed.clear();
        self.count = 0;
        self.lost_at = Some(now);
        match self.delays.lost(now) {
            NextPass::GiveUp => self.steps.push_back(Step::GiveUp),
            NextPass::After(_) if self.take_over(to, now) => {}
            NextPass::After(delay) => self.stage = Stage::Waiting(later(now, delay)),
        }
    }

    /// Logs in to a spare, if there is one that is ready.
    fn take_over(&mut self, to: Option<Epoch>, now: Instant) -> bool {
        let (ready, others): (Vec<_>, Vec<_>) =
            self.spares.take_all().into_iter().partition(Attempt::is_ready);
        self.steps.extend(others.into_iter().map(|other| Step::HangUp(other.epoch)));
        self.attempts.extend(ready);
        if self.attempts.is_empty() {
            return false;
        }
        self.stage = Stage::Looking { again: None };
        match self.attempts.iter().position(|attempt| Some(attempt.epoch) == to) {
            Some(place) => self.log_in_to(place, now),
            None => self.log_in_if_due(now),
        }
        true
    }

    /// The broker has confirmed everything that was restored: the link is in use.
    pub(crate) fn succeeded(&mut self, broker: &BrokerAddress, now: Instant) {
        let others = self.stop();
        self.steps.extend(others.into_iter().map(Step::HangUp));
        self.delays.connected(now);
        self.refusals.clear();
        self.failures.clear();
        self.patience = race::PATIENCE;
        self.count = 0;
        self.ever_connected = true;
        self.serving = Some(broker.clone());
        self.moved_to = None;
        self.spares.forgive(broker);
        self.moves.begin(now);
        self.read_again_later(now);
    }

    /// The broker has answered a request, after everything was restored.
    pub(crate) fn served(&mut self) {
        self.delays.served();
    }

    /// Nothing is looked for any more; these are to be hung up.
    pub(crate) fn stop(&mut self) -> Vec<Epoch> {
        let mut attempts = std::mem::take(&mut self.attempts);
        attempts.extend(self.spares.take_all());
        self.serving = None;
        self.list_due = None;
        self.todo.clear();
        self.login = None;
        self.next_start = None;
        self.stage = Stage::Resting;
        attempts.into_iter().map(|attempt| attempt.epoch).collect()
    }

    /// Takes over a list of brokers from one of them.
    pub(crate) fn supply(&mut self, list: &str, now: Instant) -> ListChange {
        let change = self.list.supply(list, now);
        self.fill_spares(now);
        change
    }

    /// The broker sends the client to the first broker of the list that it may know, or spreads its
    /// clients over all of them.
    pub(crate) fn sent_to(&mut self, list: &str, insists: bool, now: Instant) {
        if let Some(to) = self.list.first_of(list).filter(|_| self.is_sent) {
            self.order(to, if insists { moves::SENT } else { moves::SPREAD });
            self.fill_spares(now);
        }
    }
}

/// None where a lost link ends the connection.
fn pool(options: &ReconnectOptions) -> usize {
    let wanted = options.backup && options.max_reconnect_attempts != Some(0);
    if wanted { usize::try_from(options.backup_pool_size).unwrap_or(usize::MAX) } else { 0 }
}

/// Longer than anybody waits, and no overflow.
fn later(now: Instant, delay: Duration) -> Instant {
    now.checked_add(delay).unwrap_or(now + Duration::from_secs(100 * 365 * 24 * 3600))
}

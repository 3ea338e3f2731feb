//! The client's protocol machine: pure state, no sockets, no clock, no unseeded randomness.
//!
//! [`Client`] takes [`io::Input`]s and gives [`io::Output`]s; `io` is the whole contract (`failure`, `event`
//! and `epoch` belong to it). State lies below, in types of its own; what is done with it are methods of
//! `Client`, one file for each responsibility, of which none calls another in a circle.
//!
//! | below | holds |
//! |---|---|
//! | `search` | which broker is tried when, up to its introduction |
//! | `link`, with `heartbeat`, `answers`, `one_way` | the link in use: its phase, who was heard when, how long answers take, what is proven |
//! | `ledger` | what was asked and is not settled |
//! | `session` | what is open: sessions, producers, consumers, transactions |
//! | `consumer`, with `audit` | what was dispatched to one consumer, and how far it is |
//! | `confirming` | acknowledgements that somebody waits for |
//! | `commands`, `login`, `weight`, `random` | how commands are made, what they weigh, chance |
//! | `statistics`, `counting`, `gauges` | what has happened, in figures, and what there is |
//!
//! | from the bottom up | does |
//! |---|---|
//! | `outgoing`, `requests` | commands, answers and news leave |
//! | `flushing`, `delivering`, `acknowledge`, `redelivery`, `rejecting`, `pull` | consumers: what they tell, get, acknowledge, get again, give back, ask for |
//! | `removing`, `transaction`, `taking`, `sending`, `open` | things close, transactions end, messages are taken and sent, things open |
//! | `restore`, `close`, `settle` | what a lost link leaves, the end, how requests end |
//! | `draining`, `moving` | the application comes to an end, or a link is left in order for another broker |
//! | `connect`, `hopeless`, `receive`, `submit` | links come and go, or never will, the broker speaks, the application asks |

mod acknowledge;
mod answers;
mod audit;
mod close;
mod commands;
mod confirming;
mod connect;
mod consumer;
mod counting;
mod delivering;
mod draining;
mod epoch;
pub(crate) mod event;
mod failure;
mod flushing;
mod gauges;
mod heartbeat;
mod hopeless;
pub(crate) mod io;
mod ledger;
mod link;
mod login;
mod moving;
mod one_way;
mod open;
mod outgoing;
mod pull;
pub(crate) mod random;
mod receive;
mod redelivery;
mod rejecting;
mod removing;
mod requests;
mod restore;
mod search;
mod sending;
mod session;
mod settle;
pub(crate) mod statistics;
mod submit;
mod taking;
mod transaction;
mod weight;

use std::{
    collections::{BTreeSet, VecDeque},
    time::Instant,
};

use relaismq_openwire::{Command, ConnectionId, KeepAliveInfo};

use self::{
    confirming::Confirming,
    draining::Drain,
    heartbeat::Sign,
    io::{ConsumerKey, Epoch, Input, Now, Output, RequestId, SessionKey},
    ledger::Ledger,
    link::{Link, Phase},
    moving::Move,
    random::SplitMix64,
    search::Search,
    session::Registry,
    statistics::Statistics,
};
use crate::options::ConnectOptions;

/// Bytes of messages that may wait for an answer or for a broker. Default of
/// [`Client::accepts_sends`]'s bound.
pub(crate) const MAX_HELD_BYTES: usize = 64 * 1024 * 1024;

/// The state of one connection, over all the links that it will have.
#[derive(Debug)]
pub(crate) struct Client {
    options: ConnectOptions,
    client_id: String,
    now: Now,
    random: SplitMix64,
    outputs: VecDeque<Output>,
    search: Search,
    link: Link,
    ledger: Ledger,
    registry: Registry,
    /// Who waits for the first login.
    connecting: Vec<RequestId>,
    /// Who waits for the end.
    closing: Vec<RequestId>,
    /// Consumers that have something to tell the broker.
    dirty: Vec<ConsumerKey>,
    confirming: Confirming,
    /// Sessions with acknowledgements that the broker is to confirm and has not seen.
    asking: BTreeSet<SessionKey>,
    /// The link in use is about to be left for another broker.
    moving: Option<Move>,
    /// Who waits for the application to be done.
    draining: Vec<Drain>,
    /// What has happened; [`Self::statistics`] has the rest.
    statistics: Statistics,
}

impl Client {
    /// A connection that begins to connect at once. `seed` decides the order of brokers and the
    /// spread of delays; `connection` must be unique in the world.
    pub(crate) fn new(
        options: ConnectOptions,
        connection: ConnectionId,
        seed: u64,
        now: Now,
    ) -> Self {
        let prefix = options.identity.client_id_prefix.as_deref();
        let made_up = || match prefix {
            Some(prefix) => format!("{prefix}-{connection}"),
            None => connection.to_string(),
        };
        let client_id = options.identity.client_id.clone().unwrap_or_else(made_up);
        let search = Search::new(&options, seed, now.instant);
        Self {
            options,
            client_id,
            now,
            random: SplitMix64::new(seed),
            outputs: VecDeque::new(),
            search,
            link: Link::down(now.instant),
            ledger: Ledger::default(),
            registry: Registry::new(connection),
            connecting: Vec::new(),
            closing: Vec::new(),
            dirty: Vec::new(),
            confirming: Confirming::default(),
            asking: BTreeSet::new(),
            moving: None,
            draining: Vec::new(),
            statistics: Statistics::default(),
        }
    }

    /// Takes something that happened.
    pub(crate) fn handle(&mut self, now: Now, input: Input) {
        self.now = now;
        match input {
            Input::Submit { id, request, deadline } => self.submit(id, request, deadline),
            Input::Cancel(id) => self.cancel(id),
            Input::Received(epoch, command) if self.is_current(epoch) => {
                self.link.heartbeat.heard(now.instant);
                self.received(command);
            }
            Input::Heard(epoch) if self.is_current(epoch) => {
                self.link.heartbeat.heard(now.instant);
            }
            Input::Taken(epoch) if self.is_current(epoch) => {
                self.link.heartbeat.taken(now.instant);
            }
            Input::Lost(epoch, reason) | Input::Unusable(epoch, reason)
                if self.is_current(epoch) =>
            {
                self.lost(&reason);
            }
            of_an_attempt => self.attempt_input(of_an_attempt),
        }
    }

    /// News of a socket that is not logged in; of one that has been given up they are of no use.
    fn attempt_input(&mut self, input: Input) {
        let now = self.now.instant;
        match input {
            Input::Dialled(epoch) => self.search.dialled(epoch, now),
            Input::Received(epoch, Command::WireFormatInfo(info)) => {
                self.search.introduced(epoch, &info, now);
            }
            Input::Received(epoch, Command::ShutdownInfo(_)) => {
                self.search.attempt_failed(epoch, "the broker is shutting down", now);
            }
            Input::DialFailed(epoch, reason) | Input::Lost(epoch, reason) => {
                self.search.attempt_failed(epoch, &reason, now);
            }
            Input::Unusable(epoch, reason) => return self.unusable(epoch, &reason),
            Input::Received(epoch, Command::KeepAliveInfo(beat)) => self.spare_beats(epoch, &beat),
            Input::Received(epoch, _) | Input::Heard(epoch) => self.search.spare_heard(epoch, now),
            Input::Taken(_) | Input::Submit { .. } | Input::Cancel(_) => {}
            Input::ListRead(read) => self.search.list_read(read, now),
        }
        self.search_on();
    }

    fn spare_beats(&mut self, epoch: Epoch, beat: &KeepAliveInfo) {
        self.search.spare_heard(epoch, self.now.instant);
        if beat.response_required {
            let answer = KeepAliveInfo { response_required: false, ..beat.clone() };
            self.outputs.push_back(Output::Send(epoch, answer.into()));
        }
    }

    /// Does what time demands. A call too many is harmless.
    pub(crate) fn handle_timeout(&mut self, now: Now) {
        self.now = now;
        self.expire_overdue();
        self.search.handle_timeout(now.instant);
        self.search_on();
        self.phase_timeout();
        self.move_on();
        self.drain_on();
        self.redeliver_due();
        self.pull_due();
        self.heartbeat();
    }

    /// When [`Self::handle_timeout`] must be called, at the latest.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        if self.link.has_ended() {
            return None;
        }
        let beat = if self.has_heartbeat() { self.link.heartbeat.next() } else { None };
        let searching = self.search.poll_timeout();
        let limit = self.link.deadline();
        let again = self.next_pull().filter(|_| self.link.is_connected());
        let moving = self.moving.as_ref().map(Move::due);
        let draining = self.draining.iter().map(Drain::due).min();
        let meanwhile = moving.into_iter().chain(draining).min();
        [
            self.ledger.next_deadline(),
            searching,
            limit,
            self.next_redelivery(),
            again,
            beat,
            meanwhile,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// The next thing to do. Acknowledgements that have gathered are sent when nothing else is left,
    /// so that a busy consumer acknowledges in ranges.
    pub(crate) fn poll_output(&mut self) -> Option<Output> {
        if self.outputs.is_empty() {
            self.flush_acknowledgements();
        }
        self.outputs.pop_front()
    }

    /// Whether the driver should take more sends: false while too much waits.
    pub(crate) fn accepts_sends(&self) -> bool {
        self.ledger.held_bytes() < MAX_HELD_BYTES
    }

    /// By which brokers know the connection.
    pub(crate) fn client_id(&self) -> &str {
        &self.client_id
    }

    /// In use.
    pub(crate) fn is_connected(&self) -> bool {
        self.link.is_connected()
    }

    fn is_current(&self, epoch: Epoch) -> bool {
        self.link.epoch == epoch && self.link.is_up()
    }

    fn has_heartbeat(&self) -> bool {
        matches!(self.link.phase, Phase::Restoring(..) | Phase::Connected | Phase::Closing(_))
    }

    fn heartbeat(&mut self) {
        if !self.has_heartbeat() {
            return;
        }
        match self.link.heartbeat.due(self.now.instant) {
            None => {}
            Some(Sign::Give) => self.write(KeepAliveInfo::default()),
            Some(Sign::Ask) => {
                let mut question = Command::from(KeepAliveInfo::default());
                question.set_request(self.ledger.command_id(), true);
                self.write(question);
            }
            Some(Sign::Dead(silence)) => {
                self.lost(&format!("nothing heard for {silence:?}, not even an answer"));
            }
        }
    }
}

#[cfg(test)]
mod tests;

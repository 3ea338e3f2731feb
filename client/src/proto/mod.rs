//! The client's protocol machine: pure state, no sockets, no clock, no unseeded randomness.
//!
//! [`Client`] takes [`io::Input`]s and gives [`io::Output`]s; `io` is the whole contract. One file for
//! each responsibility: `connect` moves the `link` through its phases, `restore` replays what is
//! open, `submit` takes requests, `open` opens and closes, `receive` takes commands of the broker, `settle` finishes
//! requests, `acknowledge` and `redelivery` speak for the consumers, `close` ends it all.

mod acknowledge;
mod answers;
mod audit;
mod close;
mod commands;
mod confirming;
mod connect;
mod consumer;
mod epoch;
pub mod event;
mod failure;
mod heartbeat;
pub mod io;
mod ledger;
mod link;
mod login;
mod one_way;
mod open;
mod pull;
pub mod random;
mod receive;
mod redelivery;
mod restore;
mod search;
mod session;
mod settle;
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
    event::Event,
    heartbeat::Sign,
    io::{Answer, ConsumerKey, Epoch, Failure, Input, Now, Output, RequestId, SessionKey},
    ledger::Ledger,
    link::{Link, Phase},
    random::SplitMix64,
    search::Search,
    session::Registry,
};
use crate::options::ConnectOptions;

/// Bytes of messages that may wait for an answer or for a broker. Default of
/// [`Client::accepts_sends`]'s bound.
pub const MAX_HELD_BYTES: usize = 64 * 1024 * 1024;

/// The state of one connection, over all the links that it will have.
#[derive(Debug)]
pub struct Client {
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
}

impl Client {
    /// A connection that begins to connect at once. `seed` decides the order of brokers and the
    /// spread of delays; `connection` must be unique in the world.
    pub fn new(options: ConnectOptions, connection: ConnectionId, seed: u64, now: Now) -> Self {
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
        }
    }

    /// Takes something that happened.
    pub fn handle(&mut self, now: Now, input: Input) {
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
            Input::Lost(epoch, reason) if self.is_current(epoch) => self.lost(&reason),
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
            Input::Received(..)
            | Input::Heard(_)
            | Input::Taken(_)
            | Input::Submit { .. }
            | Input::Cancel(_) => {}
        }
        self.search_on();
    }

    /// Does what time demands. A call too many is harmless.
    pub fn handle_timeout(&mut self, now: Now) {
        self.now = now;
        self.expire_overdue();
        self.search.handle_timeout(now.instant);
        self.search_on();
        self.phase_timeout();
        self.redeliver_due();
        self.pull_due();
        self.heartbeat();
    }

    fn expire_overdue(&mut self) {
        while let Some(request) = self.ledger.overdue(self.now.instant) {
            self.expire(request);
        }
    }

    /// When [`Self::handle_timeout`] must be called, at the latest.
    pub fn poll_timeout(&self) -> Option<Instant> {
        if self.link.has_ended() {
            return None;
        }
        let beat = if self.has_heartbeat() { self.link.heartbeat.next() } else { None };
        let searching = self.search.poll_timeout();
        let limit = self.link.deadline();
        let again = self.next_pull().filter(|_| self.link.is_connected());
        [self.ledger.next_deadline(), searching, limit, self.next_redelivery(), again, beat]
            .into_iter()
            .flatten()
            .min()
    }

    /// The next thing to do. Acknowledgements that have gathered are sent when nothing else is left,
    /// so that a busy consumer acknowledges in ranges.
    pub fn poll_output(&mut self) -> Option<Output> {
        if self.outputs.is_empty() {
            self.flush_acknowledgements();
        }
        self.outputs.pop_front()
    }

    /// Whether the driver should take more sends: false while too much waits.
    pub fn accepts_sends(&self) -> bool {
        self.ledger.held_bytes() < MAX_HELD_BYTES
    }

    /// The link that deliveries come by at the moment.
    pub fn epoch(&self) -> Epoch {
        self.link.epoch
    }

    /// The broker of the current link, or the one that is being tried.
    pub fn broker(&self) -> crate::options::BrokerAddress {
        match self.search.trying().filter(|_| !self.link.is_up()) {
            Some(endpoint) => endpoint.address.clone(),
            None => self.link.broker(),
        }
    }

    /// In use.
    pub fn is_connected(&self) -> bool {
        self.link.is_connected()
    }

    fn is_current(&self, epoch: Epoch) -> bool {
        self.link.epoch == epoch && self.link.is_up()
    }

    fn notify(&mut self, event: Event) {
        self.outputs.push_back(Output::Notify(event));
    }

    fn answer(&mut self, request: Option<RequestId>, answer: Result<Answer, Failure>) {
        if let Some(request) = request {
            self.ledger.clear_deadline(request);
            self.outputs.push_back(Output::Answer(request, answer));
        }
    }

    /// Writes on the current link.
    fn write(&mut self, command: impl Into<Command>) {
        let command = command.into();
        self.link.heartbeat.wrote(self.now.instant);
        // A sign of life answers a question for one.
        if command.response_required() && !matches!(command, Command::KeepAliveInfo(_)) {
            self.link.answers.asked(command.command_id().unwrap_or_default(), self.now.instant);
        }
        self.outputs.push_back(Output::Send(self.link.epoch, command));
    }

    /// Writes with a command id of its own; nobody waits.
    fn write_one_way(&mut self, command: impl Into<Command>) {
        let mut command = command.into();
        command.set_request(self.ledger.command_id(), false);
        self.write(command);
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

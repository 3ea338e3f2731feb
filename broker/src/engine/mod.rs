//! The broker's logic, pure: commands and store answers in, effects out. No clock, no I/O, no tokio.
//!
//! [`io`] is the whole contract. A message passes through `send` and `routing` into a `queue` line,
//! is given by `dispatch` to a `subscription` with credit, and leaves by `ack`.

mod ack;
mod advisory;
mod browse;
mod consumers;
mod dead_letter;
mod dispatch;
mod durable;
mod expiry;
mod flow;
pub mod io;
mod login;
mod outcome;
mod paging;
mod producers;
mod properties;
mod pull;
mod queue;
mod refuse;
mod routing;
mod send;
mod settings;
mod subscription;
mod temporary;
mod transaction;

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    time::Duration,
};

use relaismq_openwire::{BrokerId, BrokerInfo, Command, Response, Text, TransactionInfo};

pub use self::settings::Settings;
use self::{
    durable::Durables,
    flow::Pause,
    io::{Effect, Input, Link, weight},
    login::Client,
    outcome::{Outcomes, Then},
    producers::Remembered,
    refuse::Refusal,
    routing::Destinations,
    subscription::{SubId, Subscription},
};
use crate::model::{Batch, Change, Now, Recovered};

/// The broker's state. One owner feeds it and carries out its effects, in order.
#[derive(Debug)]
pub struct Engine {
    settings: Settings,
    name: Text,
    url: Text,
    id: BrokerId,
    now: Now,
    effects: VecDeque<Effect>,
    clients: BTreeMap<Link, Client>,
    destinations: Destinations,
    subscriptions: Vec<Option<Subscription>>,
    free_subscriptions: Vec<usize>,
    durables: Durables,
    remembered: Remembered,
    outcomes: Outcomes,
    /// What this input changes in the store, made durable together.
    batch: Batch,
    /// What happens once that is durable.
    then: Vec<Then>,
    /// Changes that nobody waits for.
    lazy: Vec<Change>,
    lazy_until: Option<Duration>,
    /// Whose commands are being handled.
    sender: Option<Link>,
    memory: flow::Memory,
    /// Senders that are held back because a line is full.
    pauses: Vec<Pause>,
    last_sequence: u64,
    /// Messages up to this sequence may have been delivered before the broker died.
    suspect_through: u64,
    next_sweep: Duration,
    stored_bytes: u64,
    advisories: i64,
    pulls: HashMap<SubId, Duration>,
}

impl Engine {
    /// An empty broker called `name` that clients reach at `url`.
    pub fn new(settings: Settings, name: &str, url: &str, now: Now) -> Self {
        Self {
            settings,
            name: name.into(),
            url: url.into(),
            id: BrokerId::new(format!("ID:{name}-{}-0:1", now.unix_ms)),
            now,
            effects: VecDeque::new(),
            clients: BTreeMap::new(),
            destinations: Destinations::default(),
            subscriptions: Vec::new(),
            free_subscriptions: Vec::new(),
            durables: Durables::default(),
            remembered: Remembered::default(),
            outcomes: Outcomes::default(),
            batch: Batch::default(),
            then: Vec::new(),
            lazy: Vec::new(),
            lazy_until: None,
            sender: None,
            memory: flow::Memory::default(),
            pauses: Vec::new(),
            last_sequence: 0,
            suspect_through: 0,
            next_sweep: now.monotonic + expiry::SWEEP,
            stored_bytes: 0,
            advisories: 0,
            pulls: HashMap::new(),
        }
    }

    /// Takes over what a store holds. Before any client.
    pub fn restore(&mut self, recovered: Recovered) {
        self.last_sequence = recovered.last_sequence;
        if !recovered.clean {
            self.suspect_through = recovered.last_sequence;
        }
        self.remembered.restore(recovered.producers);
        self.restore_durables(recovered.subscriptions);
        for summary in recovered.containers {
            self.restore_container(&summary);
        }
    }

    /// Takes something that happened.
    pub fn handle(&mut self, now: Now, input: Input) {
        self.now = now;
        match input {
            Input::Opened { link, .. } => self.opened(link),
            Input::Received { link, commands } => {
                self.sender = Some(link);
                for command in commands {
                    self.received(link, command);
                }
                self.sender = None;
            }
            Input::Written { link, bytes } => self.written(link, bytes),
            Input::Closed { link } => self.closed(link),
            Input::Stored { ticket } => self.stored(ticket),
            Input::StoreFailed { ticket, error } => self.store_failed(ticket, &error),
            Input::Paged { ticket, messages } => self.paged(ticket, messages),
            Input::PageFailed { error, .. } => {
                self.effects.push_back(Effect::Fail { reason: error.to_string() });
            }
        }
        self.flush_batch();
    }

    /// Does what time demands. A call too many is harmless.
    pub fn handle_timeout(&mut self, now: Now) {
        self.now = now;
        self.end_pulls();
        self.sweep();
        self.end_pauses();
        self.flush_batch();
        if self.lazy_until.is_some_and(|until| until <= now.monotonic) {
            self.flush();
        }
    }

    /// When [`Self::handle_timeout`] must be called, on the monotonic clock.
    pub fn poll_timeout(&self) -> Option<Duration> {
        let pull = self.pulls.values().min().copied();
        let pause = self.pauses.iter().map(|pause| pause.until).min();
        [pull, pause, self.lazy_until, Some(self.next_sweep)].into_iter().flatten().min()
    }

    /// The next thing to do.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    fn opened(&mut self, link: Link) {
        self.clients.insert(link, Client::new());
        let info = BrokerInfo {
            broker_id: Some(self.id.clone()),
            broker_name: Some(self.name.clone()),
            broker_url: Some(self.url.clone()),
            ..BrokerInfo::default()
        };
        self.send_to(link, info);
    }

    fn received(&mut self, link: Link, command: Command) {
        let Some(client) = self.clients.get(&link) else { return };
        let logged_in = client.connection.is_some();
        let answer_to = command.command_id().filter(|_| command.response_required());
        let outcome = if logged_in {
            self.act(link, command, answer_to)
        } else {
            self.before_login(link, command)
        };
        match outcome {
            Ok(Reply::Done) => self.respond(link, answer_to),
            Ok(Reply::Later) => {}
            Err(refusal) => self.refuse(link, answer_to, &refusal),
        }
    }

    /// Messages and acknowledgements answer for themselves, once durable.
    fn act(
        &mut self,
        link: Link,
        command: Command,
        answer_to: Option<i32>,
    ) -> Result<Reply, Refusal> {
        match command {
            Command::Message(message) => self.send(link, message, answer_to),
            Command::MessageAck(ack) => self.acknowledge(link, &ack, answer_to),
            Command::TransactionInfo(info) => self.transaction(link, &info, answer_to),
            Command::MessagePull(pull) => self.pull(link, &pull),
            Command::ConnectionInfo(info) => self.login_again(link, &info),
            Command::SessionInfo(_) => Ok(Reply::Done),
            Command::ProducerInfo(info) => self.open_producer(link, &info),
            Command::ConsumerInfo(info) => self.open_consumer(link, &info),
            Command::ConsumerControl(control) => self.control_consumer(link, &control),
            Command::DestinationInfo(info) => self.change_destination(link, &info),
            Command::RemoveSubscriptionInfo(info) => self.unsubscribe(link, &info),
            Command::RemoveInfo(info) => self.remove(link, &info),
            Command::ConnectionControl(control) => self.connection_control(link, &control),
            Command::ShutdownInfo(_) => {
                self.close(link, "the client says goodbye");
                Ok(Reply::Later)
            }
            // Never acted upon, whatever they say.
            _ => Ok(Reply::Done),
        }
    }

    fn respond(&mut self, link: Link, answer_to: Option<i32>) {
        if let Some(correlation_id) = answer_to {
            self.send_to(link, Response { correlation_id, ..Response::default() });
        }
    }

    fn send_to(&mut self, link: Link, command: impl Into<Command>) {
        let command = command.into();
        if let Some(client) = self.clients.get_mut(&link) {
            client.owed += weight(&command);
            self.effects.push_back(Effect::Send { link, command });
        }
    }

    /// A slow reader has caught up.
    fn written(&mut self, link: Link, bytes: usize) {
        let limit = self.settings.outbound_bytes;
        let Some(client) = self.clients.get_mut(&link) else { return };
        let was_full = client.owed >= limit;
        client.owed = client.owed.saturating_sub(bytes);
        if was_full && client.owed < limit {
            self.dispatch_to_link(link);
        }
    }

    fn close(&mut self, link: Link, reason: &str) {
        self.effects.push_back(Effect::Close { link, reason: reason.to_owned() });
    }

    /// Everything this input changed becomes durable together; what waits for that is noted. What
    /// nobody waits for (acknowledged messages to be forgotten) goes with the next batch that
    /// somebody does wait for, or after a moment.
    fn flush_batch(&mut self) {
        if self.batch.changes.is_empty() && self.then.is_empty() {
            return;
        }
        let idle = !self.batch.sync && self.then.is_empty();
        if idle && self.batch.changes.iter().all(|it| matches!(it, Change::Remove { .. })) {
            self.lazy_until.get_or_insert(self.now.monotonic + LAZY);
            self.lazy.append(&mut self.batch.changes);
            if self.lazy.len() < LAZY_CHANGES {
                return;
            }
        }
        self.flush();
    }

    /// Hands everything to the store that is to be changed in it.
    pub fn flush(&mut self) {
        self.lazy_until = None;
        let mut batch = std::mem::take(&mut self.batch);
        if !self.lazy.is_empty() {
            self.lazy.append(&mut batch.changes);
            batch.changes = std::mem::take(&mut self.lazy);
        }
        if batch.changes.is_empty() && self.then.is_empty() {
            return;
        }
        let ticket = self.outcomes.enter(std::mem::take(&mut self.then));
        self.effects.push_back(Effect::Store { ticket, batch });
    }

    fn change(&mut self, change: Change) {
        self.batch.changes.push(change);
    }

    const fn next_sequence(&mut self) -> u64 {
        self.last_sequence += 1;
        self.last_sequence
    }

    fn subscription(&mut self, sub: SubId) -> Option<&mut Subscription> {
        self.subscriptions.get_mut(sub.0).and_then(Option::as_mut)
    }
}

/// How long an acknowledged message may wait to be forgotten by the store.
const LAZY: Duration = Duration::from_millis(10);
/// And how many of them.
const LAZY_CHANGES: usize = 1000;

/// How a command is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reply {
    /// At once.
    Done,
    /// By whoever took it on.
    Later,
}

/// XA is refused by its own exception.
const fn is_local(info: &TransactionInfo) -> bool {
    matches!(info.transaction_id, None | Some(relaismq_openwire::TransactionId::Local(_)))
}

#[cfg(test)]
mod tests;

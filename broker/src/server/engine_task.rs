//! The task that owns the engine: feeds it what happened, carries out what it wants.

use std::{collections::HashMap, fmt};

use relaismq_openwire::{Command, Text};
use tokio::sync::{mpsc, oneshot};

use super::{
    Clock,
    answers::{Answers, OWN},
    outbox::Outbox,
    store_thread::StoreThread,
    unfinished::Place,
};
use crate::{
    engine::{
        Engine,
        io::{Effect, Input, Link, Question, Report, Token},
    },
    fail_point,
    model::{Batch, Ticket},
    store::{StoreError, writer::StoreEvent},
};

/// What reaches the engine task.
#[derive(Debug)]
pub(crate) enum Event {
    /// A client is there; answers go to its outbox.
    Connected {
        /// Its connection.
        link: Link,
        /// Its address.
        peer: String,
        /// The address by which it came.
        connector: Text,
        /// The name in its certificate, if it has shown one.
        certificate: Option<Text>,
        /// Where to send.
        outbox: Outbox,
    },
    /// Commands of a client.
    Received(Received),
    /// A question from outside, and where to answer.
    Asked(Question, oneshot::Sender<Report>),
    /// For the engine as it is.
    Input(Input),
}

/// What a client has sent.
#[derive(Debug)]
pub(crate) struct Received {
    /// Its connection.
    pub(crate) link: Link,
    /// At least one.
    pub(crate) commands: Vec<Command>,
    /// Free again when the engine has them, and none of them waits for room.
    pub(crate) place: Option<Place>,
}

/// Inputs taken in one go before what they caused is sent out.
const BURST: usize = 64;

/// What the engine task is told from outside, once. Without a word, when nobody is left to say one, it stops.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Stop serving: close the store in order.
    Stop,
    /// Another broker owns the store now: say nothing more, and leave it alone.
    GiveUp,
}

/// How the engine's work ended. Nothing of the store is open any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Asked to; the store was closed in order.
    Stopped,
    /// Asked to give up.
    GivenUp,
    /// The store says that another broker owns it, or cannot tell what it has kept: whoever is the master next
    /// sees that.
    Lost(String),
    /// The store failed: this broker must not confirm anything any more.
    Failed(String),
    /// Nobody knows how.
    Gone,
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped => f.write_str("stopped in order"),
            Self::GivenUp => f.write_str("gave up"),
            Self::Lost(why) | Self::Failed(why) => f.write_str(why),
            Self::Gone => f.write_str("the engine ended"),
        }
    }
}

/// The engine with its surroundings.
pub(crate) struct EngineTask {
    engine: Engine,
    clock: Clock,
    store: StoreThread,
    clients: HashMap<Link, Client>,
    /// Clients with something in `pending`.
    dirty: Vec<Link>,
    answers: Answers,
    /// Clients with something in `places`, one for each question that is to be asked of them.
    placed: Vec<Link>,
    /// Why nothing more may be said.
    over: Option<Ending>,
}

struct Client {
    outbox: Outbox,
    pending: Vec<Command>,
    pending_bytes: usize,
    /// Of what waits for room.
    places: Vec<Place>,
}

impl EngineTask {
    pub(crate) fn new(engine: Engine, clock: Clock, store: StoreThread) -> Self {
        let (dirty, placed) = (Vec::new(), Vec::new());
        let (clients, answers) = (HashMap::new(), Answers::default());
        Self { engine, clock, store, clients, dirty, answers, placed, over: None }
    }

    /// Runs until it is told to end or the store fails; then the store is closed, or left as it is.
    pub(crate) async fn run(
        mut self,
        mut events: mpsc::Receiver<Event>,
        mut orders: oneshot::Receiver<Order>,
        ended: oneshot::Sender<Ending>,
    ) {
        let mut burst = Vec::with_capacity(BURST);
        let mut order = None;
        self.carry_out();
        while order.is_none() && self.over.is_none() {
            let timeout = self.engine.poll_timeout().map(|time| self.clock.instant(time));
            // Every arm is cancel-safe: nothing is taken from a channel unless its arm is chosen.
            tokio::select! {
                told = &mut orders => {
                    order = Some(told.unwrap_or(Order::Stop));
                    continue;
                }
                group = self.store.next() => match group {
                    Some(group) => self.take_stored(group),
                    None => self.over = Some(Ending::Failed("the store's thread ended early".to_owned())),
                },
                taken = events.recv_many(&mut burst, BURST) => {
                    if taken == 0 {
                        order = Some(Order::Stop);
                    }
                    burst.drain(..).for_each(|event| self.take(event));
                }
                () = sleep_until(timeout) => self.engine.handle_timeout(self.clock.now()),
            }
            self.carry_out();
        }
        let order = order.unwrap_or(Order::GiveUp);
        if order == Order::Stop {
            self.hear_out(&mut events).await;
        }
        drop(ended.send(self.end(order).await));
    }

    /// What has been read is dealt with before an orderly end: whoever closes a connection waits until the
    /// broker has read everything, and takes that for done.
    async fn hear_out(&mut self, events: &mut mpsc::Receiver<Event>) {
        events.close();
        while let Some(event) = events.recv().await {
            self.take(event);
            self.carry_out();
        }
    }

    fn take(&mut self, event: Event) {
        let input = match event {
            Event::Connected { link, peer, connector, certificate, outbox } => {
                let (pending, places) = (Vec::new(), Vec::new());
                let client = Client { outbox, pending, pending_bytes: 0, places };
                self.clients.insert(link, client);
                Input::Opened { link, peer, connector, certificate }
            }
            Event::Received(Received { link, commands, place }) => {
                fail_point::reached("received");
                self.engine.handle(self.clock.now(), Input::Received { link, commands });
                return self.keep_place(link, place);
            }
            Event::Asked(question, answer) => {
                Input::Ask { token: self.answers.expect(answer), question }
            }
            Event::Input(input) => input,
        };
        if let Input::Closed { link, .. } = input {
            self.clients.remove(&link);
        }
        self.engine.handle(self.clock.now(), input);
    }

    /// A large message takes its place as long as it waits for room.
    fn keep_place(&mut self, link: Link, place: Option<Place>) {
        if let Some(place) = place
            && let Some(client) = self.clients.get_mut(&link)
        {
            client.places.push(place);
            self.placed.push(link);
        }
    }

    fn ask_who_waits(&mut self) {
        let now = self.clock.now();
        for link in std::mem::take(&mut self.placed) {
            let question = Question::Waits(link);
            self.engine.handle(now, Input::Ask { token: OWN, question });
        }
    }

    fn told(&mut self, token: Token, report: Report) {
        let Report::Waits(link, waits) = report else { return self.answers.give(token, report) };
        if waits {
            self.placed.push(link);
        } else if let Some(client) = self.clients.get_mut(&link) {
            client.places.clear();
        }
    }

    fn take_stored(&mut self, group: Vec<StoreEvent>) {
        let now = self.clock.now();
        for event in group {
            if let Some(StoreError::Fenced { .. } | StoreError::Unknown { .. }) = event.error() {
                self.over = event.error().map(|error| Ending::Lost(error.to_string()));
                return;
            }
            let input = match event {
                StoreEvent::Stored(ticket) => Input::Stored { ticket },
                StoreEvent::StoreFailed(ticket, error, batch) => {
                    Input::StoreFailed { ticket, error, batch }
                }
                StoreEvent::Paged(ticket, messages) => Input::Paged { ticket, messages },
                StoreEvent::PageFailed(ticket, error) => Input::PageFailed { ticket, error },
                StoreEvent::Recovered(_)
                | StoreEvent::OpenFailed(_)
                | StoreEvent::Closed
                | StoreEvent::CloseFailed(_) => continue,
            };
            self.engine.handle(now, input);
        }
    }

    fn carry_out(&mut self) {
        if matches!(self.over, Some(Ending::Lost(_))) {
            return;
        }
        self.carry_out_effects();
        if !self.placed.is_empty() {
            self.ask_who_waits();
            self.carry_out_effects();
        }
        self.flush();
    }

    fn carry_out_effects(&mut self) {
        while let Some(effect) = self.engine.poll_effect() {
            match effect {
                Effect::Send { link, command, bytes } => self.send(link, command, bytes),
                Effect::Store { ticket, batch, knows } => self.commit(ticket, batch, knows),
                Effect::Page { ticket, container, after, max_count, max_bytes } => {
                    self.store.writer.page(ticket, container, after, max_count, max_bytes);
                }
                Effect::Pause { link } => self.pause(link, true),
                Effect::Resume { link } => self.pause(link, false),
                Effect::Admit { link } => self.admit(link),
                Effect::Close { link, reason } => self.close(link, reason),
                Effect::Tell { token, report } => self.told(token, report),
                Effect::Fail { reason } => self.over = Some(Ending::Failed(reason)),
            }
        }
    }

    fn commit(&mut self, ticket: Ticket, batch: Batch, knows: Ticket) {
        if fail_point::confirms_early() {
            self.engine.handle(self.clock.now(), Input::Stored { ticket });
        }
        self.store.writer.commit(ticket, batch, knows);
        fail_point::reached("handed-over");
    }

    fn send(&mut self, link: Link, command: Command, bytes: usize) {
        fail_point::reached_if("before-answer", || matches!(command, Command::Response(_)));
        fail_point::reached_if("before-dispatch", || {
            matches!(command, Command::MessageDispatch(_))
        });
        let Some(client) = self.clients.get_mut(&link) else { return };
        if client.pending.is_empty() {
            self.dirty.push(link);
        }
        client.pending_bytes += bytes;
        client.pending.push(command);
    }

    /// The runtime polls the task first that was woken last. What the engine says first is an answer
    /// that somebody waits for, and then come deliveries; so the wake-ups go the other way round.
    fn flush(&mut self) {
        for link in self.dirty.drain(..).rev() {
            if let Some(client) = self.clients.get_mut(&link) {
                client.flush();
            }
        }
    }

    fn pause(&self, link: Link, paused: bool) {
        if let Some(client) = self.clients.get(&link) {
            client.outbox.pause(paused);
        }
    }

    fn admit(&self, link: Link) {
        if let Some(client) = self.clients.get(&link) {
            client.outbox.admit();
        }
    }

    fn close(&mut self, link: Link, reason: String) {
        if let Some(client) = self.clients.get_mut(&link) {
            client.flush();
            client.outbox.close(reason);
        }
    }

    /// Without answers unless it was told to stop: to a failover transport that is a lost connection, and
    /// what was not confirmed is sent again elsewhere.
    async fn end(mut self, order: Order) -> Ending {
        if order == Order::GiveUp || self.over.is_some() {
            self.store.abandon().await;
            return self.over.unwrap_or(Ending::GivenUp);
        }
        for client in self.clients.values() {
            client.outbox.close("the broker stops".to_owned());
        }
        self.engine.flush();
        self.carry_out();
        match self.store.close().await {
            Ok(()) => Ending::Stopped,
            Err(error) => Ending::Failed(error.to_string()),
        }
    }
}

impl Client {
    fn flush(&mut self) {
        if !self.pending.is_empty() {
            let commands = std::mem::take(&mut self.pending);
            self.outbox.send(commands, std::mem::take(&mut self.pending_bytes));
        }
    }
}

async fn sleep_until(time: Option<tokio::time::Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}

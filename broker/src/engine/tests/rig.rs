//! Drives an engine: clients that send commands, a store in a map, a clock that stands still.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bytes::Bytes;
use relaismq_openwire::{
    Command, ConnectionId, ConnectionInfo, ConsumerId, ConsumerInfo, Destination, Message,
    MessageAck, MessageDispatch, MessageId, ProducerId, ProducerInfo, SessionId, SessionInfo,
    TransactionId, TransactionInfo,
};

use crate::{
    engine::{
        Engine, Settings,
        io::{Effect, Input, Link, Ticket},
    },
    model::{Batch, Change, Container, Now, Recovered, StoredMessage},
    store::StoreError,
};

/// An engine and everything around it.
pub(super) struct Rig {
    pub(super) engine: Engine,
    pub(super) now: Now,
    /// Everything sent to clients, in order.
    pub(super) sent: Vec<(Link, Command)>,
    /// Batches that the store has not answered.
    pub(super) waiting: Vec<(Ticket, Batch)>,
    /// The store answers at once.
    pub(super) prompt: bool,
    pub(super) stored: BTreeMap<(Container, u64), Bytes>,
    /// Pages are answered by [`Rig::answer_pages`], with what was stored when they were asked for.
    pub(super) slow_pages: bool,
    pub(super) pages: Vec<(Ticket, Vec<StoredMessage>)>,
    pub(super) batches: usize,
    pub(super) closed: Vec<Link>,
    pub(super) paused: Vec<Link>,
    pub(super) failed: bool,
    links: u64,
    commands: i32,
}

/// A client with one session.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    pub(super) link: Link,
    pub(super) connection: ConnectionId,
    pub(super) session: SessionId,
}

impl Rig {
    pub(super) fn new() -> Self {
        Self::with(Settings::default(), Recovered { clean: true, ..Recovered::default() })
    }

    pub(super) fn with(settings: Settings, recovered: Recovered) -> Self {
        let now = Now { monotonic: Duration::ZERO, unix_ms: 1_000_000 };
        let mut engine = Engine::new(settings, "rig", "tcp://rig", now);
        engine.restore(recovered);
        let mut rig = Self {
            engine,
            now,
            sent: Vec::new(),
            waiting: Vec::new(),
            prompt: true,
            stored: BTreeMap::new(),
            slow_pages: false,
            pages: Vec::new(),
            batches: 0,
            closed: Vec::new(),
            paused: Vec::new(),
            failed: false,
            links: 0,
            commands: 0,
        };
        rig.drain();
        rig
    }

    pub(super) fn input(&mut self, input: Input) {
        self.engine.handle(self.now, input);
        self.drain();
    }

    pub(super) fn pass(&mut self, time: Duration) {
        self.now.monotonic += time;
        self.now.unix_ms += i64::try_from(time.as_millis()).unwrap();
        self.engine.handle_timeout(self.now);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(effect) = self.engine.poll_effect() {
            match effect {
                Effect::Send { link, command } => self.sent.push((link, command)),
                Effect::Store { ticket, batch } => {
                    self.batches += 1;
                    self.waiting.push((ticket, batch));
                    if self.prompt {
                        self.store_all();
                    }
                }
                Effect::Page { ticket, container, after, max_count, .. } => {
                    let messages = self.page(&container, after, max_count);
                    self.pages.push((ticket, messages));
                    if !self.slow_pages {
                        self.answer_pages();
                    }
                }
                Effect::Close { link, .. } => self.closed.push(link),
                Effect::Pause { link } => self.paused.push(link),
                Effect::Resume { link } => self.paused.retain(|other| *other != link),
                Effect::Fail { .. } => self.failed = true,
            }
        }
    }

    pub(super) fn answer_pages(&mut self) {
        for (ticket, messages) in std::mem::take(&mut self.pages) {
            self.input(Input::Paged { ticket, messages });
        }
    }

    fn page(&self, container: &Container, after: u64, most: usize) -> Vec<StoredMessage> {
        let of = self
            .stored
            .iter()
            .filter(|((other, sequence), _)| other == container && *sequence > after);
        of.take(most)
            .map(|((_, sequence), blob)| StoredMessage { sequence: *sequence, blob: blob.clone() })
            .collect()
    }

    /// The store makes everything durable that it was handed.
    pub(super) fn store_all(&mut self) {
        for (ticket, batch) in std::mem::take(&mut self.waiting) {
            for change in batch.changes {
                match change {
                    Change::Add { container, sequence, blob, .. } => {
                        self.stored.insert((container, sequence), blob);
                    }
                    Change::Remove { container, sequence } => {
                        self.stored.remove(&(container, sequence));
                    }
                    _ => {}
                }
            }
            self.engine.handle(self.now, Input::Stored { ticket });
        }
        self.drain();
    }

    /// The store has no room for what waits, or fails for good.
    pub(super) fn fail_all(&mut self, full: bool) {
        for (ticket, _) in std::mem::take(&mut self.waiting) {
            let (path, detail) = ("rig".to_owned(), "as planned".to_owned());
            let error = if full {
                StoreError::Full { path, detail }
            } else {
                StoreError::Io { path, detail }
            };
            self.input(Input::StoreFailed { ticket, error: Arc::new(error) });
        }
    }

    pub(super) fn open(&mut self) -> Link {
        self.links += 1;
        let link = Link(self.links);
        self.input(Input::Opened { link, peer: "rig".to_owned() });
        link
    }

    pub(super) fn login(&mut self, link: Link, name: &str, reconnect: bool) -> Result<(), String> {
        let info = ConnectionInfo {
            connection_id: Some(ConnectionId::new(name)),
            client_id: Some(name.into()),
            fault_tolerant: true,
            failover_reconnect: reconnect,
            ..ConnectionInfo::default()
        };
        self.request(link, info)?;
        let session_id = Some(ConnectionId::new(name).session(1));
        self.request(link, SessionInfo { session_id, ..SessionInfo::default() })
    }

    pub(super) fn connect(&mut self, name: &str) -> Peer {
        let link = self.open();
        self.login(link, name, false).unwrap();
        let connection = ConnectionId::new(name);
        Peer { link, session: connection.session(1), connection }
    }

    pub(super) fn tell(&mut self, link: Link, command: impl Into<Command>) {
        self.input(Input::Received { link, commands: vec![command.into()] });
    }

    /// Waits for the answer; the class name of a refusal.
    pub(super) fn request(
        &mut self,
        link: Link,
        command: impl Into<Command>,
    ) -> Result<(), String> {
        let id = self.start(link, command);
        self.answer(id).expect("no answer")
    }

    /// Sends with a response required; the command's id.
    pub(super) fn start(&mut self, link: Link, command: impl Into<Command>) -> i32 {
        self.commands += 1;
        let mut command = command.into();
        command.set_request(self.commands, true);
        self.tell(link, command);
        self.commands
    }

    pub(super) fn answer(&self, id: i32) -> Option<Result<(), String>> {
        self.sent.iter().find_map(|(_, command)| match command {
            Command::Response(response) if response.correlation_id == id => Some(Ok(())),
            Command::ExceptionResponse(response) if response.correlation_id == id => {
                let class = response.exception.as_ref()?.class.as_ref()?;
                Some(Err(class.rsplit('.').next().unwrap().to_owned()))
            }
            _ => None,
        })
    }

    pub(super) fn producer(&mut self, peer: &Peer) -> ProducerId {
        let id = peer.session.producer(1);
        let info = ProducerInfo { producer_id: Some(id.clone()), ..ProducerInfo::default() };
        self.request(peer.link, info).unwrap();
        id
    }

    pub(super) fn consume(
        &mut self,
        peer: &Peer,
        number: i64,
        info: ConsumerInfo,
    ) -> Result<ConsumerId, String> {
        let id = peer.session.consumer(number);
        self.request(peer.link, ConsumerInfo { consumer_id: Some(id.clone()), ..info }).map(|()| id)
    }

    pub(super) fn consumer(&mut self, peer: &Peer, queue: &str, prefetch: i32) -> ConsumerId {
        self.consume(peer, 1, from(Destination::queue(queue), prefetch)).unwrap()
    }

    /// Dispatches since the last call: consumer, number of the message, redelivery counter.
    pub(super) fn dispatched(&mut self) -> Vec<(ConsumerId, Option<i64>, i32)> {
        let (dispatches, rest) = std::mem::take(&mut self.sent)
            .into_iter()
            .partition::<Vec<_>, _>(|(_, command)| matches!(command, Command::MessageDispatch(_)));
        self.sent = rest;
        dispatches.into_iter().filter_map(|(_, command)| seen(command)).collect()
    }

    pub(super) fn numbers(&mut self) -> Vec<i64> {
        self.dispatched().into_iter().filter_map(|(_, number, _)| number).collect()
    }

    pub(super) fn begin(&mut self, peer: &Peer, number: i64) -> TransactionId {
        let id = peer.connection.transaction(number);
        self.tell(peer.link, transaction(&id, TransactionInfo::BEGIN));
        id
    }
}

fn seen(command: Command) -> Option<(ConsumerId, Option<i64>, i32)> {
    let Command::MessageDispatch(MessageDispatch {
        consumer_id, message, redelivery_counter, ..
    }) = command
    else {
        return None;
    };
    let number = message.and_then(|it| it.message_id.as_ref().map(|id| id.producer_sequence_id));
    Some((consumer_id?, number, redelivery_counter))
}

pub(super) fn from(destination: Destination, prefetch: i32) -> ConsumerInfo {
    ConsumerInfo {
        destination: Some(destination),
        prefetch_size: prefetch,
        ..ConsumerInfo::default()
    }
}

pub(super) fn message(producer: &ProducerId, number: i64, to: Destination) -> Message {
    let mut message = Message::new_bytes(vec![7; 100]);
    message.producer_id = Some(producer.clone());
    message.message_id = Some(producer.message(number));
    message.destination = Some(to);
    message.persistent = true;
    message
}

pub(super) fn queued(producer: &ProducerId, number: i64) -> Message {
    message(producer, number, Destination::queue("q"))
}

pub(super) fn ack(
    consumer: &ConsumerId,
    kind: i8,
    first: &MessageId,
    last: &MessageId,
    count: i32,
) -> MessageAck {
    MessageAck {
        consumer_id: Some(consumer.clone()),
        ack_type: kind,
        first_message_id: Some(first.clone()),
        last_message_id: Some(last.clone()),
        message_count: count,
        ..MessageAck::default()
    }
}

pub(super) fn transaction(id: &TransactionId, transaction_type: i8) -> TransactionInfo {
    TransactionInfo {
        transaction_id: Some(id.clone()),
        transaction_type,
        ..TransactionInfo::default()
    }
}

//! The core in virtual time, against a broker played by the test.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use relaismq_openwire::{
    Command, ConnectionId, Destination, Message, MessageAck, MessageDispatch, Preferences,
    Response, TransactionInfo, destination::Kind,
};

use crate::options::{ConnectOptions, Endpoint, RedeliveryPolicy};
use crate::proto::{
    Client,
    event::Event,
    io::{
        Answer, ConsumerKey, ConsumerSpec, Delivery, Epoch, Failure, Input, Now, Output,
        ProducerKey, Request, RequestId, SessionKey, SessionMode,
    },
};

pub(super) const MS: Duration = Duration::from_millis(1);

pub(super) struct Rig {
    pub(super) core: Client,
    pub(super) start: Instant,
    pub(super) at: Duration,
    pub(super) next: u64,
    pub(super) epoch: Epoch,
    pub(super) sent: Vec<Command>,
    pub(super) answers: Vec<(RequestId, Result<Answer, Failure>)>,
    pub(super) events: Vec<Event>,
    pub(super) delivered: Vec<(ConsumerKey, Delivery)>,
    pub(super) again: Vec<(ConsumerKey, Vec<Delivery>)>,
    pub(super) dialled: Option<Epoch>,
    pub(super) ended: bool,
    /// Answers every command that wants one.
    pub(super) polite: bool,
}

impl Rig {
    pub(super) fn with(options: ConnectOptions) -> Self {
        let start = Instant::now_for_test();
        let now = Now { instant: start, unix_ms: 1_000_000 };
        Self {
            core: Client::new(options, ConnectionId::new("ID:rig"), 7, now),
            start,
            at: Duration::ZERO,
            next: 0,
            epoch: Epoch(0),
            sent: vec![],
            answers: vec![],
            events: vec![],
            delivered: vec![],
            again: vec![],
            dialled: None,
            ended: false,
            polite: true,
        }
    }
    pub(super) fn new() -> Self {
        let mut options = ConnectOptions::to([Endpoint::tcp("a", 1), Endpoint::tcp("b", 2)]);
        options.reconnect.randomize = false;
        options.reconnect.jitter = false;
        Self::with(options)
    }
    pub(super) fn connected() -> Self {
        let mut rig = Self::new();
        rig.reconnect();
        rig
    }
    pub(super) fn now(&self) -> Now {
        let ms = i64::try_from(self.at.as_millis()).unwrap();
        Now { instant: self.start + self.at, unix_ms: 1_000_000 + ms }
    }
    pub(super) fn feed(&mut self, input: Input) {
        let now = self.now();
        self.core.handle(now, input);
        self.drain();
    }
    pub(super) fn receive(&mut self, command: impl Into<Command>) {
        self.feed(Input::Received(self.epoch, command.into()));
    }
    pub(super) fn drain(&mut self) {
        while let Some(output) = self.core.poll_output() {
            match output {
                Output::Dial(epoch, _) => self.dialled = Some(epoch),
                Output::Send(epoch, command) => {
                    let wants = command.response_required().then(|| command.command_id()).flatten();
                    self.sent.push(command);
                    if let Some(id) = wants.filter(|_| self.polite && epoch == self.epoch) {
                        let now = self.now();
                        self.core.handle(now, Input::Received(epoch, ok(id)));
                    }
                }
                Output::Answer(id, answer) => self.answers.push((id, answer)),
                Output::Deliver(key, delivery) => self.delivered.push((key, delivery)),
                Output::Redeliver(key, deliveries) => self.again.push((key, deliveries)),
                Output::Notify(event) => self.events.push(event),
                Output::Ended(_) => self.ended = true,
                _ => {}
            }
        }
    }
    /// Lets time pass, timer by timer.
    pub(super) fn pass(&mut self, time: Duration) {
        let end = self.at + time;
        for _ in 0..10_000 {
            let Some(due) = self.core.poll_timeout() else { break };
            let due = due.saturating_duration_since(self.start);
            if due > end {
                break;
            }
            self.at = self.at.max(due);
            let now = self.now();
            self.core.handle_timeout(now);
            self.drain();
        }
        // No call the core did not ask for: a driver makes none either.
        self.at = end;
    }
    pub(super) fn dial(&mut self) {
        for _ in 0..100 {
            if self.dialled.is_some() {
                break;
            }
            self.pass(10 * MS);
        }
        self.epoch = self.dialled.take().expect("a dial");
        self.feed(Input::Dialled(self.epoch));
    }
    /// Dials and introduces the broker; what follows depends on `polite`.
    pub(super) fn reconnect(&mut self) {
        self.dial();
        let info = Preferences::broker().to_info().unwrap();
        self.receive(info);
    }
    pub(super) fn lose(&mut self) {
        self.feed(Input::Lost(self.epoch, "cut".into()));
        self.sent.clear();
    }
    pub(super) fn ask_by(&mut self, request: Request, deadline: Option<Duration>) -> RequestId {
        self.next += 1;
        let id = RequestId(self.next);
        let deadline = deadline.map(|after| self.start + self.at + after);
        self.feed(Input::Submit { id: Some(id), request, deadline });
        id
    }
    pub(super) fn ask(&mut self, request: Request) -> RequestId {
        self.ask_by(request, None)
    }
    pub(super) fn answer(&self, id: RequestId) -> Option<Result<Answer, Failure>> {
        self.answers.iter().find(|(other, _)| *other == id).map(|(_, answer)| answer.clone())
    }
    pub(super) fn session(&mut self, mode: SessionMode) -> SessionKey {
        let id = self.ask(Request::OpenSession(mode));
        match self.answer(id) {
            Some(Ok(Answer::Session(key))) => key,
            other => panic!("{other:?}"),
        }
    }
    pub(super) fn producer(&mut self, session: SessionKey) -> ProducerKey {
        let destination = Some(queue());
        let id = self.ask(Request::OpenProducer { session, destination, dispatch_async: false });
        match self.answer(id) {
            Some(Ok(Answer::Producer(key))) => key,
            other => panic!("{other:?}"),
        }
    }
    pub(super) fn consumer_with(&mut self, session: SessionKey, prefetch: u16) -> ConsumerKey {
        let spec = Box::new(spec(prefetch));
        let id = self.ask(Request::OpenConsumer { session, spec });
        match self.answer(id) {
            Some(Ok(Answer::Consumer(key))) => key,
            other => panic!("{other:?}"),
        }
    }
    pub(super) fn consumer(&mut self, session: SessionKey) -> ConsumerKey {
        self.consumer_with(session, 100)
    }
    pub(super) fn send(&mut self, producer: ProducerKey, confirm: bool) -> RequestId {
        let message = Arc::new(Message { persistent: true, ..Message::default() });
        self.ask(Request::Send { producer, message, time_to_live: None, stamp: true, confirm })
    }
    pub(super) fn dispatch_as(
        &mut self,
        session: SessionKey,
        consumer: ConsumerKey,
        n: i64,
        counter: i32,
    ) {
        let expiration = 0;
        self.dispatch_full(session, consumer, n, counter, expiration);
    }
    pub(super) fn dispatch_full(
        &mut self,
        s: SessionKey,
        c: ConsumerKey,
        n: i64,
        counter: i32,
        exp: i64,
    ) {
        let other = ConnectionId::new("ID:other").session(1).producer(1);
        let message = Message {
            message_id: Some(other.message(n)),
            producer_id: Some(other),
            expiration: exp,
            ..Message::default()
        };
        self.receive(MessageDispatch {
            consumer_id: Some(ConnectionId::new("ID:rig").session(s.0).consumer(c.0)),
            destination: Some(queue()),
            message: Some(Arc::new(message)),
            redelivery_counter: counter,
            ..MessageDispatch::default()
        });
    }
    pub(super) fn dispatch(&mut self, session: SessionKey, consumer: ConsumerKey, n: i64) {
        self.dispatch_as(session, consumer, n, 0);
    }
    pub(super) fn nothing(&mut self, session: SessionKey, consumer: ConsumerKey) {
        self.receive(MessageDispatch {
            consumer_id: Some(ConnectionId::new("ID:rig").session(session.0).consumer(consumer.0)),
            ..MessageDispatch::default()
        });
    }
    pub(super) fn take(&mut self, consumer: ConsumerKey, through: u64) {
        let epoch = self.epoch;
        let request = Request::Consumed { consumer, epoch, through };
        self.feed(Input::Submit { id: None, request, deadline: None });
    }
    pub(super) fn names(&self) -> Vec<&'static str> {
        self.sent.iter().map(Command::name).collect()
    }
    pub(super) fn count(&self, name: &str) -> usize {
        self.names().into_iter().filter(|other| *other == name).count()
    }
    pub(super) fn messages(&self) -> usize {
        self.sent.iter().filter(|it| matches!(it, Command::Message(_))).count()
    }
    pub(super) fn acks(&self) -> Vec<&MessageAck> {
        let acks = self.sent.iter();
        acks.filter_map(|it| if let Command::MessageAck(ack) = it { Some(&**ack) } else { None })
            .collect()
    }
    pub(super) fn begins(&self) -> usize {
        let of = |it: &&Command| matches!(it, Command::TransactionInfo(info) if info.transaction_type == TransactionInfo::BEGIN);
        self.sent.iter().filter(of).count()
    }
    /// Answers, in order, everything sent and unanswered from place `from` on.
    pub(super) fn answer_from(&mut self, from: usize) {
        let ids: Vec<i32> = self.sent[from..]
            .iter()
            .filter(|it| it.response_required())
            .filter_map(Command::command_id)
            .collect();
        self.polite = true;
        for id in ids {
            self.receive(ok(id));
        }
    }
    pub(super) fn answer_all(&mut self) {
        self.answer_from(0);
    }
    /// Brings the link back up to the restore, which is left unanswered.
    pub(super) fn reconnect_half(&mut self) {
        self.polite = false;
        self.reconnect();
        let login = self.sent.iter().rev().find(|it| matches!(it, Command::ConnectionInfo(_)));
        let login = login.and_then(Command::command_id).unwrap();
        self.receive(ok(login));
    }
}

pub(super) trait NowForTest {
    fn now_for_test() -> Self;
}
impl NowForTest for Instant {
    #[allow(clippy::disallowed_methods, reason = "an Instant has no other beginning")]
    fn now_for_test() -> Self {
        Self::now()
    }
}

pub(super) fn ok(id: i32) -> Command {
    Response { correlation_id: id, ..Response::default() }.into()
}
pub(super) fn queue() -> Destination {
    Destination { kind: Kind::Queue, name: "Q".into() }
}
pub(super) fn spec(prefetch: u16) -> ConsumerSpec {
    ConsumerSpec {
        destination: queue(),
        selector: None,
        prefetch,
        maximum_pending: 0,
        durable: None,
        browser: false,
        no_local: false,
        exclusive: false,
        retroactive: false,
        dispatch_async: true,
        priority: 0,
        check_expiry: true,
        confirm_acks: true,
        redelivery: RedeliveryPolicy::default(),
    }
}

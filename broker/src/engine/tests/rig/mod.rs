//! One broker in virtual time. Nothing happens by itself: a test says what clients do (`peer`,
//! `producer`, `consumer`, `transaction`), when the store answers (`store`), and how much time passes.

mod commands;
mod consumer;
mod marks;
mod peer;
mod producer;
mod store;
mod transaction;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use relaismq_openwire::Command;

use self::store::Request;
pub(crate) use self::{
    commands::Answer,
    consumer::{Consumer, Delivery},
    marks::Marks,
    peer::Peer,
    producer::Producer,
    transaction::transaction,
};
use crate::{
    engine::{
        Engine, Settings, WhenFull,
        io::{Effect, Input, Link, Parting, Question, Report, Ticket, Token},
    },
    model::{Batch, Now, StoredMessage},
    store::memory::MemoryStore,
};

/// One broker, its store and everything that its clients have been sent.
#[derive(Debug)]
pub(crate) struct Rig {
    pub(crate) engine: Engine,
    settings: Settings,
    pub(crate) now: Now,
    /// Why the engine has given up.
    pub(crate) failed: Option<String>,

    store: MemoryStore,
    waiting: VecDeque<Request>,
    /// The store takes requests and answers none.
    pub(crate) frozen: bool,
    /// What only keeps transient messages is done last.
    pub(crate) overtaking: bool,
    /// The store has no room for anything that adds a message.
    pub(crate) full: bool,
    /// The last batch that found no room in it.
    no_room_since: Ticket,
    /// Nor for marks of what consumers are given.
    pub(crate) full_for_marks: bool,
    /// The store reads pages when it is asked to; [`Rig::answer_pages`] delivers them. What it
    /// commits meanwhile it reports first: the engine may not rely on the order.
    pub(crate) slow_pages: bool,
    pages: Vec<(Ticket, Vec<StoredMessage>)>,
    /// Everything that the store has kept, in order.
    pub(crate) batches: Vec<Batch>,
    pub(crate) marks: Marks,

    /// What clients have been sent, and no test has looked at.
    inboxes: BTreeMap<Link, VecDeque<Command>>,
    /// Clients that do not read, and what each is owed.
    pub(crate) slow: BTreeMap<Link, usize>,
    /// Clients that are not read from.
    pub(crate) paused: BTreeSet<Link>,
    /// Connections that the broker has closed.
    pub(crate) closed: BTreeSet<Link>,
    /// What it was told.
    reports: Vec<Report>,
    last_link: u64,
    last_command: i32,
}

/// When tests begin, in milliseconds since 1970.
pub(crate) const START: i64 = 1_700_000_000_000;

impl Rig {
    pub(crate) fn new() -> Self {
        Self::with(Settings::default())
    }

    /// A broker that tells senders when there is no room.
    pub(crate) fn refusing() -> Self {
        Self::with(Settings { when_full: WhenFull::Refuse, ..Settings::default() })
    }

    pub(crate) fn with(settings: Settings) -> Self {
        let now = Now { monotonic: Duration::ZERO, unix_ms: START };
        Self {
            engine: Engine::new(settings.clone(), "test", "tcp://broker:61616", now),
            settings,
            now,
            failed: None,
            store: MemoryStore::new(),
            waiting: VecDeque::new(),
            frozen: false,
            overtaking: false,
            full: false,
            no_room_since: Ticket::default(),
            full_for_marks: false,
            slow_pages: false,
            pages: Vec::new(),
            batches: Vec::new(),
            marks: Marks::default(),
            inboxes: BTreeMap::new(),
            slow: BTreeMap::new(),
            paused: BTreeSet::new(),
            closed: BTreeSet::new(),
            reports: Vec::new(),
            last_link: 0,
            last_command: 0,
        }
    }

    /// Something happens to the engine, and all that follows from it.
    pub(crate) fn feed(&mut self, input: Input) {
        self.engine.handle(self.now, input);
        self.pump();
    }

    /// Asks the engine, which answers at once, or as soon as the store has answered.
    pub(crate) fn ask(&mut self, question: Question) -> Report {
        self.ask_for_later(question);
        self.told().expect("an answer")
    }

    pub(crate) fn ask_for_later(&mut self, question: Question) {
        self.feed(Input::Ask { token: Token(1), question });
    }

    /// The answer, if it has come.
    pub(crate) fn told(&mut self) -> Option<Report> {
        self.reports.pop()
    }

    /// Bytes of messages that wait in memory, and that are in flight.
    pub(crate) fn memory(&mut self) -> (usize, usize) {
        match self.ask(Question::Memory) {
            Report::Memory { waiting, in_flight } => (waiting, in_flight),
            other => panic!("another answer: {other:?}"),
        }
    }

    /// Lets time pass; the engine is woken whenever it asked for it.
    pub(crate) fn advance(&mut self, duration: Duration) {
        let end = self.now.monotonic + duration;
        while let Some(due) = self.engine.poll_timeout().filter(|due| *due <= end) {
            self.set_time(due.max(self.now.monotonic));
            self.engine.handle_timeout(self.now);
            self.pump();
        }
        self.set_time(end);
    }

    fn set_time(&mut self, monotonic: Duration) {
        let passed = monotonic.checked_sub(self.now.monotonic).expect("time goes forward");
        self.now.monotonic = monotonic;
        self.now.unix_ms += i64::try_from(passed.as_millis()).expect("a short time");
    }

    pub(crate) fn pump(&mut self) {
        self.carry_out();
        while !self.frozen && self.answer_one() {}
    }

    /// Does what the engine wants, as often as that makes it want more.
    fn carry_out(&mut self) {
        let mut written: BTreeMap<Link, usize> = BTreeMap::new();
        while let Some(effect) = self.engine.poll_effect() {
            self.marks.observe(&effect);
            match effect {
                Effect::Send { link, command, bytes } => {
                    match self.slow.get_mut(&link) {
                        Some(owed) => *owed += bytes,
                        None => *written.entry(link).or_default() += bytes,
                    }
                    self.inboxes.entry(link).or_default().push_back(command);
                }
                Effect::Pause { link } => assert!(self.paused.insert(link), "paused twice"),
                Effect::Resume { link } => assert!(self.paused.remove(&link), "resumed twice"),
                Effect::Close { link, .. } => {
                    self.closed.insert(link);
                    self.engine.handle(self.now, Input::Closed { link, parting: Parting::Orderly });
                }
                Effect::Fail { reason } => self.failed = Some(reason),
                Effect::Tell { report, .. } => self.reports.push(report),
                for_the_store => self.waiting.extend(Request::new(for_the_store)),
            }
        }
        if !written.is_empty() {
            for (link, bytes) in written {
                self.engine.handle(self.now, Input::Written { link, bytes });
            }
            self.carry_out();
        }
    }
}

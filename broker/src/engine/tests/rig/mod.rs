//! Engine, clock and store of a test.

mod peer;

pub(crate) use self::peer::{Answer, Consumer, Delivery, Peer, Producer, transaction};

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use relaismq_openwire::{Command, MessageDispatch};

use crate::{
    engine::{
        Engine, Settings,
        io::{Effect, Input, Link, Ticket, weight},
    },
    model::{Batch, Change, Container, Now, StoredMessage},
    store::{Store, StoreError, memory::MemoryStore},
};

/// One broker, its store and everything that its clients have been sent.
#[derive(Debug)]
pub(crate) struct Rig {
    pub(crate) engine: Engine,
    pub(crate) now: Now,
    settings: Settings,
    store: MemoryStore,
    waiting: VecDeque<Request>,
    /// The store takes requests and answers none.
    pub(crate) frozen: bool,
    /// The store has no room for anything that adds a message.
    pub(crate) full: bool,
    /// The store reads pages when it is asked to; [`Rig::answer_pages`] delivers them. What it
    /// commits meanwhile it reports first: the engine may not rely on the order.
    pub(crate) slow_pages: bool,
    pages: Vec<(Ticket, Vec<StoredMessage>)>,
    /// Everything that the store has kept, in order.
    pub(crate) batches: Vec<Batch>,
    pub(crate) inboxes: BTreeMap<Link, VecDeque<Command>>,
    /// Clients that do not read.
    pub(crate) slow: BTreeMap<Link, usize>,
    pub(crate) closed: BTreeSet<Link>,
    pub(crate) paused: BTreeSet<Link>,
    pub(crate) failed: Option<String>,
    pub(super) last_link: u64,
    pub(super) last_command: i32,
}

#[derive(Debug)]
enum Request {
    Commit(Ticket, Batch),
    Page { ticket: Ticket, container: Container, after: u64, max_count: usize, max_bytes: usize },
}

/// When tests begin, in milliseconds since 1970.
pub(crate) const START: i64 = 1_700_000_000_000;

impl Rig {
    pub(crate) fn new() -> Self {
        Self::with(Settings::default())
    }

    pub(crate) fn with(settings: Settings) -> Self {
        let now = Now { monotonic: Duration::ZERO, unix_ms: START };
        Self {
            engine: Engine::new(settings.clone(), "test", "tcp://broker:61616", now),
            now,
            settings,
            store: MemoryStore::new(),
            waiting: VecDeque::new(),
            frozen: false,
            full: false,
            slow_pages: false,
            pages: Vec::new(),
            batches: Vec::new(),
            inboxes: BTreeMap::new(),
            slow: BTreeMap::new(),
            closed: BTreeSet::new(),
            paused: BTreeSet::new(),
            failed: None,
            last_link: 0,
            last_command: 0,
        }
    }

    pub(crate) fn feed(&mut self, input: Input) {
        self.engine.handle(self.now, input);
        self.pump();
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

    /// Answers what the store has been asked, in order.
    pub(crate) fn thaw(&mut self) {
        self.frozen = false;
        self.pump();
    }

    /// Answers the oldest request only; false if there is none.
    pub(crate) fn answer_one(&mut self) -> bool {
        let Some(request) = self.waiting.pop_front() else { return false };
        self.answer(request);
        self.carry_out();
        true
    }

    /// Delivers the pages that have been read.
    pub(crate) fn answer_pages(&mut self) {
        for (ticket, messages) in std::mem::take(&mut self.pages) {
            self.feed(Input::Paged { ticket, messages });
        }
    }

    /// The process dies: what the store has not confirmed may be lost. `written` of its unanswered
    /// batches have reached the disk all the same.
    pub(crate) fn crash(&mut self, written: usize) {
        for request in self.waiting.drain(..).take(written) {
            if let Request::Commit(_, batch) = request {
                self.store.commit(&[batch]).expect("memory never fails");
            }
        }
        self.reopen();
    }

    /// An orderly end, and a new start.
    pub(crate) fn restart(&mut self) {
        self.engine.flush();
        self.thaw();
        self.store.close().expect("memory never fails");
        self.reopen();
    }

    fn reopen(&mut self) {
        self.waiting.clear();
        self.inboxes.clear();
        self.slow.clear();
        self.paused.clear();
        self.pages.clear();
        (self.frozen, self.full, self.slow_pages) = (false, false, false);
        self.engine = Engine::new(self.settings.clone(), "test", "tcp://broker:61616", self.now);
        let recovered = self.store.recover().expect("memory never fails");
        self.engine.restore(recovered);
        self.pump();
    }

    /// Messages that the store keeps in `container`.
    pub(crate) fn kept(&mut self, container: &Container) -> usize {
        self.engine.flush();
        self.pump();
        self.store.page(container, 0, usize::MAX, usize::MAX).expect("memory never fails").len()
    }

    pub(crate) fn kept_texts(&mut self, name: &str) -> Vec<String> {
        self.engine.flush();
        self.pump();
        let container = Container::Queue(name.to_owned());
        let page = self.store.page(&container, 0, usize::MAX, usize::MAX);
        let messages = page.expect("memory never fails");
        let text = |stored: &StoredMessage| {
            let message = relaismq_openwire::decode_stored(&stored.blob).expect("a message");
            message.body_text().expect("text").unwrap_or_default().to_string()
        };
        messages.iter().map(text).collect()
    }

    pub(crate) fn kept_in_queue(&mut self, name: &str) -> usize {
        self.kept(&Container::Queue(name.to_owned()))
    }

    /// A client reads everything that it was sent, and goes on reading.
    pub(crate) fn read_again(&mut self, link: Link) {
        if let Some(bytes) = self.slow.remove(&link) {
            self.feed(Input::Written { link, bytes });
        }
    }

    /// Takes what was sent to a client and fits.
    pub(crate) fn take<T>(
        &mut self,
        link: Link,
        fits: impl Fn(&Command) -> Option<T>,
    ) -> VecDeque<T> {
        let mut taken = VecDeque::new();
        if let Some(inbox) = self.inboxes.get_mut(&link) {
            inbox.retain(|command| match fits(command) {
                Some(it) => {
                    taken.push_back(it);
                    false
                }
                None => true,
            });
        }
        taken
    }

    pub(crate) fn dispatches(&mut self, link: Link) -> VecDeque<MessageDispatch> {
        self.take(link, |command| match command {
            Command::MessageDispatch(dispatch) => Some(dispatch.clone()),
            _ => None,
        })
    }

    pub(crate) fn pump(&mut self) {
        self.carry_out();
        while !self.frozen && self.answer_one() {}
    }

    fn carry_out(&mut self) {
        let mut written: BTreeMap<Link, usize> = BTreeMap::new();
        while let Some(effect) = self.engine.poll_effect() {
            match effect {
                Effect::Send { link, command } => {
                    let bytes = weight(&command);
                    match self.slow.get_mut(&link) {
                        Some(owed) => *owed += bytes,
                        None => *written.entry(link).or_default() += bytes,
                    }
                    self.inboxes.entry(link).or_default().push_back(command);
                }
                Effect::Store { ticket, batch } => {
                    self.waiting.push_back(Request::Commit(ticket, batch));
                }
                Effect::Page { ticket, container, after, max_count, max_bytes } => {
                    self.waiting.push_back(Request::Page {
                        ticket,
                        container,
                        after,
                        max_count,
                        max_bytes,
                    });
                }
                Effect::Pause { link } => assert!(self.paused.insert(link), "paused twice"),
                Effect::Resume { link } => assert!(self.paused.remove(&link), "resumed twice"),
                Effect::Close { link, .. } => {
                    self.closed.insert(link);
                    self.engine.handle(self.now, Input::Closed { link });
                }
                Effect::Fail { reason } => self.failed = Some(reason),
            }
        }
        if !written.is_empty() {
            for (link, bytes) in written {
                self.engine.handle(self.now, Input::Written { link, bytes });
            }
            self.carry_out();
        }
    }

    fn answer(&mut self, request: Request) {
        let input = match request {
            Request::Commit(ticket, batch) if self.full && adds(&batch) => {
                Input::StoreFailed { ticket, error: Arc::new(full()) }
            }
            Request::Commit(ticket, batch) => {
                self.store.commit(std::slice::from_ref(&batch)).expect("memory never fails");
                self.batches.push(batch);
                Input::Stored { ticket }
            }
            Request::Page { ticket, container, after, max_count, max_bytes } => {
                let page = self.store.page(&container, after, max_count, max_bytes);
                let messages = page.expect("memory never fails");
                if self.slow_pages {
                    self.pages.push((ticket, messages));
                    return;
                }
                Input::Paged { ticket, messages }
            }
        };
        self.engine.handle(self.now, input);
    }

    /// The next answer of the store is an error after which it is useless.
    pub(crate) fn break_store(&mut self) {
        let Some(Request::Commit(ticket, _)) = self.waiting.pop_front() else {
            panic!("the store has not been asked to keep anything")
        };
        let error =
            StoreError::Io { path: "/data".to_owned(), detail: "input/output error".to_owned() };
        self.feed(Input::StoreFailed { ticket, error: Arc::new(error) });
    }
}

fn adds(batch: &Batch) -> bool {
    batch.changes.iter().any(|change| matches!(change, Change::Add { .. }))
}

fn full() -> StoreError {
    StoreError::Full { path: "/data".to_owned(), detail: "no space left on device".to_owned() }
}

//! Virtual time, the network, and the application.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::{Duration, Instant},
};

use relaismq_openwire::{Command, ConnectionId};

use super::{
    broker::{Broker, Script},
    inbox::Inbox,
    store::Store,
};
use crate::{
    options::{ConnectOptions, Endpoint},
    proto::{
        Client,
        event::Event,
        io::{Answer, ConsumerKey, Epoch, Failure, Input, Now, Output, Request, RequestId},
    },
};

/// More than any scenario needs.
const STEPS: usize = 20_000;

#[derive(Debug)]
pub(super) struct World {
    pub(super) client: Client,
    pub(super) now: Now,
    start: Instant,
    pub(super) brokers: BTreeMap<String, Broker>,
    pub(super) store: Store,
    /// The open sockets, oldest first; one for each broker at most.
    pub(super) links: Vec<(Epoch, String)>,
    /// Sockets on their way, and when they are open.
    pub(super) dialling: Vec<(Instant, Epoch, String)>,
    pub(super) answers: BTreeMap<RequestId, Result<Answer, Failure>>,
    asked: u64,
    pub(super) events: Vec<Event>,
    pub(super) inboxes: BTreeMap<ConsumerKey, Inbox>,
    pub(super) ended: bool,
    /// Brokers dialled, in order.
    pub(super) dials: Vec<String>,
    /// What the file with the broker list has.
    pub(super) list: Result<String, String>,
    /// Times that it was read.
    pub(super) reads: u32,
    /// Sockets to these hosts neither open nor fail.
    pub(super) black_holes: Vec<String>,
    /// Brokers that cannot be used, and why.
    pub(super) spoilt: BTreeMap<String, String>,
    /// Attempts that neither open nor fail.
    pub(super) swallowed: Vec<Epoch>,
    /// How long sockets to these hosts take to open.
    pub(super) far: BTreeMap<String, Duration>,
    /// What is written arrives a step later, or never.
    pub(super) slow: bool,
    pub(super) on_the_way: VecDeque<(Epoch, Command)>,
}

/// Options without jitter, for brokers of these names.
pub(super) fn options(hosts: &[&str]) -> ConnectOptions {
    let mut options =
        ConnectOptions::to(hosts.iter().map(|host| Endpoint::tcp(host, Endpoint::DEFAULT_PORT)));
    options.reconnect = options.reconnect.jitter(false).randomize(false);
    options
}

impl World {
    /// The host of the link in use, or of the one that is furthest.
    pub(super) fn link(&self) -> Option<(Epoch, String)> {
        let current = self.client.epoch();
        self.links.iter().find(|(epoch, _)| *epoch == current).or(self.links.first()).cloned()
    }

    /// With brokers `a` and `b`, both up.
    pub(super) fn new() -> Self {
        Self::with(options(&["a", "b"]))
    }

    #[allow(clippy::disallowed_methods, reason = "tests need some origin of time")]
    pub(super) fn with(options: ConnectOptions) -> Self {
        let start = Instant::now();
        let now = Now { instant: start, unix_ms: 1_700_000_000_000 };
        let hosts = options.endpoints.iter().map(|it| it.address.host().to_owned());
        let broker = || Broker { up: true, ..Broker::default() };
        let brokers = hosts.map(|host| (host, broker())).collect();
        let client = Client::new(options, ConnectionId::new("ID:c"), 7, now);
        Self {
            client,
            now,
            start,
            brokers,
            store: Store::default(),
            links: Vec::new(),
            dialling: Vec::new(),
            answers: BTreeMap::new(),
            asked: 0,
            events: Vec::new(),
            inboxes: BTreeMap::new(),
            ended: false,
            dials: Vec::new(),
            list: Ok(String::new()),
            reads: 0,
            black_holes: Vec::new(),
            spoilt: BTreeMap::new(),
            swallowed: Vec::new(),
            far: BTreeMap::new(),
            slow: false,
            on_the_way: VecDeque::new(),
        }
    }

    /// Time since the beginning, in milliseconds.
    pub(super) fn elapsed(&self) -> u128 {
        (self.now.instant - self.start).as_millis()
    }

    pub(super) fn broker(&mut self, host: &str) -> &mut Broker {
        self.brokers.get_mut(host).unwrap()
    }

    pub(super) fn script(&mut self, host: &str, script: Script) {
        self.broker(host).scripts.push(script);
    }

    pub(super) fn input(&mut self, input: Input) {
        self.client.handle(self.now, input);
        self.outputs();
    }

    /// Asks without letting anything else happen.
    pub(super) fn submit(&mut self, request: Request, limit: Option<Duration>) -> RequestId {
        self.asked += 1;
        let id = RequestId(self.asked);
        let deadline = limit.map(|limit| self.now.instant + limit);
        self.input(Input::Submit { id: Some(id), request, deadline });
        id
    }

    /// Asks, and lets everything happen that follows at once.
    pub(super) fn ask(&mut self, request: Request) -> RequestId {
        let id = self.submit(request, None);
        self.settle();
        id
    }

    pub(super) fn answer(&self, id: RequestId) -> Option<&Result<Answer, Failure>> {
        self.answers.get(&id)
    }

    #[track_caller]
    pub(super) fn done(&self, id: RequestId) -> Answer {
        self.answers.get(&id).expect("no answer").clone().expect("refused")
    }

    #[track_caller]
    pub(super) fn failed(&self, id: RequestId) -> Failure {
        self.answers.get(&id).expect("no answer").clone().expect_err("done")
    }

    /// Does what the client wants done.
    pub(super) fn outputs(&mut self) {
        while let Some(output) = self.client.poll_output() {
            let refusal = matches!(&output, Output::Answer(..));
            assert!(refusal || !self.ended, "after the end: {output:?}");
            match output {
                Output::ReadList(_) => {
                    self.reads += 1;
                    self.client.handle(self.now, Input::ListRead(self.list.clone()));
                }
                Output::Dial(epoch, endpoint) => self.dial(epoch, endpoint.address.host()),
                Output::Send(epoch, command) => self.carry(epoch, &command),
                Output::Agree(..) => {}
                Output::HangUp(epoch) => self.hang_up(epoch),
                Output::Answer(id, answer) => {
                    let before = self.answers.insert(id, answer);
                    assert!(before.is_none(), "answered twice: {before:?}");
                }
                Output::Deliver(key, delivery) => self.inbox(key).deliver(delivery),
                Output::Redeliver(key, deliveries) => self.inbox(key).redeliver(deliveries),
                Output::Hold(key) => self.inbox(key).held = true,
                Output::Discard(key) => self.inbox(key).discard(),
                Output::EndOfBrowse(key) => self.inbox(key).browsed = true,
                Output::ConsumerEnded(key, failure) => self.inbox(key).ended = Some(failure),
                Output::Notify(event) => self.events.push(event),
                Output::Ended(_) => self.ended = true,
            }
        }
    }

    pub(super) fn inbox(&mut self, key: ConsumerKey) -> &mut Inbox {
        self.inboxes.entry(key).or_default()
    }

    /// Lets everything happen that needs no time.
    pub(super) fn settle(&mut self) {
        self.outputs();
        for _ in 0..STEPS {
            let due = self.client.poll_timeout().is_some_and(|due| due <= self.now.instant);
            if due {
                self.client.handle_timeout(self.now);
                self.outputs();
            }
            if !self.network_step() && !due {
                return;
            }
        }
        panic!("never settles: {:?}", self.events.last());
    }

    fn next_due(&self) -> Option<Instant> {
        let pulls = self.brokers.values().flat_map(|broker| &broker.pulls).map(|(due, _)| *due);
        let linked = self.links.iter().filter_map(|(_, host)| self.brokers.get(host));
        let beats = linked.filter_map(|broker| broker.monitor).map(|monitor| monitor.next());
        let opening = self.dialling.iter().map(|(due, ..)| *due);
        pulls.chain(self.client.poll_timeout()).chain(beats).chain(opening).min()
    }

    fn jump(&mut self, to: Instant) {
        let by = to.saturating_duration_since(self.now.instant);
        self.now.unix_ms += i64::try_from(by.as_millis()).unwrap();
        self.now.instant = to.max(self.now.instant);
        self.settle();
    }

    /// Jumps from deadline to deadline until something is so.
    #[track_caller]
    pub(super) fn run_until(&mut self, mut so: impl FnMut(&mut Self) -> bool) {
        self.settle();
        for _ in 0..STEPS {
            if so(self) {
                return;
            }
            let due = self.next_due().expect("nothing more will ever happen");
            self.jump(due);
        }
        panic!("never so: {:#?}", self.events);
    }

    /// Lets time pass, and nothing happen on the network meanwhile.
    pub(super) fn pass(&mut self, by: Duration) {
        let end = self.now.instant + by;
        for _ in 0..STEPS {
            let due = self.client.poll_timeout().filter(|due| *due <= end);
            let to = due.unwrap_or(end).max(self.now.instant);
            self.now.unix_ms += i64::try_from((to - self.now.instant).as_millis()).unwrap();
            self.now.instant = to;
            if due.is_none() {
                return;
            }
            self.client.handle_timeout(self.now);
            self.outputs();
        }
        panic!("time stands still: {:?}", self.events.last());
    }

    /// Lets time pass.
    pub(super) fn advance(&mut self, by: Duration) {
        let end = self.now.instant + by;
        self.settle();
        while let Some(due) = self.next_due().filter(|due| *due <= end) {
            self.jump(due);
        }
        self.jump(end);
    }

    /// Nothing was done that a broker objects to, nobody waits in vain, and the events make sense.
    #[track_caller]
    pub(super) fn finish(&self) {
        self.finish_without(&BTreeSet::new());
    }

    /// As [`Self::finish`]; these were cancelled, so that they need no answer.
    #[track_caller]
    pub(super) fn finish_without(&self, cancelled: &BTreeSet<RequestId>) {
        assert!(self.store.violations.is_empty(), "{:#?}", self.store.violations);
        super::grammar::check(&self.events);
        if self.ended {
            let unanswered: Vec<u64> = (1..=self.asked)
                .filter(|id| {
                    !self.answers.contains_key(&RequestId(*id))
                        && !cancelled.contains(&RequestId(*id))
                })
                .collect();
            assert!(unanswered.is_empty(), "never answered: {unanswered:?}");
        }
    }
}

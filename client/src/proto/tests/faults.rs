//! Anything may happen at any time, and still: every request is answered once, what was confirmed is
//! stored once and in order, transactions are all or nothing, nothing is acknowledged that nobody
//! took, and at the end everything can be consumed.

use std::collections::{BTreeMap, BTreeSet};

use relaismq_openwire::{ConnectionControl, MessageId};

use super::{
    broker::{Script, first},
    play::{millis, queue, send},
    world::{World, options},
};
use crate::{
    options::RedeliveryPolicy,
    proto::{
        io::{
            Answer, ConsumerKey, ConsumerSpec, Input, ProducerKey, Request, RequestId, SessionKey,
            SessionMode,
        },
        random::SplitMix64,
    },
};

/// What an application did in a transaction.
#[derive(Clone, Debug, Default)]
pub(super) struct Work {
    pub(super) sent: Vec<RequestId>,
    pub(super) taken: Vec<MessageId>,
}

#[derive(Debug)]
pub(super) struct Chaos {
    pub(super) world: World,
    pub(super) random: SplitMix64,
    pub(super) modes: BTreeMap<SessionKey, SessionMode>,
    pub(super) producers: BTreeMap<ProducerKey, SessionKey>,
    pub(super) consumers: BTreeMap<ConsumerKey, SessionKey>,
    pub(super) work: BTreeMap<SessionKey, Work>,
    /// Requests by what they are for.
    pub(super) sessions: BTreeMap<RequestId, SessionMode>,
    pub(super) opening: BTreeMap<RequestId, SessionKey>,
    pub(super) sends: BTreeSet<RequestId>,
    pub(super) commits: BTreeMap<RequestId, Work>,
    /// Acknowledgements, of which message.
    pub(super) acks: BTreeMap<RequestId, MessageId>,
    pub(super) cancelled: BTreeSet<RequestId>,
    pub(super) noted: BTreeSet<RequestId>,
}

const MODES: [SessionMode; 4] =
    [SessionMode::Auto, SessionMode::Client, SessionMode::Individual, SessionMode::Transacted];
const FATAL: [&str; 8] = [
    "WireFormatInfo",
    "ConnectionInfo",
    "SessionInfo",
    "ConsumerInfo",
    "ActiveMQMessage",
    "TransactionInfo",
    "MessageAck",
    "RemoveInfo",
];

impl Chaos {
    fn new(seed: u64) -> Self {
        let mut options = options(&["a", "b"]);
        // Sockets to both brokers, and moves between them, as often as can be.
        options.reconnect.backup = seed.is_multiple_of(3);
        options.reconnect.priority_backup = seed.is_multiple_of(4);
        options.reconnect.dwell_time = millis(seed % 5 * 30);
        options.reconnect.drain_time = millis(seed % 7 * 20);
        let mut world = World::with(options);
        world.slow = true;
        Self {
            world,
            random: SplitMix64::new(seed),
            modes: BTreeMap::new(),
            producers: BTreeMap::new(),
            consumers: BTreeMap::new(),
            work: BTreeMap::new(),
            sessions: BTreeMap::new(),
            opening: BTreeMap::new(),
            sends: BTreeSet::new(),
            commits: BTreeMap::new(),
            acks: BTreeMap::new(),
            cancelled: BTreeSet::new(),
            noted: BTreeSet::new(),
        }
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.random.next_below(bound as u64)).unwrap()
    }

    fn pick<T: Clone>(&mut self, from: impl IntoIterator<Item = T>) -> Option<T> {
        let all: Vec<T> = from.into_iter().collect();
        let place = self.below(all.len());
        all.get(place).cloned()
    }

    /// Lets a few things happen on the network, in any order.
    fn network(&mut self) {
        for _ in 0..self.below(10) {
            let sends = self.below(2) == 0;
            let _ = if sends { self.world.arrive() } else { self.world.reply_step() };
            self.world.outputs();
        }
        self.note();
    }

    fn step(&mut self) {
        match self.below(24) {
            0 => self.fault(),
            1 => {
                let time = self.below(40) as u64;
                self.world.pass(millis(time));
            }
            2 => self.open(),
            3 => self.close(),
            4 => self.cancel(),
            5 | 6 => self.end_transaction(),
            7..=13 => self.send(),
            14 => self.recover(),
            _ => self.consume(),
        }
        self.network();
    }

    fn fault(&mut self) {
        match self.below(8) {
            7 => {
                // A broker that sends its clients elsewhere.
                let host = self.pick(["a", "b"]).unwrap();
                let here = self.world.link().map(|(_, host)| host);
                if let Some(broker) = here.and_then(|host| self.world.brokers.get_mut(&host)) {
                    let reconnect_to = Some(format!("tcp://{host}:61616").into());
                    broker.say(ConnectionControl { reconnect_to, ..ConnectionControl::default() });
                }
            }
            5 => {
                // A machine that swallows attempts, or does so no more.
                let host = self.pick(["a", "b"]).unwrap();
                let before = self.world.black_holes.len();
                self.world.black_holes.retain(|it| it != host);
                if self.world.black_holes.len() == before {
                    self.world.black_holes.push(host.to_owned());
                }
            }
            6 => {
                // A broker that accepts, and does not go on from there.
                let name = self.pick(["WireFormatInfo", "ConnectionInfo"]).unwrap();
                let host = self.pick(["a", "b"]).unwrap();
                self.world.script(host, Script::Ignore(first(name)));
            }
            0 => self.world.cut("chaos"),
            1 => {
                let (dead, alive) = if self.below(2) == 0 { ("a", "b") } else { ("b", "a") };
                self.world.revive(alive);
                self.world.kill(dead);
            }
            2 => ["a", "b"].map(|host| self.world.revive(host)).into_iter().collect(),
            _ => {
                let name = self.pick(FATAL).unwrap();
                let host = self.pick(["a", "b"]).unwrap();
                let after = self.below(2) == 0;
                let script = if after {
                    Script::HangUpAfter(first(name))
                } else {
                    Script::HangUp(first(name))
                };
                self.world.script(host, script);
            }
        }
    }

    fn open(&mut self) {
        let session = self.pick(self.modes.keys().copied().collect::<Vec<_>>());
        let Some(session) = session.filter(|_| self.modes.len() > 3 || self.below(2) == 0) else {
            let mode = self.pick(MODES).unwrap();
            let id = self.world.submit(Request::OpenSession(mode), None);
            self.sessions.insert(id, mode);
            return;
        };
        let request = if self.below(2) == 0 {
            let destination = Some(relaismq_openwire::Destination::queue("Q"));
            Request::OpenProducer { session, destination, dispatch_async: false }
        } else {
            let redelivery = RedeliveryPolicy::default()
                .maximum_redeliveries(None)
                .initial_redelivery_delay(millis(5));
            let spec = ConsumerSpec { redelivery, ..queue(4) };
            Request::OpenConsumer { session, spec: spec.into() }
        };
        let id = self.world.submit(request, None);
        self.opening.insert(id, session);
    }

    fn close(&mut self) {
        match self.below(6) {
            0 => {
                let Some(session) = self.pick(self.modes.keys().copied().collect::<Vec<_>>())
                else {
                    return;
                };
                self.modes.remove(&session);
                self.work.remove(&session);
                self.producers.retain(|_, of| *of != session);
                self.consumers.retain(|_, of| *of != session);
                self.world.submit(Request::CloseSession(session), None);
            }
            1 | 2 => {
                if let Some(key) = self.pick(self.producers.keys().copied().collect::<Vec<_>>()) {
                    self.producers.remove(&key);
                    self.world.submit(Request::CloseProducer(key), None);
                }
            }
            3 => {
                if let Some(key) = self.pick(self.consumers.keys().copied().collect::<Vec<_>>()) {
                    self.consumers.remove(&key);
                    self.world.submit(Request::CloseConsumer(key), None);
                }
            }
            _ => {}
        }
    }

    fn cancel(&mut self) {
        let requests = self.sends.iter().chain(self.opening.keys()).chain(self.commits.keys());
        let requests = requests.chain(self.acks.keys());
        let open: Vec<_> =
            requests.filter(|id| self.world.answer(**id).is_none()).copied().collect();
        if let Some(id) = self.pick(open) {
            self.world.input(Input::Cancel(id));
            self.cancelled.insert(id);
        }
    }

    fn send(&mut self) {
        let Some(key) = self.pick(self.producers.keys().copied().collect::<Vec<_>>()) else {
            return;
        };
        let session = self.producers[&key];
        let confirm = self.below(4) > 0;
        let limit = (self.below(8) == 0).then(|| millis(self.below(60) as u64));
        let id = self.world.submit(send(key, confirm), limit);
        if self.modes[&session] == SessionMode::Transacted {
            self.work.entry(session).or_default().sent.push(id);
        } else {
            self.sends.insert(id);
        }
    }

    fn transacted(&mut self) -> Option<SessionKey> {
        let transacted = self.modes.iter().filter(|(_, mode)| **mode == SessionMode::Transacted);
        let all: Vec<_> = transacted.map(|(key, _)| *key).collect();
        self.pick(all)
    }

    fn end_transaction(&mut self) {
        let Some(session) = self.transacted() else { return };
        let work = self.work.remove(&session).unwrap_or_default();
        if self.below(4) == 0 {
            self.world.submit(Request::Rollback(session), None);
            return;
        }
        let limit = (self.below(4) == 0).then(|| millis(self.below(60) as u64));
        let id = self.world.submit(Request::Commit(session), limit);
        self.commits.insert(id, work);
    }

    fn recover(&mut self) {
        let Some(session) = self.pick(self.modes.keys().copied().collect::<Vec<_>>()) else {
            return;
        };
        if self.modes[&session] != SessionMode::Transacted {
            self.world.submit(Request::Recover { session, only: None }, None);
        }
    }

    fn consume(&mut self) {
        let Some(consumer) = self.pick(self.consumers.keys().copied().collect::<Vec<_>>()) else {
            return;
        };
        for _ in 0..=self.below(5) {
            self.take(consumer);
        }
        self.world.outputs();
    }

    fn take(&mut self, consumer: ConsumerKey) -> bool {
        let session = self.consumers[&consumer];
        let Some(delivery) = self.world.take(consumer) else { return false };
        let mode = self.modes[&session];
        match mode {
            SessionMode::Transacted => {
                let id = delivery.message.message_id.clone().unwrap();
                self.work.entry(session).or_default().taken.push(id);
            }
            SessionMode::Client | SessionMode::Individual if self.below(2) == 0 => {
                let (epoch, number) = (delivery.epoch, delivery.number);
                let request = Request::Acknowledge { consumer, epoch, number };
                let limit = (self.below(8) == 0).then(|| millis(self.below(60) as u64));
                let id = self.world.submit(request, limit);
                self.acks.extend(delivery.message.message_id.clone().map(|it| (id, it)));
            }
            _ => {}
        }
        true
    }

    /// Looks at what was answered.
    pub(super) fn note(&mut self) {
        for (id, answer) in self.world.answers.clone() {
            if !self.noted.insert(id) {
                continue;
            }
            match answer {
                Ok(Answer::Session(key)) => {
                    self.modes.extend(self.sessions.get(&id).map(|mode| (key, *mode)));
                }
                Ok(Answer::Producer(key)) => self.opened(id, |chaos, session| {
                    chaos.producers.insert(key, session);
                }),
                Ok(Answer::Consumer(key)) => self.opened(id, |chaos, session| {
                    chaos.consumers.insert(key, session);
                }),
                _ => {}
            }
        }
    }

    fn opened(&mut self, id: RequestId, keep: impl FnOnce(&mut Self, SessionKey)) {
        let session = self.opening.get(&id).copied();
        if let Some(session) = session.filter(|session| self.modes.contains_key(session)) {
            keep(self, session);
        }
    }
}

fn run(seed: u64) {
    let mut chaos = Chaos::new(seed);
    // Something to begin with.
    for mode in [SessionMode::Auto, MODES[chaos.below(4)], SessionMode::Transacted] {
        let session = chaos.world.session(mode);
        chaos.modes.insert(session, mode);
        let producer = chaos.world.producer(session);
        chaos.producers.insert(producer, session);
    }
    for _ in 0..300 {
        chaos.step();
    }
    chaos.heal();
    chaos.check();
    let close = chaos.world.ask(Request::Close);
    chaos.world.done(close);
    chaos.world.finish_without(&chaos.cancelled);
}

fn run_all(seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let result = std::panic::catch_unwind(|| run(seed));
        assert!(result.is_ok(), "with seed {seed}");
    }
}

#[test]
fn whatever_happens_in_200_runs() {
    run_all(0..200);
}

#[test]
#[ignore = "takes a while: run tests/run"]
fn whatever_happens_in_1000_more() {
    run_all(200..1200);
}

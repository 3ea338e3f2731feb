//! What brokers do to a store, from a seed.

use bytes::Bytes;

use crate::model::{Batch, Change, Container, Envelope, SubscriptionKey, SubscriptionRecord};
use crate::store::disk::simulated::Random;

/// Commits that know what they have done before.
#[derive(Clone, Debug)]
pub(super) struct Workload {
    random: Random,
    /// Durable messages that there should be, roughly in order.
    living: Vec<(Container, u64)>,
    spilled: Vec<(Container, u64)>,
    next: u64,
    /// Commits so far, also as the producer's sequence: tells which of them a store has.
    pub(super) commits: i64,
    draining: bool,
}

/// Whose sequence is the number of the last commit.
pub(super) const TICK: &str = "tick";

impl Workload {
    pub(super) fn new(seed: u64) -> Self {
        let (living, spilled) = (Vec::new(), Vec::new());
        Self { random: Random(seed), living, spilled, next: 1, commits: 0, draining: false }
    }

    /// After a restart: transient messages are gone, and so is what was not kept.
    pub(super) fn restart(&mut self, commits: i64) {
        self.spilled.clear();
        self.commits = commits;
    }

    pub(super) fn pick(&mut self, bound: usize) -> usize {
        self.random.below(bound)
    }

    /// A few batches, and whether somebody waits for them.
    pub(super) fn commit(&mut self) -> Vec<Batch> {
        if self.living.len() > MOST_LIVING || self.random.once_in(12) {
            self.draining = self.living.len() > MOST_LIVING / 4;
        }
        self.draining &= !self.living.is_empty();
        let batches = 1 + self.random.below(3);
        let mut batches: Vec<Batch> = (0..batches).map(|_| self.batch()).collect();
        self.commits += 1;
        let tick = Change::ProducerSequence { producer: TICK.into(), sequence: self.commits };
        let bytes = Bytes::copy_from_slice(&self.commits.to_le_bytes());
        batches[0].changes.extend([tick, Change::Mark { name: TICK.into(), bytes }]);
        batches
    }

    fn batch(&mut self) -> Batch {
        let count = 1 + self.random.below(6);
        let changes = (0..count).map(|_| self.change()).collect();
        Batch { changes, sync: !self.random.once_in(3) }
    }

    fn change(&mut self) -> Change {
        match self.random.below(40) {
            0 => Change::PutQueue(self.random.below(QUEUES).to_string()),
            1 if self.random.once_in(4) => self.drop_container(),
            2 => self.subscribe(),
            3..6 => self.offer(),
            6..9 => self.add(true),
            n @ 18..24 if !self.draining => self.publish(n - 17),
            9 => Change::ProducerSequence {
                producer: self.random.below(3).to_string(),
                sequence: i64::try_from(self.next).unwrap(),
            },
            10 => Change::DropProducer(self.random.below(3).to_string()),
            11..14 => self.remove_spilled(),
            n if self.draining || n < 18 => self.remove(),
            _ => self.add(false),
        }
    }

    /// For one subscription or for both.
    fn publish(&mut self, who: usize) -> Change {
        self.next = self.next.div_ceil(2) * 2;
        let sequence = self.next;
        self.next += 2 + self.random.next() % 3;
        let wanting = (0..SUBSCRIPTIONS).filter(|n| (who % 3 + 1) & (1 << n) != 0);
        let subscriptions: Vec<_> = wanting.map(|n| key(QUEUES + n)).collect();
        let backlogs = subscriptions.iter().cloned().map(Container::Subscription);
        self.living.extend(backlogs.map(|backlog| (backlog, sequence)));
        let topic = self.random.below(3).to_string().into();
        let (envelope, blob) = (Envelope::default(), self.blob(sequence));
        Change::Publish { topic, subscriptions, sequence, envelope, blob }
    }

    fn blob(&mut self, sequence: u64) -> Bytes {
        let len = self.len();
        let mut bytes = Random(sequence + self.random.next() % 2);
        let blob: Bytes = (0..len.div_ceil(8)).flat_map(|_| bytes.next().to_le_bytes()).collect();
        blob.slice(..len)
    }

    fn container(&mut self) -> Container {
        match self.random.below(QUEUES + SUBSCRIPTIONS) {
            n if n < QUEUES => Container::Queue(n.to_string().into()),
            n => Container::Subscription(key(n)),
        }
    }

    fn add(&mut self, transient: bool) -> Change {
        let container = self.container();
        let in_queue = matches!(container, Container::Queue(_));
        // Now and then one again, or out of order.
        let sequence = match self.random.below(30) {
            0 if !transient && in_queue && !self.living.is_empty() => {
                self.living[self.random.below(self.living.len())].1
            }
            1 if in_queue => self.next.saturating_sub(5),
            _ => self.next,
        };
        // A sequence is durable or transient for ever.
        let sequence = sequence / 2 * 2 + u64::from(transient);
        self.next = self.next.max(sequence + 1 + self.random.next() % 3);
        let list = if transient { &mut self.spilled } else { &mut self.living };
        list.push((container.clone(), sequence));
        let (envelope, blob) = (Envelope::default(), self.blob(sequence));
        Change::Add { container, sequence, envelope, blob, transient }
    }

    /// From 10 bytes to 200 KB, mostly small.
    fn len(&mut self) -> usize {
        match self.random.below(60) {
            0 => 20_000 + self.random.below(180_000),
            1..6 => 4000 + self.random.below(8000),
            6..30 => 200 + self.random.below(2000),
            _ => 10 + self.random.below(100),
        }
    }

    fn remove(&mut self) -> Change {
        // Mostly the oldest, as consumers do; now and then one that is not there any more.
        let oldest = !self.random.once_in(5);
        let Some(at) = self.some_living(oldest) else { return self.add(false) };
        let (container, sequence) = self.living[at].clone();
        if !self.random.once_in(20) {
            self.living.remove(at);
        }
        Change::Remove { container, sequence }
    }

    fn some_living(&mut self, oldest: bool) -> Option<usize> {
        let bound = if oldest { self.living.len().min(4) } else { self.living.len() };
        (bound > 0).then(|| self.random.below(bound))
    }

    fn remove_spilled(&mut self) -> Change {
        if self.spilled.is_empty() {
            return self.add(true);
        }
        let at = self.random.below(self.spilled.len());
        let (container, sequence) = self.spilled.remove(at);
        Change::Remove { container, sequence }
    }

    fn offer(&mut self) -> Change {
        let Some(at) = self.some_living(true) else { return self.add(false) };
        let (container, first) = self.living[at].clone();
        Change::Offer { container, first, last: first + self.random.next() % 40 }
    }

    fn subscribe(&mut self) -> Change {
        let n = QUEUES + self.random.below(SUBSCRIPTIONS);
        Change::PutSubscription(SubscriptionRecord {
            key: key(n),
            topic: format!("topic {}", self.random.below(3)),
            selector: self.random.once_in(2).then(|| "a = 1".into()),
            no_local: self.random.once_in(2),
        })
    }

    fn drop_container(&mut self) -> Change {
        let container = self.container();
        self.living.retain(|(other, _)| *other != container);
        self.spilled.retain(|(other, _)| *other != container);
        match container {
            Container::Queue(name) => Change::DropQueue(name.to_string()),
            Container::Subscription(key) => Change::DropSubscription(key),
            Container::Subscriber(number) => Change::DropSubscriber(number),
            Container::Topic(_) => unreachable!("no workload has one"),
        }
    }
}

pub(super) fn backlog(n: usize) -> Container {
    Container::Subscription(key(n))
}

fn key(n: usize) -> SubscriptionKey {
    SubscriptionKey { client_id: "client".into(), name: n.to_string().into() }
}

const QUEUES: usize = 4;
const SUBSCRIPTIONS: usize = 2;
const MOST_LIVING: usize = 150;

//! Consumers that lose patience: transacted, with a limit on redeliveries, as Java's. They commit and
//! roll back at random while the broker dies and starts again, and an oracle counts the attempts: as
//! many as the policy allows, and no message is a dead letter before.

use std::collections::{BTreeMap, VecDeque};

use relaismq_openwire::{MessageAck, Throwable};

use super::{Answer, Consumer, Delivery, Dice, Rig, queue, seeds};

#[test]
fn every_message_gets_the_attempts_that_its_consumers_policy_allows() {
    for seed in seeds(300) {
        for limit in 0..3 {
            let mut world = World::new(seed, limit);
            for _ in 0..60 {
                world.step();
            }
            world.finish();
        }
    }
}

/// A message in the client's buffer.
#[derive(Debug)]
struct Buffered {
    delivery: Delivery,
    /// Raised by each rollback.
    counter: i32,
}

#[derive(Debug)]
struct World {
    name: String,
    limit: i32,
    dice: Dice,
    rig: Rig,
    sent: usize,
    consumer: Consumer,
    buffer: VecDeque<Buffered>,
    /// Rolled back so often in this life of the broker.
    attempts: BTreeMap<String, i32>,
    /// And committed in the end.
    consumed: Vec<String>,
}

impl World {
    fn new(seed: u64, limit: i32) -> Self {
        let mut rig = Rig::new();
        let peer = rig.connect("impatient");
        let consumer = rig.consumer_with(&peer, queue("Q"), |info| info.prefetch_size = 3);
        let name = format!("seed {seed}, limit {limit}");
        let (dice, attempts) = (Dice::new(seed), BTreeMap::new());
        let (buffer, consumed) = (VecDeque::new(), Vec::new());
        Self { name, limit, dice, rig, sent: 0, consumer, buffer, attempts, consumed }
    }

    fn step(&mut self) {
        match self.dice.below(10) {
            0 | 1 => self.send(),
            2 => self.die(),
            3..=6 => self.take(false),
            _ => self.take(true),
        }
        self.receive();
    }

    fn send(&mut self) {
        self.sent += 1;
        let peer = self.rig.connect(&format!("producer {}", self.sent));
        let mut producer = self.rig.producer(&peer, queue("Q"));
        let text = self.sent.to_string();
        self.rig.send(&mut producer, &text);
        self.rig.cut(&peer);
    }

    /// What was in the buffer is gone, and so is what the broker knew of it.
    fn die(&mut self) {
        match self.dice.below(3) {
            0 => self.rig.restart(),
            1 => self.rig.power_cut(),
            _ => self.rig.crash(0),
        }
        let peer = self.rig.connect("impatient");
        let prefetch = i32::try_from(1 + self.dice.below(4)).expect("small");
        let window = |info: &mut relaismq_openwire::ConsumerInfo| info.prefetch_size = prefetch;
        self.consumer = self.rig.consumer_with(&peer, queue("Q"), window);
        self.buffer.clear();
        self.attempts.clear();
    }

    fn receive(&mut self) {
        for delivery in self.rig.deliveries(&self.consumer) {
            let counter = delivery.counter;
            self.buffer.push_back(Buffered { delivery, counter });
        }
    }

    /// The application takes the next message, and commits or rolls back.
    fn take(&mut self, commits: bool) {
        let Some(Buffered { delivery, counter }) = self.buffer.pop_front() else { return };
        let message = delivery.message.clone().expect("no marker");
        let exempt = message.property("redeliveryDelay").expect("readable").is_some();
        if delivery.counter > self.limit && !exempt {
            return self.poison(&delivery, "Dispatch[1] to ID:c");
        }
        let attempts = self.attempts.entry(delivery.text()).or_default();
        *attempts += 1;
        assert!(*attempts <= self.limit + 1, "{}: {} too often", self.name, delivery.text());
        assert!(counter == 0 || delivery.counter > 0 || *attempts > 1, "{}: no flag", self.name);
        if commits {
            self.rig.consume(&self.consumer, std::slice::from_ref(&delivery));
            self.consumed.push(delivery.text());
        } else if counter + 1 > self.limit {
            self.poison(&delivery, "Delivery[1]");
        } else {
            if counter > 0 {
                let kind = MessageAck::REDELIVERED;
                let range = std::slice::from_ref(&delivery);
                assert_eq!(self.rig.ack(&self.consumer, kind, range), Answer::Done);
            }
            self.buffer.push_front(Buffered { delivery, counter: counter + 1 });
        }
    }

    fn poison(&mut self, delivery: &Delivery, how: &str) {
        let mut ack = self.consumer.ack(MessageAck::POISON, std::slice::from_ref(delivery));
        let cause = format!(
            "{how} exceeds redelivery policy limit:RedeliveryPolicy {{maximumRedeliveries = {}}}",
            self.limit
        );
        ack.poison_cause = Some(Throwable::new("java.lang.Throwable", cause));
        let before = self.rig.kept_in_queue("ActiveMQ.DLQ");
        assert_eq!(self.rig.request_on(self.consumer.link, ack), Answer::Done);
        if self.rig.kept_in_queue("ActiveMQ.DLQ") > before {
            let attempts = self.attempts.get(&delivery.text()).copied().unwrap_or(0);
            let text = delivery.text();
            assert_eq!(attempts, self.limit + 1, "{}: {text} died early", self.name);
        }
    }

    fn finish(&mut self) {
        while !self.buffer.is_empty() {
            self.take(true);
            self.receive();
        }
        let dead = self.rig.kept_texts("ActiveMQ.DLQ").len();
        assert_eq!(self.consumed.len() + dead, self.sent, "{}: lost or doubled", self.name);
    }
}

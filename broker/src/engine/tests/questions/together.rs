//! Messages are moved to and fro while others send and consume, by chance: each is consumed once.

use std::{collections::BTreeMap, time::Duration};

use super::{
    super::random::{Dice, seeds},
    Consumer, Delivery, Fate, Pick, Producer, Question, Report, Rig, drain, each, queue, report,
    small,
};

const QUEUES: [&str; 2] = ["A", "B"];

struct World {
    rig: Rig,
    dice: Dice,
    producers: Vec<Producer>,
    consumers: Vec<Option<Consumer>>,
    sent: u32,
    /// How often each message was consumed.
    consumed: BTreeMap<String, usize>,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut rig = Rig::with(small());
        let sender = rig.connect("sender");
        let producers = QUEUES.map(|name| rig.producer(&sender, queue(name))).into();
        let consumers = vec![None; QUEUES.len()];
        let (sent, consumed) = (0, BTreeMap::new());
        Self { rig, dice: Dice::new(seed), producers, consumers, sent, consumed }
    }

    fn step(&mut self) {
        let here = self.dice.below(QUEUES.len());
        match self.dice.below(12) {
            0..=3 => self.send(here),
            4 | 5 => self.consume(here),
            6 => self.come_or_go(here),
            7 | 8 => self.do_something(here),
            9 => self.rig.frozen = self.dice.one_in(2),
            10 => self.rig.slow_pages = self.dice.one_in(2),
            _ => self.rig.full = self.dice.one_in(4),
        }
        if !self.rig.frozen {
            self.rig.thaw();
        }
        if self.dice.one_in(3) {
            self.rig.answer_pages();
        }
        if self.dice.one_in(10) {
            self.rig.advance(Duration::from_millis(600));
        }
    }

    fn send(&mut self, here: usize) {
        for _ in 0..self.dice.below(20) {
            self.sent += 1;
            let light = self.dice.one_in(3);
            let change = |message: &mut relaismq_openwire::Message| message.persistent = !light;
            let message = self.producers[here].message(&self.sent.to_string(), change);
            self.rig.tell(self.producers[here].link, message);
        }
    }

    fn consume(&mut self, here: usize) {
        let Some(consumer) = self.consumers[here].clone() else { return };
        let given = self.rig.deliveries(&consumer);
        for text in given.iter().map(Delivery::text) {
            *self.consumed.entry(text).or_default() += 1;
        }
        if !given.is_empty() {
            self.rig
                .tell(consumer.link, consumer.ack(relaismq_openwire::MessageAck::STANDARD, &given));
        }
    }

    fn come_or_go(&mut self, here: usize) {
        self.consume(here);
        match self.consumers[here].take() {
            Some(consumer) => self.rig.tell(consumer.link, remove(&consumer)),
            None if self.rig.frozen => {}
            None => {
                let name = format!("consumer{}", self.dice.below(1_000_000_000));
                let peer = self.rig.connect(&name);
                let prefetch = 1 + i32::try_from(self.dice.below(10)).expect("few");
                let consumer = self.rig.consumer_with(&peer, queue(QUEUES[here]), |info| {
                    info.prefetch_size = prefetch;
                });
                self.consumers[here] = Some(consumer);
            }
        }
    }

    fn do_something(&mut self, here: usize) {
        let there = QUEUES[1 - here];
        let pick = match self.dice.below(2) {
            0 => Pick::All,
            _ => Pick::Where("JMSDeliveryMode = 'PERSISTENT'".parse().expect("a selector")),
        };
        let question = match self.dice.below(4) {
            0 => {
                Question::Browse { queue: QUEUES[here].into(), selector: None, after: 0, limit: 7 }
            }
            1 => each(QUEUES[here], pick, Fate::Retry),
            _ => each(QUEUES[here], pick, Fate::Move(queue(there))),
        };
        self.rig.ask_for_later(question);
    }

    fn finish(&mut self, seed: u64) {
        (self.rig.full, self.rig.slow_pages) = (false, false);
        self.rig.thaw();
        for _ in 0..40 {
            self.rig.answer_pages();
            self.rig.advance(Duration::from_millis(600));
            (0..QUEUES.len()).for_each(|here| self.consume(here));
        }
        for (here, name) in QUEUES.iter().enumerate() {
            if self.consumers[here].is_none() {
                self.come_or_go(here);
            }
            let consumer = self.consumers[here].clone().expect("just opened");
            for text in drain(&mut self.rig, &consumer) {
                *self.consumed.entry(text).or_default() += 1;
            }
            self.rig.advance(Duration::from_secs(31));
            let end = report(&mut self.rig, &queue(name));
            assert_eq!((end.depth, end.in_flight), (0, 0), "seed {seed}: {name}: {end:?}");
            assert_eq!(self.rig.kept_texts(name), [""; 0], "seed {seed}: {name}");
        }
        let all: BTreeMap<String, usize> = (1..=self.sent).map(|it| (it.to_string(), 1)).collect();
        assert_eq!(self.consumed, all, "seed {seed}");
    }
}

fn remove(consumer: &Consumer) -> relaismq_openwire::RemoveInfo {
    let object_id = Some(Box::new(consumer.id.clone().into()));
    relaismq_openwire::RemoveInfo {
        object_id,
        last_delivered_sequence_id: -2,
        ..Default::default()
    }
}

#[test]
fn whatever_is_moved_meanwhile_each_message_is_consumed_once() {
    let mut moved = 0;
    for seed in seeds(60) {
        let mut world = World::new(seed);
        for _ in 0..150 {
            world.step();
        }
        world.finish(seed);
        let told = std::iter::from_fn(|| world.rig.told());
        moved += told.filter(|it| matches!(it, Report::Done(count) if *count > 0)).count();
    }
    assert!(moved > 60, "few messages were moved: {moved}");
}

//! Random histories from seeds, and an oracle that knows what must not happen in any of them.
//!
//! Two senders with failover, one of them transacted, and two receivers use two queues and a durable
//! subscription, while sockets break, consumers close, the store freezes, fills up or loses what it
//! has not confirmed, and the broker dies and starts again.

mod ending;
mod oracle;
mod receivers;
mod senders;

use std::time::Duration;

use relaismq_openwire::Destination;

use self::{
    oracle::Oracle,
    receivers::Receiver,
    senders::{Sender, Transacted},
};
use super::{Answer, Consumer, Delivery, Dice, Marks, Peer, Producer, Rig, queue, seeds, topic};
use crate::engine::{Settings, WhenFull};

#[test]
fn nothing_confirmed_is_lost_and_nothing_acknowledged_comes_back() {
    for seed in seeds(400) {
        let mut world = World::new(seed);
        for _ in 0..150 {
            world.step();
        }
        world.finish();
    }
}

#[derive(Debug)]
struct World {
    seed: u64,
    dice: Dice,
    rig: Rig,
    sender: Sender,
    transacted: Transacted,
    receivers: Vec<Receiver>,
    oracle: Oracle,
    /// Messages made so far.
    numbers: usize,
}

/// Two queues and a topic with a durable subscriber (of the first receiver).
fn lines() -> Vec<Destination> {
    vec![queue("A"), queue("B"), topic("T")]
}

const TOPIC: usize = 2;

impl World {
    fn new(seed: u64) -> Self {
        let settings = Settings {
            queue_memory_bytes: 6000,
            memory_bytes: 12_000,
            in_flight_bytes: 4000,
            prioritized: ["B"].into_iter().filter(|_| !seed.is_multiple_of(3)).collect(),
            when_full: if seed.is_multiple_of(2) { WhenFull::Wait } else { WhenFull::Refuse },
            ..Settings::default()
        };
        let mut rig = Rig::with(settings);
        rig.overtaking = seed % 4 < 2;
        let sender = rig.connect_failover("sender");
        let transacted = rig.connect_failover("transacted");
        let producers = |rig: &mut Rig, peer: &Peer| {
            lines().into_iter().map(|line| rig.producer(peer, line)).collect::<Vec<_>>()
        };
        let (plain, bundled) = (producers(&mut rig, &sender), producers(&mut rig, &transacted));
        let receivers = ["first", "second"].map(|name| Receiver::new(rig.connect_failover(name)));
        let mut world = Self {
            seed,
            dice: Dice::new(seed),
            rig,
            sender: Sender { peer: sender, producers: plain, unanswered: Vec::new() },
            transacted: Transacted {
                peer: transacted,
                producers: bundled,
                open: None,
                committing: None,
            },
            receivers: receivers.into(),
            oracle: Oracle::default(),
            numbers: 0,
        };
        world.open(0, TOPIC);
        world
    }

    fn step(&mut self) {
        match self.dice.below(40) {
            0..=9 => self.send(),
            10..=14 => self.transact(),
            15..=18 => self.open_or_close(),
            19..=29 => self.acknowledge(),
            30 => self.cut_sender(),
            31 => self.cut_receiver(),
            32 => self.rig.frozen = true,
            33 | 34 => drop(self.rig.answer_one()),
            35 => self.rig.thaw(),
            36 => self.rig.full = self.dice.one_in(2),
            37 if self.dice.one_in(4) => self.crash(),
            38 if self.dice.one_in(4) => self.cut_transacted(),
            _ => self.rig.advance(Duration::from_millis(20)),
        }
        self.observe();
    }

    fn observe(&mut self) {
        self.observe_answers();
        self.observe_receivers();
    }

    /// The text of a new message.
    fn text(&mut self) -> String {
        self.numbers += 1;
        let text = format!("m{}", self.numbers);
        self.oracle.sent.insert(text.clone());
        text
    }

    /// The broker or its machine dies, with some of what it had not confirmed on disk, and everybody reconnects.
    fn crash(&mut self) {
        if self.dice.one_in(5) {
            self.oracle.perhaps_given = self.rig.last_sequence();
            self.rig.power_cut();
        } else {
            let written = self.dice.below(6);
            self.rig.crash(written);
        }
        self.reconnect_sender();
        self.reconnect_transacted();
        (0..2).for_each(|receiver| self.reconnect_receiver(receiver));
    }
}

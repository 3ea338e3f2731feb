//! Random crowds of choosy consumers, and an oracle: what somebody could have is never left lying,
//! nobody has what somebody else has, and nothing is lost or doubled while no connection breaks.
//!
//! Consumers have selectors, priorities, patterns, small windows or none, are exclusive or pull;
//! messages belong to groups that move; windows change, queues appear, the store stands still, clients
//! do not read for a while.

mod ending;
mod members;
mod messages;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use self::{members::Member, messages::Sent};
use super::{Answer, Consumer, Delivery, Dice, Peer, Producer, Rig, queue, seeds};
use crate::engine::Settings;

#[test]
fn what_somebody_could_have_is_never_left_lying() {
    for seed in seeds(400) {
        for memory in [1_000_000, 8000, 2000] {
            let mut crowd = Crowd::new(seed, memory);
            for _ in 0..200 {
                crowd.step();
            }
            crowd.finish();
        }
    }
}

const COLOURS: [&str; 2] = ["red", "blue"];

#[derive(Debug)]
struct Crowd {
    /// For messages of a failed test.
    name: String,
    dice: Dice,
    rig: Rig,
    peers: Vec<Peer>,
    /// One for each queue, by its name.
    producers: BTreeMap<String, Producer>,
    members: Vec<Member>,
    /// By their texts.
    sent: BTreeMap<String, Sent>,
    consumed: BTreeSet<String>,
}

impl Crowd {
    fn new(seed: u64, queue_memory_bytes: usize) -> Self {
        let mut rig = Rig::with(Settings {
            queue_memory_bytes,
            prioritized: ["A.2", "B"].into_iter().filter(|_| seed.is_multiple_of(3)).collect(),
            memory_bytes: queue_memory_bytes * 2,
            in_flight_bytes: queue_memory_bytes / 2,
            outbound_bytes: queue_memory_bytes / 3,
            ..Settings::default()
        });
        rig.overtaking = seed.is_multiple_of(2);
        let peers: Vec<Peer> = ["a", "b", "c"].map(|name| rig.connect(name)).into();
        let producers =
            ["A.1", "B"].map(|name| (name.to_owned(), rig.producer(&peers[0], queue(name)))).into();
        Self {
            name: format!("seed {seed}, {queue_memory_bytes} bytes"),
            dice: Dice::new(seed),
            rig,
            peers,
            producers,
            members: Vec::new(),
            sent: BTreeMap::new(),
            consumed: BTreeSet::new(),
        }
    }

    fn step(&mut self) {
        match self.dice.below(20) {
            0 | 1 => self.open(),
            2 => self.close(),
            3 => self.new_queue(),
            4 | 5 => self.pull(),
            6 => self.change_window(),
            7 => self.rig.frozen = !self.rig.frozen,
            8 => self.rig.advance(Duration::from_millis(20)),
            9 if self.dice.one_in(3) => self.end_session(),
            9 => self.read_or_not(),
            10 | 11 => self.consume_within(),
            12 | 13 => self.consume_one(),
            14..=16 => self.consume_some(),
            _ => self.send(),
        }
        if !self.rig.frozen {
            self.rig.thaw();
        }
        self.collect();
    }

    /// Takes what was delivered.
    fn collect(&mut self) {
        for index in 0..self.members.len() {
            let given = self.rig.deliveries(&self.members[index].consumer);
            for delivery in given.into_iter().filter(|it| it.message.is_some()) {
                let text = delivery.text();
                let held = self.members.iter().flat_map(|it| &it.held);
                let twice = held.into_iter().any(|it| it.text() == text);
                assert!(!twice, "{}: two have {text}", self.name);
                assert!(!self.consumed.contains(&text), "{}: {text} again", self.name);
                self.members[index].held.push(delivery);
            }
        }
        for peer in &self.peers {
            assert_eq!(self.rig.errors(peer.link), [], "{}", self.name);
        }
    }
}

//! Random crowds of choosy consumers, and an oracle: what somebody could have is never left lying,
//! nobody has what somebody else has, and nothing is lost or doubled while no connection breaks.
//!
//! Consumers have selectors, priorities, patterns, small windows or none, are exclusive or pull;
//! messages belong to groups that move; windows change, queues appear, the store stands still, clients
//! do not read for a while.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use relaismq_openwire::{ConsumerControl, Destination, MessageAck, TransactionId, Value};

use super::{Answer, Consumer, Delivery, Dice, Peer, Producer, Rig, queue};
use crate::engine::Settings;

#[test]
fn what_somebody_could_have_is_never_left_lying() {
    for seed in 0..400 {
        for memory in [1_000_000, 8000] {
            let mut crowd = Crowd::new(seed, memory);
            for _ in 0..200 {
                crowd.step();
            }
            crowd.finish();
        }
    }
}

const COLOURS: [&str; 2] = ["red", "blue"];
const SOURCES: [&str; 6] = ["A.1", "A.2", "B", "A.*", "A.1,B", ">"];

#[derive(Debug)]
struct Member {
    peer: usize,
    consumer: Consumer,
    colour: Option<&'static str>,
    pulls: bool,
    held: Vec<Delivery>,
    /// A transaction that has acknowledged so many of what it holds.
    open: Option<(TransactionId, usize)>,
}

#[derive(Debug)]
struct Sent {
    queue: String,
    colour: &'static str,
}

#[derive(Debug)]
struct Crowd {
    name: String,
    choosy: bool,
    dice: Dice,
    rig: Rig,
    peers: Vec<Peer>,
    producers: BTreeMap<String, Producer>,
    members: Vec<Member>,
    sent: BTreeMap<String, Sent>,
    consumed: BTreeSet<String>,
}

impl Crowd {
    fn new(seed: u64, queue_memory_bytes: usize) -> Self {
        let mut rig = Rig::with(Settings {
            queue_memory_bytes,
            in_flight_bytes: queue_memory_bytes / 2,
            outbound_bytes: queue_memory_bytes / 3,
            ..Settings::default()
        });
        let peers: Vec<Peer> = ["a", "b", "c"].map(|name| rig.connect(name)).into();
        let producers =
            ["A.1", "B"].map(|name| (name.to_owned(), rig.producer(&peers[0], queue(name)))).into();
        Self {
            name: format!("seed {seed}, {queue_memory_bytes} bytes"),
            // What nobody wants may fill the memory, and then hides what is behind it.
            choosy: queue_memory_bytes > 100_000,
            dice: Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
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
            8 => self.rig.advance(std::time::Duration::from_millis(20)),
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

    fn member(&mut self) -> Option<usize> {
        if self.members.is_empty() { None } else { Some(self.dice.below(self.members.len())) }
    }

    fn open(&mut self) {
        if self.members.len() > 6 {
            return;
        }
        let peer = self.dice.below(self.peers.len());
        let source = SOURCES[self.dice.below(SOURCES.len())];
        let exclusive = self.dice.one_in(8);
        let choosy = self.choosy && !exclusive && self.dice.one_in(2);
        let colour = choosy.then(|| COLOURS[self.dice.below(2)]);
        let prefetch = [0, 1, 1, 2, 5][self.dice.below(5)];
        let priority = [0, 0, 5][self.dice.below(3)];
        let owner = self.peers[peer].clone();
        let consumer = self.rig.consumer_with(&owner, queue(source), |info| {
            info.exclusive = exclusive;
            info.priority = priority;
            info.prefetch_size = prefetch;
            info.selector = colour.map(|colour| format!("colour = '{colour}'").into());
        });
        let pulls = prefetch == 0;
        self.members.push(Member { peer, consumer, colour, pulls, held: Vec::new(), open: None });
    }

    fn close(&mut self) {
        let Some(index) = self.member() else { return };
        self.roll_back(index);
        let member = self.members.swap_remove(index);
        let last = member.held.last().map_or(-1, Delivery::sequence);
        let last = [-2, -1, last][self.dice.below(3)];
        assert_eq!(self.rig.close(&member.consumer, last), Answer::Done);
    }

    /// A client stops to read, or begins again.
    fn read_or_not(&mut self) {
        let link = self.peers[self.dice.below(self.peers.len())].link;
        match self.rig.slow.entry(link) {
            Entry::Vacant(place) => drop(place.insert(0)),
            Entry::Occupied(_) => self.rig.read_again(link),
        }
    }

    fn end_session(&mut self) {
        let peer = 1 + self.dice.below(2);
        let gone = self.peers[peer].clone();
        self.members.retain(|member| member.peer != peer);
        self.rig.cut(&gone);
        let name = gone.name.clone();
        self.peers[peer] = self.rig.connect(&name);
    }

    fn new_queue(&mut self) {
        let name = format!("A.{}", 1 + self.dice.below(5));
        if !self.producers.contains_key(&name) {
            let producer = self.rig.producer(&self.peers[0].clone(), queue(&name));
            self.producers.insert(name, producer);
        }
    }

    fn send(&mut self) {
        let place = self.dice.below(self.producers.len());
        let colour = COLOURS[self.dice.below(2)];
        let group = self.dice.one_in(3).then(|| format!("{colour} {}", self.dice.below(3)));
        let group_sequence = [1, 2, 3, 4, -1][self.dice.below(5)];
        let light = self.dice.one_in(4);
        let text = format!("{}", self.sent.len());
        let Some((name, producer)) = self.producers.iter_mut().nth(place) else { return };
        self.sent.insert(text.clone(), Sent { queue: name.clone(), colour });
        self.rig.send_with(producer, &text, |message| {
            message.set_property("colour", Value::Text(colour.into())).expect("a property");
            message.group_id = group.map(Into::into);
            message.group_sequence = group_sequence;
            message.persistent = !light;
        });
    }

    fn pull(&mut self) {
        let Some(index) = self.member().filter(|index| self.members[*index].pulls) else { return };
        let wait = [-1, 0, 10][self.dice.below(3)];
        self.rig.pull(&self.members[index].consumer, wait);
    }

    fn change_window(&mut self) {
        let Some(index) = self.member() else { return };
        let prefetch = [0, 1, 3][self.dice.below(3)];
        self.set_window(index, prefetch);
    }

    fn set_window(&mut self, index: usize, prefetch: i32) {
        let consumer = self.members[index].consumer.clone();
        let consumer_id = Some(consumer.id.clone());
        self.rig.tell(
            consumer.link,
            ConsumerControl { consumer_id, prefetch, ..ConsumerControl::default() },
        );
        self.members[index].pulls = prefetch == 0;
    }

    fn consume_some(&mut self) {
        let Some(index) = self.member() else { return };
        let member = &mut self.members[index];
        if member.open.is_some() || member.held.is_empty() {
            return;
        }
        let count = 1 + self.dice.below(member.held.len());
        let range: Vec<Delivery> = member.held.drain(..count).collect();
        let ack = member.consumer.ack(MessageAck::STANDARD, &range);
        self.rig.tell(member.consumer.link, ack);
        self.consumed.extend(range.iter().map(Delivery::text));
    }

    fn consume_one(&mut self) {
        let Some(index) = self.member() else { return };
        let member = &mut self.members[index];
        if member.open.is_some() || member.held.is_empty() {
            return;
        }
        let one = member.held.remove(self.dice.below(member.held.len()));
        let ack = member.consumer.ack(MessageAck::INDIVIDUAL, std::slice::from_ref(&one));
        self.rig.tell(member.consumer.link, ack);
        self.consumed.insert(one.text());
    }

    /// All that it holds, in a transaction; ends one that is open.
    fn consume_within(&mut self) {
        let Some(index) = self.member() else { return };
        if self.members[index].open.is_some() {
            return if self.dice.one_in(2) { self.commit(index) } else { self.roll_back(index) };
        }
        let peer = self.peers[self.members[index].peer].clone();
        let member = &mut self.members[index];
        if !member.held.is_empty() {
            let within = self.rig.begin(&peer);
            let kind = MessageAck::STANDARD;
            let answer = self.rig.ack_in(&member.consumer, kind, &member.held, &within);
            assert_eq!(answer, Answer::Done);
            member.open = Some((within, member.held.len()));
        }
    }

    fn commit(&mut self, index: usize) {
        self.rig.thaw();
        let peer = self.peers[self.members[index].peer].clone();
        let Some((within, count)) = self.members[index].open.take() else { return };
        assert_eq!(self.rig.commit(&peer, &within), Answer::Done, "{}", self.name);
        let taken = self.members[index].held.drain(..count);
        self.consumed.extend(taken.map(|it| it.text()));
    }

    fn roll_back(&mut self, index: usize) {
        let peer = self.peers[self.members[index].peer].clone();
        if let Some((within, _)) = self.members[index].open.take() {
            assert_eq!(self.rig.roll_back(&peer, &within), Answer::Done);
        }
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

    fn finish(&mut self) {
        self.rig.thaw();
        for peer in self.peers.clone() {
            self.rig.read_again(peer.link);
        }
        for index in 0..self.members.len() {
            self.roll_back(index);
            // Others must not need to be woken.
            if self.members[index].pulls {
                self.set_window(index, 3);
            }
        }
        self.drain();
        let left: Vec<&String> =
            self.sent.keys().filter(|text| !self.consumed.contains(*text)).collect();
        for text in left {
            let Sent { queue, colour } = &self.sent[text];
            let could = self.members.iter().find(|it| {
                it.colour.is_none_or(|wanted| wanted == *colour)
                    && it.consumer.destination.parts().iter().any(|part| part.covers(queue))
            });
            assert!(could.is_none(), "{}: {text} is left lying: {could:?}", self.name);
        }
        let peer = self.peers[0].clone();
        let names: Vec<String> = self.producers.keys().cloned().collect();
        for name in names {
            let consumer = self.rig.consumer(&peer, Destination::queue(name));
            let (colour, pulls, held, open) = (None, false, Vec::new(), None);
            self.members.push(Member { peer: 0, consumer, colour, pulls, held, open });
        }
        self.drain();
        assert_eq!(self.consumed.len(), self.sent.len(), "{}: lost", self.name);
    }

    /// Everybody consumes whatever comes, until nothing comes.
    fn drain(&mut self) {
        loop {
            self.collect();
            let mut consumed = false;
            for member in self.members.iter_mut().filter(|it| !it.held.is_empty()) {
                let range = std::mem::take(&mut member.held);
                self.consumed.extend(range.iter().map(Delivery::text));
                self.rig.consume(&member.consumer, &range);
                consumed = true;
            }
            if !consumed {
                return;
            }
        }
    }
}

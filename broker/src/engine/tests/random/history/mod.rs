//! Random histories from seeds, and an oracle that knows what must not happen in any of them.
//!
//! Two senders with failover, one of them transacted, and two receivers use two queues and a durable
//! subscription, while sockets break, consumers close, the store freezes, fills up or loses what it
//! has not confirmed, and the broker dies and starts again.

use std::collections::{BTreeMap, BTreeSet};

use relaismq_openwire::{Destination, Message, MessageAck, TransactionId};

use super::{Answer, Consumer, Delivery, Dice, Peer, Producer, Rig, queue, topic};
use crate::engine::Settings;

#[test]
fn nothing_confirmed_is_lost_and_nothing_acknowledged_comes_back() {
    for seed in 0..400 {
        let mut world = World::new(seed);
        for _ in 0..150 {
            world.step();
        }
        world.finish();
    }
}

/// What the oracle knows of each message, by its text.
#[derive(Debug, Default)]
struct Oracle {
    sent: BTreeSet<String>,
    confirmed: BTreeSet<String>,
    refused: BTreeSet<String>,
    /// Acknowledged, and that was confirmed.
    consumed: BTreeSet<String>,
    /// Acknowledged, with an outcome that nobody knows.
    perhaps_consumed: BTreeSet<String>,
    delivered: BTreeSet<String>,
    /// Messages of one commit of which the outcome is unknown.
    doubtful: Vec<Vec<String>>,
    /// Of each producer and consumer, the last message that was delivered for the first time.
    order: BTreeMap<(String, String), i64>,
}

#[derive(Debug)]
struct Sender {
    peer: Peer,
    producers: Vec<Producer>,
    /// Sent and not answered: each is sent again after a reconnect.
    unanswered: Vec<(i32, Message)>,
}

#[derive(Debug)]
struct Transacted {
    peer: Peer,
    producers: Vec<Producer>,
    open: Option<(TransactionId, Vec<String>)>,
    committing: Option<(i32, Vec<String>)>,
}

#[derive(Debug)]
struct Receiver {
    peer: Peer,
    /// One for each line, if it is open.
    consumers: Vec<Option<(Consumer, Vec<Delivery>)>>,
    acknowledging: Vec<(i32, Vec<String>)>,
    committing: Vec<(i32, usize, Vec<Delivery>)>,
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
    numbers: usize,
}

/// Two queues and a topic with a durable subscriber (of the first receiver).
fn lines() -> Vec<Destination> {
    vec![queue("A"), queue("B"), topic("T")]
}

const TOPIC: usize = 2;

impl World {
    fn new(seed: u64) -> Self {
        let settings = Settings { queue_memory_bytes: 6000, ..Settings::default() };
        let mut rig = Rig::with(settings);
        let sender = rig.connect_failover("sender");
        let transacted = rig.connect_failover("transacted");
        let producers = |rig: &mut Rig, peer: &Peer| {
            lines().into_iter().map(|line| rig.producer(peer, line)).collect::<Vec<_>>()
        };
        let (plain, bundled) = (producers(&mut rig, &sender), producers(&mut rig, &transacted));
        let receivers = ["first", "second"].map(|name| Receiver::new(rig.connect_failover(name)));
        let mut world = Self {
            seed,
            dice: Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
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
            _ => self.rig.advance(std::time::Duration::from_millis(20)),
        }
        self.observe();
    }

    fn text(&mut self) -> String {
        self.numbers += 1;
        let text = format!("m{}", self.numbers);
        self.oracle.sent.insert(text.clone());
        text
    }

    fn send(&mut self) {
        let text = self.text();
        let line = self.dice.below(3);
        let message = self.sender.producers[line].message(&text, |_| ());
        self.send_message(message);
    }

    fn send_message(&mut self, message: Message) {
        match self.rig.request(&self.sender.peer.clone(), message.clone()) {
            Answer::Pending(number) => self.sender.unanswered.push((number, message)),
            answer => self.oracle.answered(&text_of(&message), &answer),
        }
    }

    fn transact(&mut self) {
        if self.transacted.committing.is_some() {
            return;
        }
        let peer = self.transacted.peer.clone();
        let Some((id, texts)) = self.transacted.open.take() else {
            self.transacted.open = Some((self.rig.begin(&peer), Vec::new()));
            return;
        };
        match self.dice.below(4) {
            0 => {
                assert_eq!(self.rig.roll_back(&peer, &id), Answer::Done);
                self.oracle.refused.extend(texts);
            }
            1 => match self.rig.commit(&peer, &id) {
                Answer::Pending(number) => self.transacted.committing = Some((number, texts)),
                answer => texts.iter().for_each(|text| self.oracle.answered(text, &answer)),
            },
            _ => {
                let (line, text) = (self.dice.below(3), self.text());
                self.rig.enlist(&mut self.transacted.producers[line], &text, &id);
                let texts = texts.into_iter().chain([text]).collect();
                self.transacted.open = Some((id, texts));
            }
        }
    }

    fn open_or_close(&mut self) {
        let (receiver, line) = (self.dice.below(2), self.dice.below(3));
        if line == TOPIC && receiver != 0 {
            return;
        }
        match self.receivers[receiver].consumers[line].take() {
            Some((consumer, _)) => assert_eq!(self.rig.close(&consumer, -2), Answer::Done),
            None => self.open(receiver, line),
        }
    }

    fn open(&mut self, receiver: usize, line: usize) {
        let prefetch = i32::try_from(self.dice.below(4) + 1).expect("small");
        let peer = self.receivers[receiver].peer.clone();
        let destination = lines()[line].clone();
        let id = peer.session().consumer(i64::try_from(line).expect("small"));
        let consumer = Consumer { link: peer.link, id, destination };
        let mut info = consumer.info();
        info.prefetch_size = prefetch;
        info.subscription_name = (line == TOPIC).then(|| "news".into());
        // With a frozen store a new durable subscription is confirmed later; it is there anyway.
        let answer = self.rig.request(&peer, info);
        assert!(!matches!(answer, Answer::Refused(..)), "{answer:?}");
        self.receivers[receiver].consumers[line] = Some((consumer, Vec::new()));
    }

    fn acknowledge(&mut self) {
        let (receiver, line) = (self.dice.below(2), self.dice.below(3));
        let kind = self.dice.below(4);
        let count = self.dice.below(3) + 1;
        let Some((consumer, hand)) = &mut self.receivers[receiver].consumers[line] else { return };
        if hand.is_empty() {
            return;
        }
        let range: Vec<Delivery> = hand.drain(..count.min(hand.len())).collect();
        let consumer = consumer.clone();
        let texts: Vec<String> = range.iter().map(Delivery::text).collect();
        match kind {
            0 => {
                self.rig.tell(consumer.link, consumer.ack(MessageAck::STANDARD, &range));
                assert_eq!(self.rig.errors(consumer.link), [], "seed {}", self.seed);
                self.oracle.perhaps_consumed.extend(texts);
            }
            1 => self.acknowledge_in_transaction(receiver, line, &consumer, range),
            _ => match self.rig.ack(&consumer, MessageAck::STANDARD, &range) {
                Answer::Done => self.oracle.consumed.extend(texts),
                Answer::Pending(number) => {
                    self.receivers[receiver].acknowledging.push((number, texts));
                }
                refused @ Answer::Refused(..) => {
                    panic!("seed {}: {refused:?} of {texts:?}", self.seed)
                }
            },
        }
    }

    fn acknowledge_in_transaction(
        &mut self,
        receiver: usize,
        line: usize,
        consumer: &Consumer,
        range: Vec<Delivery>,
    ) {
        let peer = self.receivers[receiver].peer.clone();
        let id = self.rig.begin(&peer);
        let answer = self.rig.ack_in(consumer, MessageAck::STANDARD, &range, &id);
        assert_eq!(answer, Answer::Done, "seed {}", self.seed);
        if self.dice.one_in(3) {
            assert_eq!(self.rig.roll_back(&peer, &id), Answer::Done);
            self.back_in_hand(receiver, line, range);
            return;
        }
        match self.rig.commit(&peer, &id) {
            Answer::Done => self.oracle.consumed.extend(range.iter().map(Delivery::text)),
            Answer::Pending(number) => {
                self.receivers[receiver].committing.push((number, line, range));
            }
            Answer::Refused(..) => self.back_in_hand(receiver, line, range),
        }
    }

    /// The client redelivers by itself.
    fn back_in_hand(&mut self, receiver: usize, line: usize, range: Vec<Delivery>) {
        if let Some((_, hand)) = &mut self.receivers[receiver].consumers[line] {
            hand.splice(..0, range);
        }
    }

    fn cut_sender(&mut self) {
        let peer = self.sender.peer.clone();
        self.rig.cut(&peer);
        self.reconnect_sender();
    }

    fn reconnect_sender(&mut self) {
        let peer = self.rig.reconnect(&self.sender.peer.clone());
        for producer in &mut self.sender.producers {
            let again = self.rig.producer_again(
                &peer,
                producer.id.clone(),
                producer.destination.clone(),
                |_| (),
            );
            producer.link = again.link;
        }
        self.sender.peer = peer;
        for (_, message) in std::mem::take(&mut self.sender.unanswered) {
            self.send_message(message);
        }
    }

    fn cut_transacted(&mut self) {
        let peer = self.transacted.peer.clone();
        self.rig.cut(&peer);
        self.reconnect_transacted();
    }

    /// Java does not replay a transaction whose commit was on its way.
    fn reconnect_transacted(&mut self) {
        if let Some((_, texts)) = self.transacted.committing.take() {
            self.oracle.doubtful.push(texts);
        }
        if let Some((_, texts)) = self.transacted.open.take() {
            self.oracle.refused.extend(texts);
        }
        let peer = self.rig.reconnect(&self.transacted.peer.clone());
        let producers = lines().into_iter().map(|line| self.rig.producer(&peer, line)).collect();
        self.transacted.producers = producers;
        self.transacted.peer = peer;
    }

    fn cut_receiver(&mut self) {
        let receiver = self.dice.below(2);
        let peer = self.receivers[receiver].peer.clone();
        self.rig.cut(&peer);
        self.reconnect_receiver(receiver);
    }

    fn reconnect_receiver(&mut self, receiver: usize) {
        let old = &self.receivers[receiver];
        let unknown = old.acknowledging.iter().flat_map(|(_, texts)| texts.clone());
        let committed = old.committing.iter().flat_map(|(_, _, range)| range);
        let unknown = unknown.chain(committed.map(Delivery::text)).collect::<Vec<_>>();
        self.oracle.perhaps_consumed.extend(unknown);
        let peer = self.rig.reconnect(&old.peer.clone());
        self.receivers[receiver] = Receiver::new(peer);
    }

    fn crash(&mut self) {
        let written = self.dice.below(6);
        self.rig.crash(written);
        self.reconnect_sender();
        self.reconnect_transacted();
        (0..2).for_each(|receiver| self.reconnect_receiver(receiver));
    }

    /// Takes what the broker has sent since.
    fn observe(&mut self) {
        self.observe_answers();
        for receiver in 0..2 {
            for line in 0..3 {
                let Some((consumer, hand)) = &mut self.receivers[receiver].consumers[line] else {
                    continue;
                };
                for delivery in self.rig.deliveries(consumer) {
                    self.oracle.delivered(self.seed, consumer, &delivery);
                    hand.push(delivery);
                }
            }
        }
    }

    fn observe_answers(&mut self) {
        let link = self.sender.peer.link;
        for (number, message) in std::mem::take(&mut self.sender.unanswered) {
            match self.rig.answer_to(link, number) {
                Answer::Pending(_) => self.sender.unanswered.push((number, message)),
                answer => self.oracle.answered(&text_of(&message), &answer),
            }
        }
        if let Some((number, texts)) = self.transacted.committing.take() {
            match self.rig.answer_to(self.transacted.peer.link, number) {
                Answer::Pending(_) => self.transacted.committing = Some((number, texts)),
                answer => texts.iter().for_each(|text| self.oracle.answered(text, &answer)),
            }
        }
        (0..2).for_each(|receiver| self.observe_acknowledgements(receiver));
    }

    fn observe_acknowledgements(&mut self, receiver: usize) {
        let link = self.receivers[receiver].peer.link;
        for (number, texts) in std::mem::take(&mut self.receivers[receiver].acknowledging) {
            match self.rig.answer_to(link, number) {
                Answer::Pending(_) => {
                    self.receivers[receiver].acknowledging.push((number, texts));
                }
                Answer::Done => self.oracle.consumed.extend(texts),
                Answer::Refused(..) => self.oracle.perhaps_consumed.extend(texts),
            }
        }
        for (number, line, range) in std::mem::take(&mut self.receivers[receiver].committing) {
            match self.rig.answer_to(link, number) {
                Answer::Pending(_) => {
                    self.receivers[receiver].committing.push((number, line, range));
                }
                Answer::Done => self.oracle.consumed.extend(range.iter().map(Delivery::text)),
                Answer::Refused(..) => {
                    // Its consumer may have been closed, and another opened, since.
                    let texts = range.iter().map(Delivery::text);
                    self.oracle.perhaps_consumed.extend(texts);
                    if let Some((consumer, _)) = self.receivers[receiver].consumers[line].take() {
                        self.rig.close(&consumer, -2);
                    }
                }
            }
        }
    }

    /// Everything works again: what is there comes out.
    fn finish(&mut self) {
        self.rig.full = false;
        self.rig.thaw();
        self.observe();
        if self.dice.one_in(2) {
            self.crash();
        }
        self.observe();
        let mut left = BTreeSet::new();
        for line in 0..3 {
            for receiver in 0..2 {
                if let Some((consumer, _)) = self.receivers[receiver].consumers[line].take() {
                    self.rig.close(&consumer, -2);
                }
            }
            self.open(0, line);
            let consumer = self.receivers[0].consumers[line].as_ref().expect("open").0.clone();
            loop {
                let given = self.rig.deliveries(&consumer);
                if given.is_empty() {
                    break;
                }
                given
                    .iter()
                    .for_each(|delivery| self.oracle.delivered(self.seed, &consumer, delivery));
                left.extend(given.iter().map(Delivery::text));
                self.rig.consume(&consumer, &given);
            }
        }
        self.oracle.judge(self.seed, &left);
        // What could not be removed for lack of room is, with the next sweep.
        self.rig.advance(std::time::Duration::from_secs(31));
        for name in ["A", "B"] {
            let kept = self.rig.kept_texts(name);
            assert_eq!(kept, [""; 0], "seed {}: {:?}", self.seed, self.oracle);
        }
    }
}

impl Receiver {
    fn new(peer: Peer) -> Self {
        Self {
            peer,
            consumers: vec![None, None, None],
            acknowledging: Vec::new(),
            committing: Vec::new(),
        }
    }
}

impl Oracle {
    fn answered(&mut self, text: &str, answer: &Answer) {
        match answer {
            Answer::Done => self.confirmed.insert(text.to_owned()),
            Answer::Refused(class, _) if class == "javax.jms.ResourceAllocationException" => {
                self.refused.insert(text.to_owned())
            }
            other => panic!("{text}: {other:?}"),
        };
    }

    fn delivered(&mut self, seed: u64, consumer: &Consumer, delivery: &Delivery) {
        let text = delivery.text();
        assert!(self.sent.contains(&text), "seed {seed}: {text} was never sent");
        assert!(!self.consumed.contains(&text), "seed {seed}: {text} was acknowledged before");
        if !self.delivered.insert(text.clone()) {
            assert!(delivery.counter > 0, "seed {seed}: {text} comes again without a flag");
            return;
        }
        let id = delivery.id();
        let producer = id.producer_id.expect("a producer").to_string();
        let way = (producer, consumer.id.to_string());
        let last = self.order.insert(way, id.producer_sequence_id);
        let in_order = delivery.counter > 0 || last.is_none_or(|it| it < id.producer_sequence_id);
        assert!(in_order, "seed {seed}: {text} after a later one");
    }

    fn judge(&self, seed: u64, left: &BTreeSet<String>) {
        let there = |text: &String| {
            left.contains(text)
                || self.consumed.contains(text)
                || self.perhaps_consumed.contains(text)
        };
        let lost: Vec<_> = self.confirmed.iter().filter(|text| !there(text)).collect();
        assert!(lost.is_empty(), "seed {seed}: lost {lost:?} of {self:?}");
        let undead: Vec<_> = self.refused.intersection(&self.delivered).collect();
        assert!(undead.is_empty(), "seed {seed}: refused and delivered {undead:?}");
        for texts in &self.doubtful {
            let count = texts.iter().filter(|text| self.delivered.contains(*text)).count();
            assert!(count == 0 || count == texts.len(), "seed {seed}: half of {texts:?}");
        }
    }
}

fn text_of(message: &Message) -> String {
    message.body_text().expect("text").unwrap_or_default().to_string()
}

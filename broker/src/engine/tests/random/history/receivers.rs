//! Two receivers that take turns at three lines.

use relaismq_openwire::MessageAck;

use super::{Answer, Consumer, Delivery, Peer, TOPIC, World, lines};

/// Consumes, and redelivers to itself after a rollback, as Java does.
#[derive(Debug)]
pub(super) struct Receiver {
    pub(super) peer: Peer,
    /// One for each line, if it is open, and what it holds.
    pub(super) consumers: Vec<Option<(Consumer, Vec<Delivery>)>>,
    pub(super) acknowledging: Vec<(i32, Vec<String>)>,
    pub(super) committing: Vec<(i32, usize, Vec<Delivery>)>,
}

impl Receiver {
    pub(super) fn new(peer: Peer) -> Self {
        Self {
            peer,
            consumers: vec![None, None, None],
            acknowledging: Vec::new(),
            committing: Vec::new(),
        }
    }
}

impl World {
    pub(super) fn open_or_close(&mut self) {
        let (receiver, line) = (self.dice.below(2), self.dice.below(3));
        if line == TOPIC && receiver != 0 {
            return;
        }
        match self.receivers[receiver].consumers[line].take() {
            Some((consumer, _)) => assert_eq!(self.rig.close(&consumer, -2), Answer::Done),
            None => self.open(receiver, line),
        }
    }

    pub(super) fn open(&mut self, receiver: usize, line: usize) {
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

    pub(super) fn acknowledge(&mut self) {
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

    pub(super) fn cut_receiver(&mut self) {
        let receiver = self.dice.below(2);
        let peer = self.receivers[receiver].peer.clone();
        self.rig.cut(&peer);
        self.reconnect_receiver(receiver);
    }

    pub(super) fn reconnect_receiver(&mut self, receiver: usize) {
        let old = &self.receivers[receiver];
        let unknown = old.acknowledging.iter().flat_map(|(_, texts)| texts.clone());
        let committed = old.committing.iter().flat_map(|(_, _, range)| range);
        let unknown = unknown.chain(committed.map(Delivery::text)).collect::<Vec<_>>();
        self.oracle.perhaps_consumed.extend(unknown);
        let peer = self.rig.reconnect(&old.peer.clone());
        self.receivers[receiver] = Receiver::new(peer);
    }

    /// Takes what the broker has sent since.
    pub(super) fn observe_receivers(&mut self) {
        for receiver in 0..2 {
            self.observe_acknowledgements(receiver);
            self.observe_commits(receiver);
        }
        for receiver in &mut self.receivers {
            for (consumer, hand) in receiver.consumers.iter_mut().flatten() {
                for delivery in self.rig.deliveries(consumer) {
                    self.oracle.delivered(self.seed, consumer, &delivery, &self.rig.marks);
                    hand.push(delivery);
                }
            }
        }
    }

    fn observe_acknowledgements(&mut self, receiver: usize) {
        let receiver = &mut self.receivers[receiver];
        for (number, texts) in std::mem::take(&mut receiver.acknowledging) {
            match self.rig.answer_to(receiver.peer.link, number) {
                Answer::Pending(_) => receiver.acknowledging.push((number, texts)),
                Answer::Done => self.oracle.consumed.extend(texts),
                Answer::Refused(..) => self.oracle.perhaps_consumed.extend(texts),
            }
        }
    }

    fn observe_commits(&mut self, receiver: usize) {
        let receiver = &mut self.receivers[receiver];
        for (number, line, range) in std::mem::take(&mut receiver.committing) {
            let texts = range.iter().map(Delivery::text);
            match self.rig.answer_to(receiver.peer.link, number) {
                Answer::Pending(_) => receiver.committing.push((number, line, range)),
                Answer::Done => self.oracle.consumed.extend(texts),
                Answer::Refused(..) => {
                    // Its consumer may have been closed, and another opened, since.
                    self.oracle.perhaps_consumed.extend(texts);
                    if let Some((consumer, _)) = receiver.consumers[line].take() {
                        self.rig.close(&consumer, -2);
                    }
                }
            }
        }
    }
}

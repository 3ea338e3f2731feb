//! Messages that are sent, and consumed in every way.

use relaismq_openwire::{Message, MessageAck, Value};

use super::{Answer, COLOURS, Crowd, Delivery, queue};
use crate::engine::io::Input;

/// Who may have a message.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) queue: String,
    pub(super) colour: &'static str,
}

impl Crowd {
    pub(super) fn new_queue(&mut self) {
        let name = format!("A.{}", 1 + self.dice.below(5));
        if !self.producers.contains_key(&name) {
            let producer = self.rig.producer(&self.peers[0].clone(), queue(&name));
            self.producers.insert(name, producer);
        }
    }

    /// One message, or several that come in together.
    pub(super) fn send(&mut self) {
        let together = if self.dice.one_in(3) { 2 + self.dice.below(5) } else { 1 };
        let commands = (0..together).map(|_| self.message().into()).collect();
        self.rig.feed(Input::Received { link: self.peers[0].link, commands });
    }

    fn message(&mut self) -> Message {
        let place = self.dice.below(self.producers.len());
        let colour = COLOURS[self.dice.below(2)];
        let group = self.dice.one_in(3).then(|| format!("{colour} {}", self.dice.below(3)));
        let group_sequence = [1, 2, 3, 4, -1][self.dice.below(5)];
        let light = self.dice.one_in(4);
        let priority = i8::try_from(self.dice.below(10)).expect("small");
        let text = format!("{}", self.sent.len());
        let (name, producer) = self.producers.iter_mut().nth(place).expect("a producer");
        self.sent.insert(text.clone(), Sent { queue: name.clone(), colour });
        producer.message(&text, |message| {
            message.set_property("colour", Value::Text(colour.into())).expect("a property");
            message.group_id = group.map(Into::into);
            message.group_sequence = group_sequence;
            message.persistent = !light;
            message.priority = priority;
        })
    }

    pub(super) fn consume_some(&mut self) {
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

    pub(super) fn consume_one(&mut self) {
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
    pub(super) fn consume_within(&mut self) {
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

    pub(super) fn roll_back(&mut self, index: usize) {
        let peer = self.peers[self.members[index].peer].clone();
        if let Some((within, _)) = self.members[index].open.take() {
            assert_eq!(self.rig.roll_back(&peer, &within), Answer::Done);
        }
    }
}

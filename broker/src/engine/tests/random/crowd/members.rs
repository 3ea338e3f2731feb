//! Consumers that come and go, choose, pull, and change their windows.

use std::collections::btree_map::Entry;

use relaismq_openwire::{ConsumerControl, TransactionId};

use super::{Answer, COLOURS, Consumer, Crowd, Delivery, Sent, queue};

const SOURCES: [&str; 6] = ["A.1", "A.2", "B", "A.*", "A.1,B", ">"];

/// A consumer, and what it holds.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) peer: usize,
    pub(super) consumer: Consumer,
    pub(super) colour: Option<&'static str>,
    pub(super) pulls: bool,
    pub(super) held: Vec<Delivery>,
    /// A transaction that has acknowledged so many of what it holds.
    pub(super) open: Option<(TransactionId, usize)>,
}

impl Member {
    pub(super) fn new(
        peer: usize,
        consumer: Consumer,
        colour: Option<&'static str>,
        pulls: bool,
    ) -> Self {
        Self { peer, consumer, colour, pulls, held: Vec::new(), open: None }
    }

    pub(super) fn could_have(&self, Sent { queue, colour }: &Sent) -> bool {
        self.colour.is_none_or(|wanted| wanted == *colour)
            && self.consumer.destination.parts().iter().any(|part| part.covers(queue))
    }
}

impl Crowd {
    /// Any of them.
    pub(super) fn member(&mut self) -> Option<usize> {
        if self.members.is_empty() { None } else { Some(self.dice.below(self.members.len())) }
    }

    pub(super) fn open(&mut self) {
        if self.members.len() > 6 {
            return;
        }
        let peer = self.dice.below(self.peers.len());
        let source = SOURCES[self.dice.below(SOURCES.len())];
        let exclusive = self.dice.one_in(8);
        let choosy = !exclusive && self.dice.one_in(2);
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
        self.members.push(Member::new(peer, consumer, colour, pulls));
    }

    pub(super) fn close(&mut self) {
        let Some(index) = self.member() else { return };
        self.roll_back(index);
        let member = self.members.swap_remove(index);
        let last = member.held.last().map_or(-1, Delivery::sequence);
        let last = [-2, -1, last][self.dice.below(3)];
        assert_eq!(self.rig.close(&member.consumer, last), Answer::Done);
    }

    pub(super) fn pull(&mut self) {
        let Some(index) = self.member().filter(|index| self.members[*index].pulls) else { return };
        let wait = [-1, 0, 10][self.dice.below(3)];
        self.rig.pull(&self.members[index].consumer, wait);
    }

    pub(super) fn change_window(&mut self) {
        let Some(index) = self.member() else { return };
        let prefetch = [0, 1, 3][self.dice.below(3)];
        self.set_window(index, prefetch);
    }

    pub(super) fn set_window(&mut self, index: usize, prefetch: i32) {
        let consumer = self.members[index].consumer.clone();
        let consumer_id = Some(consumer.id.clone());
        self.rig.tell(
            consumer.link,
            ConsumerControl { consumer_id, prefetch, ..ConsumerControl::default() },
        );
        self.members[index].pulls = prefetch == 0;
    }

    /// A client stops to read, or begins again.
    pub(super) fn read_or_not(&mut self) {
        let link = self.peers[self.dice.below(self.peers.len())].link;
        match self.rig.slow.entry(link) {
            Entry::Vacant(place) => drop(place.insert(0)),
            Entry::Occupied(_) => self.rig.read_again(link),
        }
    }

    pub(super) fn end_session(&mut self) {
        let peer = 1 + self.dice.below(2);
        let gone = self.peers[peer].clone();
        self.members.retain(|member| member.peer != peer);
        self.rig.cut(&gone);
        let name = gone.name.clone();
        self.peers[peer] = self.rig.connect(&name);
    }
}

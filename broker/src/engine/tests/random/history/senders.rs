//! Two senders: one that sends again what was not answered, and one that is transacted.

use relaismq_openwire::{Message, TransactionId};

use super::{Answer, Peer, Producer, World, lines};

/// Asks for a response to each message.
#[derive(Debug)]
pub(super) struct Sender {
    pub(super) peer: Peer,
    pub(super) producers: Vec<Producer>,
    /// Sent and not answered: each is sent again after a reconnect.
    pub(super) unanswered: Vec<(i32, Message)>,
}

/// Sends one-way, in transactions.
#[derive(Debug)]
pub(super) struct Transacted {
    pub(super) peer: Peer,
    pub(super) producers: Vec<Producer>,
    pub(super) open: Option<(TransactionId, Vec<String>)>,
    /// The commit, and what was sent in it.
    pub(super) committing: Option<(i32, Vec<String>)>,
}

impl World {
    pub(super) fn send(&mut self) {
        let text = self.text();
        let line = self.dice.below(3);
        let priority = i8::try_from(self.dice.below(10)).expect("small");
        let message = self.sender.producers[line].message(&text, |it| it.priority = priority);
        self.send_message(message);
    }

    fn send_message(&mut self, message: Message) {
        match self.rig.request(&self.sender.peer.clone(), message.clone()) {
            Answer::Pending(number) => self.sender.unanswered.push((number, message)),
            answer => self.oracle.answered(&text_of(&message), &answer),
        }
    }

    /// Begins, sends, commits or rolls back.
    pub(super) fn transact(&mut self) {
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
                // It may wait behind what waits for room.
                let answer = self.rig.roll_back(&peer, &id);
                assert!(!matches!(answer, Answer::Refused(..)), "{answer:?}");
                self.oracle.refused.extend(texts);
            }
            1 => match self.rig.commit(&peer, &id) {
                Answer::Pending(number) => self.transacted.committing = Some((number, texts)),
                answer => texts.iter().for_each(|text| self.oracle.answered(text, &answer)),
            },
            _ => self.send_within(id, texts),
        }
    }

    fn send_within(&mut self, id: TransactionId, mut texts: Vec<String>) {
        let (line, text) = (self.dice.below(3), self.text());
        self.rig.enlist(&mut self.transacted.producers[line], &text, &id);
        texts.push(text);
        self.transacted.open = Some((id, texts));
    }

    pub(super) fn cut_sender(&mut self) {
        let peer = self.sender.peer.clone();
        self.rig.cut(&peer);
        self.reconnect_sender();
    }

    pub(super) fn reconnect_sender(&mut self) {
        let peer = self.rig.reconnect(&self.sender.peer.clone());
        for producer in &mut self.sender.producers {
            let (id, destination) = (producer.id.clone(), producer.destination.clone());
            producer.link = self.rig.producer_again(&peer, id, destination, |_| ()).link;
        }
        self.sender.peer = peer;
        for (_, message) in std::mem::take(&mut self.sender.unanswered) {
            self.send_message(message);
        }
    }

    pub(super) fn cut_transacted(&mut self) {
        let peer = self.transacted.peer.clone();
        self.rig.cut(&peer);
        self.reconnect_transacted();
    }

    /// Java does not replay a transaction whose commit was on its way.
    pub(super) fn reconnect_transacted(&mut self) {
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

    /// Takes the answers that have come since.
    pub(super) fn observe_answers(&mut self) {
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
    }
}

fn text_of(message: &Message) -> String {
    message.body_text().expect("text").unwrap_or_default().to_string()
}

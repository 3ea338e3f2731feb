//! What the application acknowledges itself: asked for, written in ranges, answered.

use relaismq_openwire::MessageAck;

use super::{
    Client,
    confirming::{Gathered, Range},
    consumer::{Asked, Run},
    io::{Answer, ConsumerKey, Epoch, Failure, RequestId, SessionKey, SessionMode},
    taking::kind_of_one,
};

impl Client {
    /// The application acknowledges.
    pub(super) fn acknowledge(
        &mut self,
        id: Option<RequestId>,
        key: ConsumerKey,
        epoch: Epoch,
        number: u64,
    ) {
        let Some(consumer) = self.registry.consumers.get_mut(&key) else {
            return self.answer(id, Err(Failure::NoSuch("consumer")));
        };
        if epoch != self.link.epoch || !self.link.is_connected() {
            return self.answer(id, Err(Failure::StaleDelivery));
        }
        consumer.take(number);
        let session = consumer.session;
        match self.registry.mode(session) {
            Some(SessionMode::Individual) => self.acknowledge_one(id, session, key, number),
            Some(SessionMode::Client) => self.acknowledge_all(id, session),
            _ => {
                self.taken_by(key);
                self.answer(id, Ok(Answer::Done));
            }
        }
    }

    fn acknowledge_one(
        &mut self,
        id: Option<RequestId>,
        session: SessionKey,
        key: ConsumerKey,
        number: u64,
    ) {
        let Some(consumer) = self.registry.consumers.get_mut(&key) else { return };
        match consumer.ask(number) {
            Asked::Now if consumer.spec.confirm_acks => {
                self.confirming.gather_one(session, key, number, id);
                self.asking.insert(session);
            }
            Asked::Now => {
                self.taken_by(key);
                self.answer(id, Ok(Answer::Done));
            }
            Asked::Before if self.confirming.join_one(session, key, number, id) => {}
            Asked::Before => self.answer(id, Err(Failure::Unanswered)),
            Asked::Settled => self.answer(id, Ok(Answer::Done)),
        }
    }

    /// Everything that the consumers of the session have taken.
    fn acknowledge_all(&mut self, id: Option<RequestId>, session: SessionKey) {
        let mut confirm = Vec::new();
        for key in self.registry.consumers_of(session) {
            let consumer = self.registry.consumers.get_mut(&key);
            let Some(consumer) = consumer.filter(|it| it.has_taken() || it.has_asked()) else {
                continue;
            };
            consumer.ask_taken();
            if consumer.spec.confirm_acks {
                confirm.push(key);
            } else {
                self.taken_by(key);
            }
        }
        if !confirm.is_empty() {
            self.confirming.gather_all(session, confirm, id);
            self.asking.insert(session);
        } else if !self.confirming.join_all(session, id) {
            self.answer(id, Ok(Answer::Done));
        }
    }

    /// Sends what has gathered.
    pub(super) fn flush_acknowledgements(&mut self) {
        if !self.link.is_connected() {
            return;
        }
        for key in std::mem::take(&mut self.dirty) {
            self.flush_consumer(key);
        }
        for session in std::mem::take(&mut self.asking) {
            if !self.confirming.is_under_way(session) {
                self.flush_session(session);
            }
        }
    }

    /// Sends all of it, whatever is under way: nothing can follow.
    pub(super) fn flush_everything(&mut self) {
        self.flush_acknowledgements();
        for session in self.registry.sessions.keys().copied().collect::<Vec<_>>() {
            self.flush_session(session);
        }
    }

    /// Sends what has gathered in a session, one command for each run of neighbours.
    pub(super) fn flush_session(&mut self, session: SessionKey) {
        if !self.link.is_connected() {
            return;
        }
        let Gathered { consumers, mut single, whole } = self.confirming.take_gathered(session);
        single.sort_unstable();
        let mut single = single.into_iter().peekable();
        for key in consumers {
            for Run { first, last, ack } in self.runs_to_confirm(key) {
                let covered = |it: &(ConsumerKey, u64, RequestId)| (it.0, it.1) <= (key, last);
                let waiting = std::iter::from_fn(|| single.next_if(covered)).map(|it| it.2);
                let range = Range { consumer: key, first, last, waiting: waiting.collect() };
                let command_id = self.write_asking(ack);
                self.confirming.written(session, command_id, range);
            }
        }
        if self.confirming.is_under_way(session) {
            return self.confirming.wait_for_written(session, whole);
        }
        for request in whole {
            self.answer(Some(request), Err(Failure::NoSuch("consumer")));
        }
    }

    fn runs_to_confirm(&mut self, key: ConsumerKey) -> Vec<Run> {
        let Some(consumer) = self.registry.consumers.get_mut(&key) else { return Vec::new() };
        let mode = self.registry.sessions.get(&consumer.session).map(|it| it.mode);
        consumer.confirm_asked(kind_of_one(mode))
    }

    fn write_asking(&mut self, mut ack: MessageAck) -> i32 {
        let command_id = self.ledger.command_id();
        (ack.command_id, ack.response_required) = (command_id, true);
        self.link.one_way.asked(command_id);
        self.write(ack);
        command_id
    }

    /// The broker has answered an acknowledgement. False if the command was none.
    pub(super) fn acknowledged(&mut self, command_id: i32, outcome: &Result<(), Failure>) -> bool {
        let Some(answered) = self.confirming.answered(command_id, outcome) else { return false };
        let Range { consumer, first, last, waiting } = answered.range;
        match self.registry.consumers.get_mut(&consumer) {
            Some(consumer) if outcome.is_ok() => consumer.confirmed(first, last),
            Some(consumer) => consumer.unconfirmed(first, last),
            None => {}
        }
        for request in waiting {
            self.answer(Some(request), outcome.clone().map(|()| Answer::Done));
        }
        for request in answered.whole {
            let failure = answered.failure.clone();
            self.answer(Some(request), failure.map_or(Ok(Answer::Done), Err));
        }
        if answered.next {
            self.asking.insert(answered.session);
        }
        true
    }

    /// What was asked for on a link that is gone.
    pub(super) fn lose_acknowledgements(&mut self) {
        self.asking.clear();
        let (unwritten, written) = self.confirming.lost();
        for request in unwritten {
            self.answer(Some(request), Err(Failure::StaleDelivery));
        }
        for request in written {
            self.answer(Some(request), Err(Failure::Unanswered));
        }
    }
}

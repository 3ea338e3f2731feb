//! What the application acknowledges itself: asked for, written in ranges, answered.

use relaismq_openwire::MessageAck;

use super::{
    Client,
    confirming::{Flight, Gathered, Range},
    consumer::{Asked, Run},
    flushing::kind_of_one,
    io::{Answer, ConsumerKey, Epoch, Failure, RequestId, SessionKey, SessionMode},
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
                self.confirming.gather(session, [key], id);
                self.asking.insert(session);
            }
            Asked::Now => {
                self.taken_by(key);
                self.answer(id, Ok(Answer::Done));
            }
            Asked::Before if self.confirming.join(session, key, number, id) => {}
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
            self.confirming.gather(session, confirm, id);
            self.asking.insert(session);
        } else if !self.confirming.join_last(session, id) {
            self.answer(id, Ok(Answer::Done));
        }
    }

    /// Sends what has gathered.
    pub(super) fn flush_acknowledgements(&mut self) {
        if self.dirty.is_empty() && self.asking.is_empty() || !self.link.is_connected() {
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

    /// Sends what has gathered in a session: a command for each run of neighbours, the last message by
    /// itself, which is the one that asks.
    pub(super) fn flush_session(&mut self, session: SessionKey) {
        if !self.link.is_connected() {
            return;
        }
        let Gathered { consumers, waiting } = self.confirming.take_gathered(session);
        let single = kind_of_one(self.registry.sessions.get(&session).map(|it| it.mode));
        let mut runs = Vec::new();
        for key in consumers {
            if let Some(consumer) = self.registry.consumers.get_mut(&key) {
                runs.extend(consumer.confirm_asked(single).into_iter().map(|run| (key, run)));
            }
        }
        let Some((key, last)) = runs.pop() else {
            return self.answer_all(waiting, &Err(Failure::NoSuch("consumer")));
        };
        let Some(consumer) = self.registry.consumers.get(&key) else { return };
        let (rest, last) = consumer.split_last(last, single);
        runs.extend(rest.map(|rest| (key, rest)));
        let mut ranges = Vec::new();
        for (consumer, Run { first, last, ack }) in runs {
            ranges.push(Range { consumer, first, last });
            self.write_one_way(ack);
        }
        ranges.push(Range { consumer: key, first: last.first, last: last.last });
        let command_id = self.write_asking(last.ack);
        self.confirming.written(session, command_id, Flight { ranges, waiting });
    }

    pub(super) fn write_asking(&mut self, mut ack: MessageAck) -> i32 {
        let command_id = self.ledger.command_id();
        (ack.command_id, ack.response_required) = (command_id, true);
        self.link.one_way.asked(command_id);
        self.write(ack);
        command_id
    }

    /// The broker has answered acknowledgements. False if the command was none. Of those that went with
    /// one that is refused nothing is known but that the broker has read them: only that one may be
    /// tried again.
    pub(super) fn acknowledged(&mut self, command_id: i32, outcome: &Result<(), Failure>) -> bool {
        let Some((flight, next)) = self.confirming.answered(command_id) else { return false };
        let mut ranges = flight.ranges;
        let refused = if outcome.is_err() { ranges.pop() } else { None };
        for Range { consumer, first, last } in ranges {
            if let Some(consumer) = self.registry.consumers.get_mut(&consumer) {
                consumer.confirmed(first, last);
            }
        }
        if let Some(Range { consumer, first, last }) = refused
            && let Some(consumer) = self.registry.consumers.get_mut(&consumer)
        {
            consumer.unconfirmed(first, last);
        }
        self.answer_all(flight.waiting, outcome);
        self.asking.extend(next);
        true
    }

    /// What was asked for on a link that is gone.
    pub(super) fn lose_acknowledgements(&mut self) {
        self.asking.clear();
        let (unwritten, written) = self.confirming.lost();
        self.answer_all(unwritten, &Err(Failure::StaleDelivery));
        self.answer_all(written, &Err(Failure::Unanswered));
    }
}

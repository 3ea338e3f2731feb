//! What is closed goes away, at once or when nothing depends on it any more.

use relaismq_openwire::{Command, RemoveInfo};

use super::{
    Client,
    commands::remove,
    io::{Answer, ConsumerKey, Failure, ProducerKey, RequestId, SessionKey},
    ledger::{Entry, Purpose},
};

impl Client {
    /// A send of this producer is settled; a producer that is closed waits for its last one.
    pub(super) fn send_settled(&mut self, key: ProducerKey) {
        let Some(producer) = self.registry.producers.get_mut(&key) else { return };
        producer.unsettled = producer.unsettled.saturating_sub(1);
        if producer.closed {
            let session = producer.session;
            self.sweep_producers(session);
        }
    }

    /// Removes what is closed and not needed any more: producers first, then their session.
    pub(super) fn sweep_producers(&mut self, key: SessionKey) {
        let Some(session) = self.registry.sessions.get(&key) else { return };
        let session_is_closed = session.closed;
        let gone: Vec<ProducerKey> = self
            .registry
            .producers
            .iter()
            .filter(|(_, it)| it.session == key && it.closed && it.unsettled == 0)
            .filter(|(_, it)| !session.has_sends_of(&it.id))
            .map(|(key, _)| *key)
            .collect();
        for key in gone {
            if let Some(producer) = self.registry.producers.remove(&key) {
                self.remove_from_broker(producer.id.into());
            }
        }
        if session_is_closed && self.registry.producers_of(key).is_empty() {
            self.registry.sessions.remove(&key);
            self.remove_from_broker(self.registry.session_id(key).into());
        }
    }

    pub(super) fn remove_from_broker(&mut self, object: Command) {
        if self.link.is_writable() {
            self.write_one_way(remove(object, RemoveInfo::DELIVERED_UNKNOWN));
        }
    }

    pub(super) fn remove_consumer(&mut self, id: Option<RequestId>, key: ConsumerKey) {
        self.flush_before_removal(key);
        let opening = self
            .forget_opening(|purpose| matches!(purpose, Purpose::Consumer(other) if *other == key));
        let Some(consumer) = self.registry.consumers.remove(&key) else {
            return self.answer(id, Ok(Answer::Done));
        };
        if let Some(pull) = consumer.pull {
            self.answer(pull.request, Ok(Answer::Pulled(false)));
        }
        let known = opening.is_none_or(|entry| entry.written == Some(self.link.epoch));
        if !known || !self.link.is_writable() {
            return self.answer(id, Ok(Answer::Done));
        }
        let last = consumer.last_delivered();
        self.request(id, remove(consumer.id.into(), last), Purpose::Removal);
    }

    /// What is acknowledged before it closes is acknowledged.
    pub(super) fn flush_before_removal(&mut self, key: ConsumerKey) {
        self.flush_consumer(key);
        let consumer = self.registry.consumers.get(&key).filter(|consumer| consumer.has_asked());
        if let Some(session) = consumer.map(|consumer| consumer.session) {
            self.flush_session(session);
        }
    }

    /// What is closed before the broker has answered that it is open.
    pub(super) fn forget_opening(
        &mut self,
        mut which: impl FnMut(&Purpose) -> bool,
    ) -> Option<Entry> {
        let entry = self.ledger.extract(|entry| which(&entry.purpose)).pop()?;
        self.answer(entry.request, Err(Failure::NoSuch("session")));
        Some(entry)
    }
}

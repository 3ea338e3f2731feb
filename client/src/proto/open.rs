//! Opening and closing sessions, producers and consumers.

use relaismq_openwire::{Command, Destination, RemoveInfo, SessionInfo};

use super::{
    Client,
    commands::{consumer_info, producer_info, remove},
    consumer::Consumer,
    io::{
        Answer, ConsumerKey, ConsumerSpec, Failure, ProducerKey, RequestId, SessionKey, SessionMode,
    },
    ledger::{Entry, Purpose},
};

impl Client {
    pub(super) fn open_session(&mut self, id: Option<RequestId>, mode: SessionMode) {
        let key = self.registry.open_session(mode);
        if self.link.is_writable() {
            let session_id = Some(self.registry.session_id(key));
            self.write_one_way(SessionInfo { session_id, ..SessionInfo::default() });
        }
        self.answer(id, Ok(Answer::Session(key)));
    }

    pub(super) fn close_session(&mut self, id: Option<RequestId>, key: SessionKey) {
        self.abandon_transaction(key);
        for consumer in self.registry.consumers_of(key) {
            self.remove_consumer(None, consumer);
        }
        for producer in self.registry.producers_of(key) {
            self.close_producer(None, producer);
        }
        if let Some(session) = self.registry.sessions.get_mut(&key) {
            session.closed = true;
        }
        self.sweep_producers(key);
        self.answer(id, Ok(Answer::Done));
    }

    pub(super) fn open_producer(
        &mut self,
        id: Option<RequestId>,
        session: SessionKey,
        destination: Option<Destination>,
        dispatch_async: bool,
    ) {
        if self.registry.mode(session).is_none() {
            return self.answer(id, Err(Failure::NoSuch("session")));
        }
        let (key, _) = self.registry.open_producer(session, destination, dispatch_async);
        if let Some(producer) = self.registry.producers.get(&key) {
            self.request(id, producer_info(producer), Purpose::Producer(key));
        }
    }

    /// A producer goes when its last message is settled: until then a reconnect must restore it, or
    /// the broker would not know whose messages are sent again.
    pub(super) fn close_producer(&mut self, id: Option<RequestId>, key: ProducerKey) {
        let opening = self
            .forget_opening(|purpose| matches!(purpose, Purpose::Producer(other) if *other == key));
        if let Some(producer) = self.registry.producers.get_mut(&key) {
            producer.closed = true;
            let session = producer.session;
            match opening {
                Some(entry) if entry.written != Some(self.link.epoch) => {
                    self.registry.producers.remove(&key);
                }
                _ => self.sweep_producers(session),
            }
        }
        self.answer(id, Ok(Answer::Done));
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

    fn remove_from_broker(&mut self, object: Command) {
        if self.link.is_writable() {
            self.write_one_way(remove(object, RemoveInfo::DELIVERED_UNKNOWN));
        }
    }

    pub(super) fn open_consumer(
        &mut self,
        id: Option<RequestId>,
        session: SessionKey,
        spec: ConsumerSpec,
    ) {
        if self.registry.mode(session).is_none() {
            return self.answer(id, Err(Failure::NoSuch("session")));
        }
        if self.is_foreign(&spec.destination) {
            let class = "javax.jms.InvalidDestinationException".to_owned();
            let message = format!("{} belongs to another connection", spec.destination);
            return self.answer(id, Err(Failure::Refused { class, message }));
        }
        let (key, consumer_id) = self.registry.next_consumer(session);
        let consumer = Consumer::new(consumer_id, session, spec);
        let info = consumer_info(&consumer, &self.client_id);
        self.registry.consumers.insert(key, consumer);
        self.request(id, info, Purpose::Consumer(key));
    }

    /// JMS lets only its own connection receive from a temporary destination; ActiveMQ leaves it to
    /// its clients to see to that.
    fn is_foreign(&self, destination: &Destination) -> bool {
        let own = || destination.name.starts_with(&format!("{}:", self.registry.connection));
        destination.kind.is_temporary() && !own()
    }

    pub(super) fn close_consumer(&mut self, id: Option<RequestId>, key: ConsumerKey) {
        if self.waits_for_transaction(key) {
            return self.answer(id, Ok(Answer::Done));
        }
        self.remove_consumer(id, key);
    }

    /// As in ActiveMQ's client, a consumer with messages in a transaction closes with that.
    fn waits_for_transaction(&mut self, key: ConsumerKey) -> bool {
        let Some(consumer) = self.registry.consumers.get_mut(&key) else { return false };
        let mode = self.registry.sessions.get(&consumer.session).map(|session| session.mode);
        consumer.closing =
            mode == Some(SessionMode::Transacted) && consumer.has_open() && self.link.is_writable();
        consumer.closing
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
    fn flush_before_removal(&mut self, key: ConsumerKey) {
        self.flush_consumer(key);
        let consumer = self.registry.consumers.get(&key).filter(|consumer| consumer.has_asked());
        if let Some(session) = consumer.map(|consumer| consumer.session) {
            self.flush_session(session);
        }
    }

    /// What is closed before the broker has answered that it is open.
    fn forget_opening(&mut self, mut which: impl FnMut(&Purpose) -> bool) -> Option<Entry> {
        let entry = self.ledger.extract(|entry| which(&entry.purpose)).pop()?;
        self.answer(entry.request, Err(Failure::NoSuch("session")));
        Some(entry)
    }
}

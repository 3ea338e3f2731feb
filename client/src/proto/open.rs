//! Opening and closing sessions, producers and consumers.

use relaismq_openwire::{Destination, SessionInfo};

use super::{
    Client,
    commands::{consumer_info, producer_info},
    consumer::Consumer,
    io::{
        Answer, ConsumerKey, ConsumerSpec, Failure, ProducerKey, RequestId, SessionKey, SessionMode,
    },
    ledger::Purpose,
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
}

//! What the application has open: sessions, producers, consumers, temporary destinations and
//! transactions. This is what a reconnect restores.

use std::{collections::BTreeMap, sync::Arc};

use relaismq_openwire::{
    ConnectionId, ConsumerId, Destination, Message, MessageId, ProducerId, SessionId, TransactionId,
};

use super::{
    MAX_HELD_BYTES,
    audit::Audit,
    consumer::Consumer,
    io::{ConsumerKey, Doubt, ProducerKey, SessionKey, SessionMode},
    weight::weight,
};

#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) mode: SessionMode,
    /// Begun by the first send or acknowledgement in it.
    pub(crate) transaction: Option<Transaction>,
    /// Their commits are asked for and not answered.
    pub(crate) committing: Vec<Transaction>,
    /// Why the transaction can only be rolled back; then there is none any more on the broker.
    pub(crate) broken: Option<String>,
    /// Stays until its last message is settled.
    pub(crate) closed: bool,
}

impl Session {
    /// A reconnect would have to send messages of this producer again.
    pub(crate) fn has_sends_of(&self, producer: &ProducerId) -> bool {
        let transactions = self.committing.iter().chain(&self.transaction);
        let mut sends = transactions.flat_map(|transaction| &transaction.sends);
        sends.any(|message| message.producer_id.as_ref() == Some(producer))
    }
}

/// An open local transaction.
#[derive(Clone, Debug)]
pub(crate) struct Transaction {
    pub(crate) number: i64,
    pub(crate) id: TransactionId,
    /// What was sent in it, to be sent again after a reconnect.
    pub(crate) sends: Vec<Arc<Message>>,
    /// Bytes of them.
    bytes: usize,
    /// Command ids of what was sent and is not kept: the transaction has become too large for that.
    forgotten: Vec<(i32, Option<MessageId>)>,
    /// What was acknowledged in it.
    pub(crate) taken: Vec<MessageId>,
}

impl Transaction {
    /// Keeps a message, unless all of them together are too large. Those were written already, and
    /// only a lost link matters to them.
    pub(crate) fn sent(&mut self, message: &Arc<Message>) {
        self.bytes += weight(message);
        self.sends.push(message.clone());
        if self.is_too_large() {
            let ids = |message: Arc<Message>| (message.command_id, message.message_id.clone());
            self.forgotten.extend(self.sends.drain(..).map(ids));
        }
    }

    /// It cannot be sent again.
    pub(crate) const fn is_too_large(&self) -> bool {
        self.bytes > MAX_HELD_BYTES
    }

    /// What is in doubt when its commit is.
    pub(crate) fn doubt(&self) -> Box<Doubt> {
        let sent = self.forgotten.iter().filter_map(|(_, id)| id.clone());
        let kept = self.sends.iter().filter_map(|message| message.message_id.clone());
        let sent = sent.chain(kept).collect();
        Box::new(Doubt { transaction: self.id.to_string(), sent, received: self.taken.clone() })
    }

    /// Whether a message of it went by this command id.
    pub(crate) fn has_command(&self, command_id: i32) -> bool {
        self.forgotten.iter().any(|(id, _)| *id == command_id)
            || self.sends.iter().any(|message| message.command_id == command_id)
    }
}

#[derive(Debug)]
pub(crate) struct Producer {
    pub(crate) id: ProducerId,
    pub(crate) session: SessionKey,
    pub(crate) destination: Option<Destination>,
    pub(crate) dispatch_async: bool,
    /// The broker has accepted it: it is restored after a reconnect.
    pub(crate) confirmed: bool,
    /// Stays until its last message is settled.
    pub(crate) closed: bool,
    /// Messages that are not settled.
    pub(crate) unsettled: usize,
    sequence: i64,
}

impl Producer {
    /// The next message of this producer. Ids are given in the order of writing: after a failover
    /// the broker drops what is not above the highest it has stored.
    pub(crate) const fn next_sequence(&mut self) -> i64 {
        self.sequence += 1;
        self.sequence
    }
}

/// Everything that is open.
#[derive(Debug)]
pub(crate) struct Registry {
    pub(crate) connection: ConnectionId,
    pub(crate) sessions: BTreeMap<SessionKey, Session>,
    pub(crate) producers: BTreeMap<ProducerKey, Producer>,
    pub(crate) consumers: BTreeMap<ConsumerKey, Consumer>,
    pub(crate) temporaries: Vec<Destination>,
    /// Of queues: whichever consumer of this connection gets a message again, it is flagged.
    pub(crate) audit: Audit,
    last_session: i64,
    last_producer: i64,
    last_consumer: i64,
    last_transaction: i64,
    last_temporary: i64,
}

impl Registry {
    pub(crate) fn new(connection: ConnectionId) -> Self {
        Self {
            connection,
            sessions: BTreeMap::new(),
            producers: BTreeMap::new(),
            consumers: BTreeMap::new(),
            temporaries: Vec::new(),
            audit: Audit::default(),
            last_session: 0,
            last_producer: 0,
            last_consumer: 0,
            last_transaction: 0,
            last_temporary: 0,
        }
    }

    pub(crate) fn session_id(&self, key: SessionKey) -> SessionId {
        self.connection.session(key.0)
    }

    pub(crate) fn open_session(&mut self, mode: SessionMode) -> SessionKey {
        self.last_session += 1;
        let key = SessionKey(self.last_session);
        let session = Session {
            mode,
            transaction: None,
            committing: Vec::new(),
            broken: None,
            closed: false,
        };
        self.sessions.insert(key, session);
        key
    }

    pub(crate) fn open_producer(
        &mut self,
        session: SessionKey,
        destination: Option<Destination>,
        dispatch_async: bool,
    ) -> (ProducerKey, ProducerId) {
        self.last_producer += 1;
        let key = ProducerKey(self.last_producer);
        let id = self.session_id(session).producer(key.0);
        let producer = Producer {
            id: id.clone(),
            session,
            destination,
            dispatch_async,
            confirmed: false,
            closed: false,
            unsettled: 0,
            sequence: 0,
        };
        self.producers.insert(key, producer);
        (key, id)
    }

    pub(crate) fn next_consumer(&mut self, session: SessionKey) -> (ConsumerKey, ConsumerId) {
        self.last_consumer += 1;
        let key = ConsumerKey(self.last_consumer);
        (key, self.session_id(session).consumer(key.0))
    }

    pub(crate) fn next_transaction(&mut self) -> Transaction {
        self.last_transaction += 1;
        let number = self.last_transaction;
        let id = self.connection.transaction(number);
        Transaction {
            number,
            id,
            sends: Vec::new(),
            bytes: 0,
            forgotten: Vec::new(),
            taken: Vec::new(),
        }
    }

    /// A name that belongs to this connection.
    pub(crate) fn next_temporary(&mut self) -> String {
        self.last_temporary += 1;
        format!("{}:{}", self.connection, self.last_temporary)
    }

    pub(crate) fn consumers_of(&self, session: SessionKey) -> Vec<ConsumerKey> {
        let of_session = self.consumers.iter().filter(|(_, consumer)| consumer.session == session);
        of_session.map(|(key, _)| *key).collect()
    }

    pub(crate) fn producers_of(&self, session: SessionKey) -> Vec<ProducerKey> {
        let of_session = self.producers.iter().filter(|(_, producer)| producer.session == session);
        of_session.map(|(key, _)| *key).collect()
    }

    pub(crate) fn mode(&self, session: SessionKey) -> Option<SessionMode> {
        self.sessions.get(&session).filter(|session| !session.closed).map(|session| session.mode)
    }
}

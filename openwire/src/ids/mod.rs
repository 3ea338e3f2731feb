//! Identifiers.

mod nested;
mod parse;
mod show;

pub use self::parse::ParseIdError;
use crate::{cache::Key, text::Text, wire::macros::wire_struct};

wire_struct! {
    /// A broker, by a text that is unique for each start.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
    BrokerId = 124 "BrokerId" since 1 {
        /// The whole id.
        value: text = "value";
    }
}

wire_struct! {
    /// A connection, by any text; Java uses `ID:host-port-millis-n:m`.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
    ConnectionId = 120 "ConnectionId" since 1 {
        /// The whole id.
        value: text = "value";
    }
}

wire_struct! {
    /// A session; -1 is the internal one of its connection.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
    SessionId = 121 "SessionId" since 1 {
        /// The connection it belongs to.
        connection_id: text = "connectionId";
        /// Counts the sessions of the connection, from 1.
        value: long = "value";
    }
}

wire_struct! {
    /// A consumer.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
    ConsumerId = 122 "ConsumerId" since 1 {
        /// The connection it belongs to.
        connection_id: text = "connectionId";
        /// The session it belongs to.
        session_id: long = "sessionId";
        /// Counts the consumers of the session.
        value: long = "value";
    }
}

wire_struct! {
    /// A producer.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
    ProducerId = 123 "ProducerId" since 1 {
        /// The connection it belongs to.
        connection_id: text = "connectionId";
        /// Counts the producers of the session.
        value: long = "value";
        /// The session it belongs to.
        session_id: long = "sessionId";
    }
}

wire_struct! {
    /// A message: the producer that sent it, and its place among that one's messages.
    #[derive(Clone, Debug, Default)]
    MessageId = 110 "MessageId" since 1 {
        /// A foreign JMS message id, shown instead; no part of the identity.
        text_view: text = "textView", since 10;
        /// Who sent it.
        producer_id: cached(ProducerId) = "producerId";
        /// Counts the messages of a producer.
        producer_sequence_id: long = "producerSequenceId";
        /// Counts the messages of a broker; set by the broker.
        broker_sequence_id: long = "brokerSequenceId";
    }
}

wire_struct! {
    /// A transaction of one connection.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
    LocalTransactionId = 111 "LocalTransactionId" since 1 {
        /// Counts the transactions of the connection.
        value: long = "value";
        /// The connection it belongs to.
        connection_id: cached(ConnectionId) = "connectionId";
    }
}

wire_struct! {
    /// A branch of a distributed transaction.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
    XaTransactionId = 112 "XATransactionId" since 1 {
        /// XA format.
        format_id: int = "formatId";
        /// XA global part.
        global_transaction_id: bytes = "globalTransactionId";
        /// XA branch part.
        branch_qualifier: bytes = "branchQualifier";
    }
}

/// A local transaction or a branch of a distributed one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TransactionId {
    /// Of one connection.
    Local(LocalTransactionId),
    /// Of a transaction manager.
    Xa(Box<XaTransactionId>),
}

impl BrokerId {
    /// A broker by its text.
    pub fn new(value: impl Into<Text>) -> Self {
        Self { value: Some(value.into()) }
    }
}

impl ConnectionId {
    /// A connection by its text.
    pub fn new(value: impl Into<Text>) -> Self {
        Self { value: Some(value.into()) }
    }

    /// The session `value` of this connection.
    pub fn session(&self, value: i64) -> SessionId {
        SessionId { connection_id: self.value.clone(), value }
    }

    /// The local transaction `value` of this connection.
    pub fn transaction(&self, value: i64) -> TransactionId {
        TransactionId::Local(LocalTransactionId { value, connection_id: Some(self.clone()) })
    }
}

impl SessionId {
    /// The connection it belongs to.
    pub fn connection(&self) -> ConnectionId {
        ConnectionId { value: self.connection_id.clone() }
    }

    /// The consumer `value` of this session.
    pub fn consumer(&self, value: i64) -> ConsumerId {
        ConsumerId { connection_id: self.connection_id.clone(), session_id: self.value, value }
    }

    /// The producer `value` of this session.
    pub fn producer(&self, value: i64) -> ProducerId {
        ProducerId { connection_id: self.connection_id.clone(), value, session_id: self.value }
    }
}

impl ConsumerId {
    /// The session it belongs to.
    pub fn session(&self) -> SessionId {
        SessionId { connection_id: self.connection_id.clone(), value: self.session_id }
    }

    /// The connection it belongs to.
    pub fn connection(&self) -> ConnectionId {
        ConnectionId { value: self.connection_id.clone() }
    }
}

impl ProducerId {
    /// The session it belongs to.
    pub fn session(&self) -> SessionId {
        SessionId { connection_id: self.connection_id.clone(), value: self.session_id }
    }

    /// The connection it belongs to.
    pub fn connection(&self) -> ConnectionId {
        ConnectionId { value: self.connection_id.clone() }
    }

    /// The id of this producer's message number `sequence`.
    pub fn message(&self, sequence: i64) -> MessageId {
        MessageId {
            producer_id: Some(self.clone()),
            producer_sequence_id: sequence,
            ..MessageId::default()
        }
    }
}

impl MessageId {
    pub(crate) fn cache_key(&self) -> Key {
        Key::Message(self.producer_id.clone(), self.producer_sequence_id)
    }
}

/// Two ids are equal if producer and sequence are, as in Java: a broker's own sequence and a
/// foreign view do not count.
impl PartialEq for MessageId {
    fn eq(&self, other: &Self) -> bool {
        self.producer_sequence_id == other.producer_sequence_id
            && self.producer_id == other.producer_id
    }
}

impl Eq for MessageId {}

impl std::hash::Hash for MessageId {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.producer_id.hash(state);
        self.producer_sequence_id.hash(state);
    }
}

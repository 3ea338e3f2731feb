//! Messages of every kind.

use std::sync::Arc;

use super::Command;
use crate::destination::Destination;
use crate::error::{DecodeError, EncodeError};
use crate::ids::{BrokerId, ConsumerId, MessageId, ProducerId, TransactionId};
use crate::wire::{Nested, Sink, Source, Structure, macros::wire_struct, wrong_type};

wire_struct! {
    /// A message: header, properties and body. The kind decides how the body is read.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    Message = 23 "ActiveMQMessage" since 1 {
        /// Number given by the sender, unique on its connection; responses quote it.
        command_id: int = "commandId";
        /// The sender waits for exactly one response.
        response_required: boolean = "responseRequired";
        /// Who sent it, on the sender's connection.
        producer_id: cached(ProducerId) = "producerId";
        /// Where it goes: as sent by the client, later as rewritten by the broker.
        destination: cached(Destination) = "destination";
        /// The transaction it is sent in, if any.
        transaction_id: cached(TransactionId) = "transactionId";
        /// Where it was sent first, before a rewrite by the broker (dead letters, composites, virtual topics).
        original_destination: cached(Destination) = "originalDestination";
        /// Its id.
        message_id: nested(MessageId) = "messageId";
        /// The transaction it was first sent in.
        original_transaction_id: cached(TransactionId) = "originalTransactionId";
        /// `JMSXGroupID`.
        group_id: text = "groupID";
        /// `JMSXGroupSeq`; negative closes the group.
        group_sequence: int = "groupSequence";
        /// `JMSCorrelationID`.
        correlation_id: text = "correlationId";
        /// JMS delivery mode PERSISTENT.
        persistent: boolean = "persistent";
        /// Absolute time in milliseconds since 1970; 0 never.
        expiration: long = "expiration";
        /// 0 to 9; JMS default 4.
        priority: byte = "priority";
        /// `JMSReplyTo`.
        reply_to: nested(Destination) = "replyTo";
        /// Send time in milliseconds since 1970; 0 none.
        timestamp: long = "timestamp";
        /// `JMSType`; `Advisory` marks advisory messages.
        jms_type: text = "type";
        /// The body, encoded by kind and `compressed`.
        content: bytes = "content";
        /// The properties as a primitive map; `None` without any.
        marshalled_properties: bytes = "marshalledProperties";
        /// A command that an advisory message is about.
        data_structure: nested(Box<Command>) = "dataStructure";
        /// Deliver to this consumer only.
        target_consumer_id: cached(ConsumerId) = "targetConsumerId";
        /// The content is a zlib stream.
        compressed: boolean = "compressed";
        /// Deliveries before this one.
        redelivery_counter: int = "redeliveryCounter";
        /// Brokers that the command has passed through.
        broker_path: array(BrokerId) = "brokerPath";
        /// Broker arrival time (legacy), milliseconds.
        arrival: long = "arrival";
        /// `JMSXUserID`.
        user_id: text = "userID";
        /// Used inside ActiveMQ only; preserved.
        received_by_df_bridge: boolean = "recievedByDFBridge";
        /// May be discarded for slow consumers.
        droppable: boolean = "droppable", since 2;
        /// Brokers of a cluster it passed.
        cluster: array(BrokerId) = "cluster", since 3;
        /// When the broker received it, milliseconds since 1970.
        broker_in_time: long = "brokerInTime", since 3;
        /// When the broker dispatched it, milliseconds since 1970.
        broker_out_time: long = "brokerOutTime", since 3;
        /// First message of its group for its consumer.
        group_first_for_consumer: boolean = "JMSXGroupFirstForConsumer", since 10;
    }
    plus {
        /// What the body is; decides the type byte.
        kind: MessageKind;
    }
}

/// The seven kinds of message, and what only blobs have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum MessageKind {
    /// No body: JMS `Message`.
    #[default]
    Plain,
    /// Raw bytes.
    Bytes,
    /// Named values.
    Map,
    /// A serialized Java object, opaque here.
    Object,
    /// A sequence of values.
    Stream,
    /// Text.
    Text,
    /// A reference to a body stored elsewhere.
    Blob(Box<BlobReference>),
}

wire_struct! {
    /// Where the body of a blob message is. On the wire it follows the message's own fields.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    BlobReference = 29 "ActiveMQBlobMessage" since 3 {
        /// Where the blob is.
        remote_blob_url: text = "remoteBlobUrl";
        /// Type of the blob.
        mime_type: text = "mimeType";
        /// The broker deletes the blob with the message.
        deleted_by_broker: boolean = "deletedByBroker";
    }
}

impl MessageKind {
    /// The type byte of a message of this kind.
    pub const fn code(&self) -> u8 {
        match self {
            Self::Plain => 23,
            Self::Bytes => 24,
            Self::Map => 25,
            Self::Object => 26,
            Self::Stream => 27,
            Self::Text => 28,
            Self::Blob(_) => 29,
        }
    }

    pub(crate) fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            23 => Self::Plain,
            24 => Self::Bytes,
            25 => Self::Map,
            26 => Self::Object,
            27 => Self::Stream,
            28 => Self::Text,
            29 => Self::Blob(Box::default()),
            _ => return None,
        })
    }

    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Plain => "ActiveMQMessage",
            Self::Bytes => "ActiveMQBytesMessage",
            Self::Map => "ActiveMQMapMessage",
            Self::Object => "ActiveMQObjectMessage",
            Self::Stream => "ActiveMQStreamMessage",
            Self::Text => "ActiveMQTextMessage",
            Self::Blob(_) => "ActiveMQBlobMessage",
        }
    }
}

impl Message {
    /// Writes the fields of every kind, then those of this kind.
    pub(crate) fn write_all<S: Sink>(&self, sink: &mut S) -> Result<(), EncodeError> {
        self.write(sink)?;
        match &self.kind {
            MessageKind::Blob(reference) => reference.write(sink),
            _ => Ok(()),
        }
    }
}

impl Nested for Arc<Message> {
    const EXPECTED: &'static str = "a message";

    fn type_code(&self) -> u8 {
        self.kind.code()
    }

    fn write_fields<S: Sink>(&self, sink: &mut S) -> Result<(), EncodeError> {
        self.write_all(sink)
    }

    fn read_fields<S: Source>(code: u8, source: &mut S) -> Result<Self, DecodeError> {
        let kind = match MessageKind::from_code(code) {
            Some(MessageKind::Blob(_)) if source.version() < BlobReference::SINCE => None,
            kind => kind,
        };
        let Some(kind) = kind else { return Err(wrong_type::<Self>(code, source)) };
        // Where it stays from here on: half a kilobyte is not moved about.
        let mut shared = Self::default();
        let message = Self::make_mut(&mut shared);
        message.fill(source)?;
        message.kind = kind;
        if let MessageKind::Blob(reference) = &mut message.kind {
            reference.fill(source)?;
        }
        Ok(shared)
    }
}

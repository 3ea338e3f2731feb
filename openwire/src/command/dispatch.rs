//! Messages on their way to a consumer, and what the consumer says of them.

use super::Message;
use crate::destination::Destination;
use crate::ids::{ConsumerId, MessageId, TransactionId};
use crate::wire::macros::wire_struct;
use std::sync::Arc;

wire_struct! {
    /// Hands a message to a consumer.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    MessageDispatch = 21 "MessageDispatch" since 1 {
        /// Number given by the sender, unique on its connection; responses quote it.
        command_id: int = "commandId";
        /// The sender waits for exactly one response.
        response_required: boolean = "responseRequired";
        /// The consumer that gets it.
        consumer_id: cached(ConsumerId) = "consumerId";
        /// The consumer's destination that matched.
        destination: cached(Destination) = "destination";
        /// The message; `None` marks the end of a browse or an empty pull.
        message: nested(Arc<Message>) = "message";
        /// Deliveries before this one.
        redelivery_counter: int = "redeliveryCounter";
    }
}

wire_struct! {
    /// Acknowledges messages, in one of seven ways.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    MessageAck = 22 "MessageAck" since 1 {
        /// Number given by the sender, unique on its connection; responses quote it.
        command_id: int = "commandId";
        /// The sender waits for exactly one response.
        response_required: boolean = "responseRequired";
        /// Where the messages came from.
        destination: cached(Destination) = "destination";
        /// The transaction in which it takes effect, if any.
        transaction_id: cached(TransactionId) = "transactionId";
        /// The consumer that got the messages.
        consumer_id: cached(ConsumerId) = "consumerId";
        /// What became of them: [`Self::DELIVERED`] and so on.
        ack_type: byte = "ackType";
        /// First of the range; `None` = oldest outstanding.
        first_message_id: nested(MessageId) = "firstMessageId";
        /// Last of the range.
        last_message_id: nested(MessageId) = "lastMessageId";
        /// Number of messages in the range.
        message_count: int = "messageCount";
        /// Why the client gave up on the message.
        poison_cause: throwable = "poisonCause", since 7;
    }
}

wire_struct! {
    /// Legacy replication of a dispatch.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    MessageDispatchNotification = 90 "MessageDispatchNotification" since 1 {
        /// Number given by the sender, unique on its connection; responses quote it.
        command_id: int = "commandId";
        /// The sender waits for exactly one response.
        response_required: boolean = "responseRequired";
        /// The consumer that got the message.
        consumer_id: cached(ConsumerId) = "consumerId";
        /// Where the message came from.
        destination: cached(Destination) = "destination";
        /// Order of the delivery.
        delivery_sequence_id: long = "deliverySequenceId";
        /// The message.
        message_id: nested(MessageId) = "messageId";
    }
}

impl MessageAck {
    /// Seen, not yet consumed: the window grows, nothing is removed.
    pub const DELIVERED: i8 = 0;
    /// Given up: the broker moves the range to the dead letter queue.
    pub const POISON: i8 = 1;
    /// Consumed.
    pub const STANDARD: i8 = 2;
    /// Delivered again by the client itself after a rollback.
    pub const REDELIVERED: i8 = 3;
    /// Consumed, this one message only.
    pub const INDIVIDUAL: i8 = 4;
    /// Does not match a durable subscription's selector; internal to stores.
    pub const UNMATCHED: i8 = 5;
    /// Expired before it was consumed.
    pub const EXPIRED: i8 = 6;
}

//! Structures of stores, discovery and UDP: decoded so that nothing is unknown.

use super::MessageAck;
use crate::destination::Destination;
use crate::ids::{MessageId, TransactionId};
use crate::wire::macros::wire_struct;

wire_struct! {
    /// A discovered service.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    DiscoveryEvent = 40 "DiscoveryEvent" since 1 {
        /// What was discovered.
        service_name: text = "serviceName";
        /// Configured name of the broker.
        broker_name: text = "brokerName";
    }
}

wire_struct! {
    /// A journal record.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    JournalTopicAck = 50 "JournalTopicAck" since 1 {
        /// The topic.
        destination: nested(Destination) = "destination";
        /// The message acknowledged.
        message_id: nested(MessageId) = "messageId";
        /// Store sequence.
        message_sequence_id: long = "messageSequenceId";
        /// Name of the durable subscription.
        subscription_name: text = "subscritionName";
        /// JMS client id that the subscription belongs to.
        client_id: text = "clientId";
        /// The transaction of the acknowledgement, if any.
        transaction_id: nested(TransactionId) = "transactionId";
    }
}

wire_struct! {
    /// A journal record.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    JournalQueueAck = 52 "JournalQueueAck" since 1 {
        /// The queue.
        destination: nested(Destination) = "destination";
        /// The acknowledgement.
        message_ack: nested(MessageAck) = "messageAck";
    }
}

wire_struct! {
    /// A journal record.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    JournalTrace = 53 "JournalTrace" since 1 {
        /// Free text.
        message: text = "message";
    }
}

wire_struct! {
    /// A journal record.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    JournalTransaction = 54 "JournalTransaction" since 1 {
        /// The transaction.
        transaction_id: nested(TransactionId) = "transactionId";
        /// 1 XA prepare, 2 XA commit, 3 XA rollback, 4 local commit, 5 local rollback.
        transaction_type: byte = "type";
        /// After a prepare.
        was_prepared: boolean = "wasPrepared";
    }
}

wire_struct! {
    /// A stored durable subscription.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    SubscriptionInfo = 55 "SubscriptionInfo" since 1 {
        /// JMS client id that the subscription belongs to.
        client_id: text = "clientId";
        /// What it consumes from.
        destination: cached(Destination) = "destination";
        /// JMS message selector.
        selector: text = "selector";
        /// Name of a durable subscription (`subscriptionName` before version 6; the same place).
        subscription_name: text = "subcriptionName";
        /// What was subscribed to, before a rewrite.
        subscribed_destination: nested(Destination) = "subscribedDestination", since 3;
        /// Leave out what the same connection published.
        no_local: boolean = "noLocal", since 11;
    }
}

wire_struct! {
    /// A piece of a command, over UDP.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    PartialCommand = 60 "PartialCommand" since 1 {
        /// Number given by the sender, unique on its connection; responses quote it.
        command_id: int = "commandId";
        /// A piece of a marshalled command.
        data: bytes = "data";
    }
}

wire_struct! {
    /// The last piece of a command, over UDP.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    LastPartialCommand = 61 "LastPartialCommand" since 1 {
        /// Number given by the sender, unique on its connection; responses quote it.
        command_id: int = "commandId";
        /// A piece of a marshalled command.
        data: bytes = "data";
    }
}

wire_struct! {
    /// Asks for commands again, over UDP.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    ReplayCommand = 65 "ReplayCommand" since 1 {
        /// Number given by the sender, unique on its connection; responses quote it.
        command_id: int = "commandId";
        /// The sender waits for exactly one response.
        response_required: boolean = "responseRequired";
        /// First command asked for again.
        first_nak_number: int = "firstNakNumber";
        /// Last command asked for again.
        last_nak_number: int = "lastNakNumber";
    }
}

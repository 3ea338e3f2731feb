//! Consumers and what they ask for.

use crate::destination::Destination;
use crate::ids::{BrokerId, ConnectionId, ConsumerId, MessageId};
use crate::wire::macros::wire_struct;

wire_struct! {
    /// Opens a consumer.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    ConsumerInfo = 5 "ConsumerInfo" since 1 {
        /// Number given by the sender, unique on its connection; responses quote it.
        command_id: int = "commandId";
        /// The sender waits for exactly one response.
        response_required: boolean = "responseRequired";
        /// Its id.
        consumer_id: cached(ConsumerId) = "consumerId";
        /// Looks at a queue without taking from it.
        browser: boolean = "browser";
        /// What it consumes from; may be a pattern or a composite.
        destination: cached(Destination) = "destination";
        /// Messages that may be in flight unacknowledged; 0 = pull.
        prefetch_size: int = "prefetchSize";
        /// For slow topic consumers: messages kept before the oldest are discarded; 0 = no limit.
        maximum_pending_message_limit: int = "maximumPendingMessageLimit";
        /// Hint: dispatch on another thread.
        dispatch_async: boolean = "dispatchAsync";
        /// JMS message selector.
        selector: text = "selector";
        /// JMS client id of its connection.
        client_id: text = "clientId", since 10;
        /// Makes it a durable subscription of this name.
        subscription_name: text = "subscriptionName";
        /// Leave out what the same connection published.
        no_local: boolean = "noLocal";
        /// Wants all messages of the queue.
        exclusive: boolean = "exclusive";
        /// Wants what a topic kept from before.
        retroactive: boolean = "retroactive";
        /// Higher ones are served first: normal 0, network bridges -5.
        priority: byte = "priority";
        /// Brokers that the command has passed through.
        broker_path: array(BrokerId) = "brokerPath";
        /// Filter of a network bridge.
        additional_predicate: nested(NetworkBridgeFilter) = "additionalPredicate";
        /// Belongs to a network bridge.
        network_subscription: boolean = "networkSubscription";
        /// Hint: acknowledges in batches.
        optimized_acknowledge: boolean = "optimizedAcknowledge";
        /// Hint: acknowledges one by one.
        no_range_acks: boolean = "noRangeAcks";
        /// Consumers behind a network bridge.
        network_consumer_path: array(ConsumerId) = "networkConsumerPath", since 4;
    }
}

wire_struct! {
    /// Changes or closes a consumer.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    ConsumerControl = 17 "ConsumerControl" since 1 {
        /// Number given by the sender, unique on its connection; responses quote it.
        command_id: int = "commandId";
        /// The sender waits for exactly one response.
        response_required: boolean = "responseRequired";
        /// What the consumer consumes from.
        destination: nested(Destination) = "destination", since 6;
        /// Close the consumer.
        close: boolean = "close";
        /// The consumer to change.
        consumer_id: nested(ConsumerId) = "consumerId";
        /// New prefetch size.
        prefetch: int = "prefetch";
        /// Unused by current brokers.
        flush: boolean = "flush", since 2;
        /// Unused by current brokers.
        start: boolean = "start", since 2;
        /// Unused by current brokers.
        stop: boolean = "stop", since 2;
    }
}

wire_struct! {
    /// Asks for one message, for a consumer with prefetch 0.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    MessagePull = 20 "MessagePull" since 2 {
        /// Number given by the sender, unique on its connection; responses quote it.
        command_id: int = "commandId";
        /// The sender waits for exactly one response.
        response_required: boolean = "responseRequired";
        /// Who asks.
        consumer_id: cached(ConsumerId) = "consumerId";
        /// What the consumer consumes from.
        destination: cached(Destination) = "destination";
        /// Milliseconds to wait for a message; 0 without end, -1 not at all.
        timeout: long = "timeout";
        /// Ask for a message with this correlation id only.
        correlation_id: text = "correlationId", since 3;
        /// Ask for this message only.
        message_id: nested(MessageId) = "messageId", since 3;
    }
}

wire_struct! {
    /// Deletes a durable subscription.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    RemoveSubscriptionInfo = 9 "RemoveSubscriptionInfo" since 1 {
        /// Number given by the sender, unique on its connection; responses quote it.
        command_id: int = "commandId";
        /// The sender waits for exactly one response.
        response_required: boolean = "responseRequired";
        /// The connection that asks for it.
        connection_id: cached(ConnectionId) = "connectionId";
        /// Name of the subscription (`subscriptionName` before version 6; the same place).
        subscription_name: text = "subcriptionName";
        /// JMS client id that the subscription belongs to.
        client_id: text = "clientId";
    }
}

wire_struct! {
    /// Keeps messages from going round in a network of brokers.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    NetworkBridgeFilter = 91 "NetworkBridgeFilter" since 1 {
        /// Hops for messages and consumers, before version 10.
        network_ttl: int = "networkTTL", until 9;
        /// The bridged broker.
        network_broker_id: cached(BrokerId) = "networkBrokerId";
        /// Hops for messages.
        message_ttl: int = "messageTTL", since 10;
        /// Hops for consumers.
        consumer_ttl: int = "consumerTTL", since 10;
    }
}

impl NetworkBridgeFilter {
    /// A filter for messages that came from `broker`, or went over more brokers than allowed. Peers
    /// before version 10 take the hops of messages for both.
    pub fn new(broker: Option<BrokerId>, message_ttl: i32, consumer_ttl: i32) -> Self {
        let network_ttl = message_ttl;
        Self { network_ttl, network_broker_id: broker, message_ttl, consumer_ttl }
    }

    /// Hops for messages and for consumers, whichever version the filter came in.
    pub const fn hops(&self) -> (i32, i32) {
        match (self.message_ttl, self.consumer_ttl) {
            (0, 0) => (self.network_ttl, self.network_ttl),
            hops => hops,
        }
    }
}

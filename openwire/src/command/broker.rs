//! What brokers say of themselves.

use super::ConsumerInfo;
use crate::ids::BrokerId;
use crate::wire::macros::wire_struct;

wire_struct! {
    /// Introduces a broker.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    BrokerInfo = 2 "BrokerInfo" since 1 {
        /// Number given by the sender, unique on its connection; responses quote it.
        command_id: int = "commandId";
        /// The sender waits for exactly one response.
        response_required: boolean = "responseRequired";
        /// Its id.
        broker_id: cached(BrokerId) = "brokerId";
        /// A URI of the broker.
        broker_url: text = "brokerURL";
        /// Brokers known to this one.
        peer_broker_infos: array(BrokerInfo) = "peerBrokerInfos";
        /// Configured name of the broker.
        broker_name: text = "brokerName";
        /// Legacy.
        slave_broker: boolean = "slaveBroker";
        /// Legacy.
        master_broker: boolean = "masterBroker";
        /// The broker has a stand-in; clients then acknowledge each message.
        fault_tolerant_configuration: boolean = "faultTolerantConfiguration";
        /// A network bridge wants messages both ways.
        duplex_connection: boolean = "duplexConnection", since 2;
        /// The sender is a network bridge.
        network_connection: boolean = "networkConnection", since 2;
        /// 0 in practice.
        connection_id: long = "connectionId", since 2;
        /// Where blobs are uploaded.
        broker_upload_url: text = "brokerUploadUrl", since 3;
        /// Settings of a network bridge, as Java properties text.
        network_properties: text = "networkProperties", since 3;
    }
}

wire_struct! {
    /// Lists durable subscriptions to a bridged broker.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    BrokerSubscriptionInfo = 92 "BrokerSubscriptionInfo" since 12 {
        /// Number given by the sender, unique on its connection; responses quote it.
        command_id: int = "commandId";
        /// The sender waits for exactly one response.
        response_required: boolean = "responseRequired";
        /// The broker that sends the list.
        broker_id: nested(BrokerId) = "brokerId";
        /// Its configured name.
        broker_name: text = "brokerName";
        /// The durable subscriptions of a bridged broker.
        subscription_infos: array(ConsumerInfo) = "subscriptionInfos";
    }
}

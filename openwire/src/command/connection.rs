//! Opening, steering and ending a connection.

use crate::ids::{BrokerId, ConnectionId};
use crate::wire::macros::wire_struct;

wire_struct! {
    /// Introduces a peer: always the first frame of each direction.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    WireFormatInfo = 1 "WireFormatInfo" since 1 {
        /// The bytes `ActiveMQ`.
        magic: fixed = "magic";
        /// Highest OpenWire version spoken.
        version: int = "version";
        /// The properties as a primitive map; `None` without any.
        marshalled_properties: bytes = "marshalledProperties";
    }
}

wire_struct! {
    /// Logs a client in.
    #[derive(Clone, Default, PartialEq, Eq)]
    ConnectionInfo = 3 "ConnectionInfo" since 1 {
        /// Number given by the sender, unique on its connection; responses quote it.
        command_id: int = "commandId";
        /// The sender waits for exactly one response.
        response_required: boolean = "responseRequired";
        /// Its id.
        connection_id: cached(ConnectionId) = "connectionId";
        /// JMS client id of the connection.
        client_id: text = "clientId";
        /// Credentials; never logged.
        password: text = "password";
        /// Credentials.
        user_name: text = "userName";
        /// Brokers that the command has passed through.
        broker_path: array(BrokerId) = "brokerPath";
        /// Legacy master/slave link; false.
        broker_master_connector: boolean = "brokerMasterConnector";
        /// The client wants `ConnectionControl` commands.
        manageable: boolean = "manageable";
        /// False only for clients that follow a legacy slave; send true.
        client_master: boolean = "clientMaster", since 2;
        /// The client reconnects by itself.
        fault_tolerant: boolean = "faultTolerant", since 6;
        /// Re-creates a connection that was lost.
        failover_reconnect: boolean = "failoverReconnect", since 6;
        /// Address of the client as the broker saw it.
        client_ip: text = "clientIp", since 8;
    }
}

wire_struct! {
    /// Tells a client about the cluster, or a broker about failover.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    ConnectionControl = 18 "ConnectionControl" since 1 {
        /// Number given by the sender, unique on its connection; responses quote it.
        command_id: int = "commandId";
        /// The sender waits for exactly one response.
        response_required: boolean = "responseRequired";
        /// Close the connection; unused by current brokers.
        close: boolean = "close";
        /// Unused by current brokers.
        exit: boolean = "exit";
        /// From a broker: do not batch acknowledgements. From a client: it reconnects.
        fault_tolerant: boolean = "faultTolerant";
        /// Unused by current brokers.
        resume: boolean = "resume";
        /// Unused by current brokers.
        suspend: boolean = "suspend";
        /// Comma-separated URIs of the cluster.
        connected_brokers: text = "connectedBrokers", since 6;
        /// The URI to move to.
        reconnect_to: text = "reconnectTo", since 6;
        /// Move to another broker if the list says so.
        rebalance_connection: boolean = "rebalanceConnection", since 6;
        /// Opaque bytes.
        token: bytes = "token", since 8;
    }
}

wire_struct! {
    /// Reports the failure of a command that asked for no response.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    ConnectionError = 16 "ConnectionError" since 1 {
        /// Number given by the sender, unique on its connection; responses quote it.
        command_id: int = "commandId";
        /// The sender waits for exactly one response.
        response_required: boolean = "responseRequired";
        /// What went wrong.
        exception: throwable = "exception";
        /// The connection that failed; none in practice.
        connection_id: nested(ConnectionId) = "connectionId";
    }
}

wire_struct! {
    /// Shows that the peer is alive.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    KeepAliveInfo = 10 "KeepAliveInfo" since 1 {
        /// Number given by the sender, unique on its connection; responses quote it.
        command_id: int = "commandId";
        /// The sender waits for exactly one response.
        response_required: boolean = "responseRequired";
    }
}

wire_struct! {
    /// Announces the end of the connection.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    ShutdownInfo = 11 "ShutdownInfo" since 1 {
        /// Number given by the sender, unique on its connection; responses quote it.
        command_id: int = "commandId";
        /// The sender waits for exactly one response.
        response_required: boolean = "responseRequired";
    }
}

wire_struct! {
    /// Free text that nobody acts on.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    ControlCommand = 14 "ControlCommand" since 1 {
        /// Number given by the sender, unique on its connection; responses quote it.
        command_id: int = "commandId";
        /// The sender waits for exactly one response.
        response_required: boolean = "responseRequired";
        /// Free text.
        command: text = "command";
    }
}

wire_struct! {
    /// Does nothing.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    FlushCommand = 15 "FlushCommand" since 1 {
        /// Number given by the sender, unique on its connection; responses quote it.
        command_id: int = "commandId";
        /// The sender waits for exactly one response.
        response_required: boolean = "responseRequired";
    }
}

/// Written by hand to keep the password out of logs.
impl std::fmt::Debug for ConnectionInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConnectionInfo")
            .field("command_id", &self.command_id)
            .field("connection_id", &self.connection_id)
            .field("client_id", &self.client_id)
            .field("user_name", &self.user_name)
            .field("failover_reconnect", &self.failover_reconnect)
            .finish_non_exhaustive()
    }
}

//! Making and removing destinations.

use crate::destination::Destination;
use crate::ids::{BrokerId, ConnectionId};
use crate::wire::macros::wire_struct;

wire_struct! {
    /// Makes or removes a destination.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    DestinationInfo = 8 "DestinationInfo" since 1 {
        /// Number given by the sender, unique on its connection; responses quote it.
        command_id: int = "commandId";
        /// The sender waits for exactly one response.
        response_required: boolean = "responseRequired";
        /// The connection that asks for it, and that owns a temporary destination.
        connection_id: cached(ConnectionId) = "connectionId";
        /// What to make or remove.
        destination: cached(Destination) = "destination";
        /// [`Self::ADD`] or [`Self::REMOVE`].
        operation_type: byte = "operationType";
        /// Milliseconds to wait; 0 in practice.
        timeout: long = "timeout";
        /// Brokers that the command has passed through.
        broker_path: array(BrokerId) = "brokerPath";
    }
}

impl DestinationInfo {
    /// Make the destination.
    pub const ADD: i8 = 0;
    /// Remove the destination.
    pub const REMOVE: i8 = 1;
}

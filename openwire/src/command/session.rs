//! Sessions, and the end of anything.

use super::Command;
use crate::ids::SessionId;
use crate::wire::macros::wire_struct;

wire_struct! {
    /// Opens a session.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    SessionInfo = 4 "SessionInfo" since 1 {
        /// Number given by the sender, unique on its connection; responses quote it.
        command_id: int = "commandId";
        /// The sender waits for exactly one response.
        response_required: boolean = "responseRequired";
        /// Its id.
        session_id: cached(SessionId) = "sessionId";
    }
}

wire_struct! {
    /// Ends a connection, session, consumer or producer.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    RemoveInfo = 12 "RemoveInfo" since 1 {
        /// Number given by the sender, unique on its connection; responses quote it.
        command_id: int = "commandId";
        /// The sender waits for exactly one response.
        response_required: boolean = "responseRequired";
        /// A connection, session, consumer or producer id.
        object_id: cached(Box<Command>) = "objectId";
        /// Highest broker sequence that the application saw; -1 none, -2 unknown.
        last_delivered_sequence_id: long = "lastDeliveredSequenceId", since 5;
    }
}

impl RemoveInfo {
    /// The application saw no message.
    pub const NONE_DELIVERED: i64 = -1;
    /// It is not known what the application saw.
    pub const DELIVERED_UNKNOWN: i64 = -2;
}

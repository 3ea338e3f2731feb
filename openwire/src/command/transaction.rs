//! Transactions.

use crate::ids::{ConnectionId, TransactionId};
use crate::wire::macros::wire_struct;

wire_struct! {
    /// Begins, prepares, ends or recovers a transaction.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    TransactionInfo = 7 "TransactionInfo" since 1 {
        /// Number given by the sender, unique on its connection; responses quote it.
        command_id: int = "commandId";
        /// The sender waits for exactly one response.
        response_required: boolean = "responseRequired";
        /// The connection that asks for it.
        connection_id: cached(ConnectionId) = "connectionId";
        /// The transaction; none when recovering.
        transaction_id: cached(TransactionId) = "transactionId";
        /// What to do: [`Self::BEGIN`] and so on.
        transaction_type: byte = "type";
    }
}

impl TransactionInfo {
    /// Begin.
    pub const BEGIN: i8 = 0;
    /// XA prepare.
    pub const PREPARE: i8 = 1;
    /// Commit a local transaction, or an XA one without prepare.
    pub const COMMIT_ONE_PHASE: i8 = 2;
    /// Commit after prepare.
    pub const COMMIT_TWO_PHASE: i8 = 3;
    /// Roll back.
    pub const ROLLBACK: i8 = 4;
    /// List prepared XA transactions.
    pub const RECOVER: i8 = 5;
    /// Forget a heuristically completed XA transaction.
    pub const FORGET: i8 = 6;
    /// XA end.
    pub const END: i8 = 7;
}

//! Why a transaction was not committed.

use super::{Cause, Known, Refusal, because};
use crate::proto::io::{Doubt, Failure};

/// Why a transaction was not committed, or is not known to have been.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TransactionError {
    /// Nothing of it happened. Repeat the whole transaction.
    #[error("rolled back: {0}; repeat the whole transaction")]
    RolledBack(String),
    /// All of it happened or nothing: the link broke, or time was up, before the broker's answer. What
    /// it covers, as far as that is known: nothing if the connection's task ended with it.
    #[error("in doubt: the broker committed or not; check before repeating the transaction{}", about(.0))]
    InDoubt(Box<Doubt>),
    /// The request did not get as far as the broker; the transaction is still open.
    #[error("not done: {0}; the transaction is still open")]
    NotDone(Cause),
    /// The broker refused.
    #[error("not done: {0}")]
    Refused(Refusal),
}

impl TransactionError {
    /// Repeating the whole transaction may succeed, and cannot make duplicates.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::RolledBack(_) => true,
            Self::InDoubt(_) => false,
            Self::NotDone(cause) => cause.is_retryable(),
            Self::Refused(refusal) => refusal.is_retryable(),
        }
    }
}

impl From<Failure> for TransactionError {
    fn from(failure: Failure) -> Self {
        match Known::from(failure) {
            Known::NotDone(Cause::RolledBack(reason)) => Self::RolledBack(reason),
            Known::NotDone(Cause::Closed(reason)) => {
                Self::RolledBack(format!("the connection was closed{}", because(reason.as_deref())))
            }
            Known::NotDone(cause) => Self::NotDone(cause),
            Known::Refused(refusal) => Self::Refused(refusal),
            Known::InDoubt(doubt) => Self::InDoubt(doubt),
            Known::Unknown(_) | Known::Stale => Self::InDoubt(Box::default()),
        }
    }
}

fn about(doubt: &Doubt) -> String {
    if doubt.transaction.is_empty() {
        return String::new();
    }
    let Doubt { transaction, sent, received } = doubt;
    format!(" ({transaction}: {} sent, {} received)", sent.len(), received.len())
}

//! Why nothing can be received.

use super::{Cause, Known, Refusal};
use crate::proto::io::Failure;

/// Why nothing can be received.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiveError {
    /// The broker closed the consumer, or would not have it back after a reconnect.
    #[error("the consumer was lost: {0}")]
    ConsumerLost(Refusal),
    /// The connection or the consumer has ended.
    #[error("nothing can be received: {0}")]
    Ended(Cause),
}

impl ReceiveError {
    /// The same call may succeed later without any change.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::ConsumerLost(_) => false,
            Self::Ended(cause) => cause.is_retryable(),
        }
    }
}

impl From<Failure> for ReceiveError {
    fn from(failure: Failure) -> Self {
        match Known::from(failure) {
            Known::Refused(refusal) => Self::ConsumerLost(refusal),
            Known::NotDone(cause) | Known::Unknown(cause) => Self::Ended(cause),
            Known::Stale | Known::InDoubt(_) => Self::Ended(Cause::UnexpectedAnswer),
        }
    }
}

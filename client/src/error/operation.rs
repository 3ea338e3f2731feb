//! Why something was not opened, closed or deleted.

use super::{Cause, Known, Refusal};
use crate::proto::io::Failure;

/// Why something was not opened, closed or deleted, or is not known to have been.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OperationError {
    /// It did not happen.
    #[error("not done: {0}")]
    NotDone(Cause),
    /// It happened or not.
    #[error("perhaps done: {0}")]
    Unknown(Cause),
    /// The broker refused it.
    #[error("not done: {0}")]
    Refused(Refusal),
}

impl OperationError {
    /// The same call may succeed later without any change.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::NotDone(cause) | Self::Unknown(cause) => cause.is_retryable(),
            Self::Refused(refusal) => refusal.is_retryable(),
        }
    }
}

impl From<Failure> for OperationError {
    fn from(failure: Failure) -> Self {
        match Known::from(failure) {
            Known::NotDone(cause) => Self::NotDone(cause),
            Known::Unknown(cause) => Self::Unknown(cause),
            Known::Refused(refusal) => Self::Refused(refusal),
            Known::Stale | Known::InDoubt(_) => Self::Unknown(Cause::UnexpectedAnswer),
        }
    }
}

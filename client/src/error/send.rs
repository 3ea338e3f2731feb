//! Why a message was not sent.

use super::{Cause, Known, Refusal};
use crate::proto::io::Failure;

/// Why a message was not sent, or is not known to have been.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The broker does not have it and will not get it: it may be sent again.
    #[error("not sent: {0}")]
    NotSent(Cause),
    /// The broker has it or not: sending it again may make two of it.
    #[error("perhaps sent: {0}; to send it again may duplicate it")]
    Unknown(Cause),
    /// The broker refused it.
    #[error("not sent: {0}")]
    Refused(Refusal),
}

/// What is known of a message whose send failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SendOutcome {
    /// The broker does not have it.
    NotSent,
    /// The broker has it or not.
    Unknown,
    /// The broker refused it.
    Refused,
}

impl SendError {
    /// What is known of the message.
    #[must_use]
    pub fn outcome(&self) -> SendOutcome {
        match self {
            Self::NotSent(_) => SendOutcome::NotSent,
            Self::Unknown(_) => SendOutcome::Unknown,
            Self::Refused(_) => SendOutcome::Refused,
        }
    }

    /// The same send may succeed later, and cannot make a duplicate.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::NotSent(cause) => cause.is_retryable(),
            Self::Unknown(_) => false,
            Self::Refused(refusal) => refusal.is_retryable(),
        }
    }
}

impl From<Failure> for SendError {
    fn from(failure: Failure) -> Self {
        match Known::from(failure) {
            Known::NotDone(cause) => Self::NotSent(cause),
            Known::Unknown(cause) => Self::Unknown(cause),
            Known::Refused(refusal) => Self::Refused(refusal),
            Known::Stale | Known::InDoubt(_) => Self::Unknown(Cause::UnexpectedAnswer),
        }
    }
}

/// What is wrong before anything is handed over.
impl From<Cause> for SendError {
    fn from(cause: Cause) -> Self {
        Self::NotSent(cause)
    }
}

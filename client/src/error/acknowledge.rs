//! Why a delivery was not acknowledged.

use super::{Cause, Known, Refusal};
use crate::proto::io::Failure;

/// Why a delivery was not acknowledged.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AckError {
    /// It came over a link that was lost before the acknowledgement was written. The broker delivers the
    /// message again, here or elsewhere.
    #[error("stale delivery: the link it came by is gone; the message will be delivered again")]
    StaleDelivery,
    /// It did not happen.
    #[error("not acknowledged: {0}")]
    NotDone(Cause),
    /// It happened or not: it was written, and the link was lost, or the deadline came, before the broker's
    /// answer. If it did not happen, the message comes again, flagged as redelivered.
    #[error("perhaps acknowledged: {0}")]
    Unknown(Cause),
    /// The broker refused it, or one that went together with it.
    #[error("not acknowledged: {0}")]
    Refused(Refusal),
}

impl AckError {
    /// The same call may succeed later without any change.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::StaleDelivery => false,
            Self::NotDone(cause) | Self::Unknown(cause) => cause.is_retryable(),
            Self::Refused(refusal) => refusal.is_retryable(),
        }
    }
}

impl From<Failure> for AckError {
    fn from(failure: Failure) -> Self {
        match Known::from(failure) {
            Known::Stale => Self::StaleDelivery,
            Known::NotDone(cause) => Self::NotDone(cause),
            Known::Unknown(cause) => Self::Unknown(cause),
            Known::Refused(refusal) => Self::Refused(refusal),
            Known::InDoubt(_) => Self::Unknown(Cause::UnexpectedAnswer),
        }
    }
}

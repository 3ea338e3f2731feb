//! Why a message was not sent.

use std::fmt;

use super::{Cause, Known, Refusal};
use crate::message::Message;
use crate::proto::io::Failure;

/// A message that was not sent, or is not known to have been, and why.
///
/// ```no_run
/// # async fn send(producer: relaismq::Producer) -> Result<(), relaismq::Error> {
/// if let Err(error) = producer.send("two teas").await {
///     eprintln!("{error}");
///     if error.is_retryable() {
///         producer.send(error.into_message()).await?;
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, thiserror::Error)]
#[error("{}", .0.failure)]
pub struct SendError(Box<Failed>);

#[derive(Clone)]
struct Failed {
    failure: SendFailure,
    message: Message,
}

/// Why a message was not sent, or is not known to have been.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SendFailure {
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
    pub(crate) fn new(failure: SendFailure, message: Message) -> Self {
        Self(Box::new(Failed { failure, message }))
    }

    /// Why.
    #[must_use]
    pub fn failure(&self) -> &SendFailure {
        &self.0.failure
    }

    /// What is known of the message.
    #[must_use]
    pub fn outcome(&self) -> SendOutcome {
        match self.0.failure {
            SendFailure::NotSent(_) => SendOutcome::NotSent,
            SendFailure::Unknown(_) => SendOutcome::Unknown,
            SendFailure::Refused(_) => SendOutcome::Refused,
        }
    }

    /// The same send may succeed later, and cannot make a duplicate.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match &self.0.failure {
            SendFailure::NotSent(cause) => cause.is_retryable(),
            SendFailure::Unknown(_) => false,
            SendFailure::Refused(refusal) => refusal.is_retryable(),
        }
    }

    /// The message, as it was given to the send.
    #[must_use]
    pub fn message(&self) -> &Message {
        &self.0.message
    }

    /// The message, as it was given to the send, to send it again.
    #[must_use]
    pub fn into_message(self) -> Message {
        self.0.message
    }
}

/// Without the message, which may be confidential.
impl fmt::Debug for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SendError").field(&self.0.failure).finish()
    }
}

/// Two are equal if the failures are.
impl PartialEq for SendError {
    fn eq(&self, other: &Self) -> bool {
        self.0.failure == other.0.failure
    }
}

impl From<Failure> for SendFailure {
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
impl From<Cause> for SendFailure {
    fn from(cause: Cause) -> Self {
        Self::NotSent(cause)
    }
}

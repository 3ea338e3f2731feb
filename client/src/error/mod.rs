//! What can go wrong, one type per family of operations.
//!
//! | operation | error | besides "done" |
//! |---|---|---|
//! | connect | [`ConnectError`] | |
//! | send | [`SendError`] | not sent, unknown, refused |
//! | receive | [`ReceiveError`] | |
//! | acknowledge | [`AckError`] | stale (the message comes again), unknown, refused |
//! | commit, roll back | [`TransactionError`] | rolled back, in doubt |
//! | open, close, delete, recover | [`OperationError`] | not done, unknown, refused |
//!
//! [`Error`] holds any of them. All say whether trying again makes sense.
//!
//! ```text
//! connect, send, receive, acknowledge, transaction, operation   a file for each error
//! refusal                                                      what a broker says
//! ```

mod acknowledge;
mod connect;
mod operation;
mod receive;
mod refusal;
mod send;
mod transaction;

#[cfg(test)]
mod tests;

use std::fmt;

use relaismq_openwire::Throwable;

pub use self::{
    acknowledge::AckError,
    connect::ConnectError,
    operation::OperationError,
    receive::ReceiveError,
    refusal::{Refusal, RefusalKind},
    send::{SendError, SendFailure, SendOutcome},
    transaction::TransactionError,
};
use crate::destination::DestinationError;
use crate::message::MessageFault;
use crate::options::BrokerAddress;
use crate::proto::io::{Answer, Doubt, Failure, UNSENDABLE_CLASS};

/// Any error of this crate.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Of connecting.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// Of sending.
    #[error(transparent)]
    Send(#[from] SendError),
    /// Of receiving.
    #[error(transparent)]
    Receive(#[from] ReceiveError),
    /// Of acknowledging.
    #[error(transparent)]
    Ack(#[from] AckError),
    /// Of a transaction.
    #[error(transparent)]
    Transaction(#[from] TransactionError),
    /// Of opening or closing something.
    #[error(transparent)]
    Operation(#[from] OperationError),
    /// Of reading a body.
    #[error(transparent)]
    Body(#[from] crate::message::BodyError),
}

impl Error {
    /// The same call may succeed later without any change.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Connect(error) => error.is_retryable(),
            Self::Send(error) => error.is_retryable(),
            Self::Receive(error) => error.is_retryable(),
            Self::Ack(error) => error.is_retryable(),
            Self::Transaction(error) => error.is_retryable(),
            Self::Operation(error) => error.is_retryable(),
            Self::Body(_) => false,
        }
    }
}

/// Why something was not done, if no broker refused it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Cause {
    /// The deadline came first.
    #[error("no result before the deadline; check Connection::state or allow more time")]
    TimedOut,
    /// The connection has been closed, by the application or for good.
    #[error("the connection is closed{}; open a new one", because(.0.as_deref()))]
    Closed(Option<String>),
    /// No broker can be reached within the limits of the URI.
    #[error("no broker can be used: {}", listed(.0))]
    NoBroker(Vec<BrokerFailure>),
    /// No broker can be used before something is changed, such as a certificate, a file or a port: the
    /// last failure of each.
    #[error("no broker can be used as things are: {}", listed(.0))]
    Unusable(Vec<BrokerFailure>),
    /// The session, producer or consumer has been closed or lost.
    #[error("the {0} does not exist any more; open a new one")]
    Gone(&'static str),
    /// The link was lost before the broker's answer.
    #[error("the link was lost before the broker answered")]
    LinkLost,
    /// The transaction was undone.
    #[error("the transaction was rolled back: {0}; repeat it")]
    RolledBack(String),
    /// The message cannot be encoded.
    #[error(transparent)]
    Message(#[from] MessageFault),
    /// The destination cannot be used.
    #[error(transparent)]
    Destination(#[from] DestinationError),
    /// It makes no sense as asked for; what would.
    #[error("{0}")]
    Misuse(&'static str),
    /// It cannot be written to the broker.
    #[error("it cannot be sent: {0}")]
    Unsendable(String),
    /// The broker's answer makes no sense.
    #[error("the broker gave an unexpected answer")]
    UnexpectedAnswer,
}

impl Cause {
    /// The same call may succeed later without any change.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::TimedOut | Self::NoBroker(_) | Self::RolledBack(_))
    }
}

/// The last failure of one broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerFailure {
    /// Which broker.
    pub broker: BrokerAddress,
    /// Why it could not be used.
    pub reason: String,
}

impl fmt::Display for BrokerFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.broker, self.reason)
    }
}

/// A failure of the core, sorted by what is known of the broker's side.
#[derive(Clone, Debug, PartialEq)]
enum Known {
    /// The broker did not do it.
    NotDone(Cause),
    /// The broker did it or not.
    Unknown(Cause),
    /// The broker refused.
    Refused(Refusal),
    /// The delivery is void.
    Stale,
    /// A commit happened or not.
    InDoubt(Box<Doubt>),
}

impl From<Failure> for Known {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused { class, message } if class == UNSENDABLE_CLASS => {
                Self::NotDone(Cause::Unsendable(message))
            }
            Failure::Refused { class, message } | Failure::LoginRefused { class, message } => {
                Self::Refused(Refusal::new(Some(&Throwable::new(&class, message))))
            }
            Failure::TimedOut { maybe_done } => Self::of(maybe_done, Cause::TimedOut),
            Failure::Closed { maybe_done, reason } => Self::of(maybe_done, Cause::Closed(reason)),
            Failure::Exhausted(brokers) => Self::NotDone(Cause::NoBroker(failures(brokers))),
            Failure::Unusable(brokers) => Self::NotDone(Cause::Unusable(failures(brokers))),
            Failure::StaleDelivery => Self::Stale,
            Failure::Unanswered => Self::Unknown(Cause::LinkLost),
            Failure::TransactionInDoubt(doubt) => Self::InDoubt(doubt),
            Failure::TransactionRolledBack(reason) => Self::NotDone(Cause::RolledBack(reason)),
            Failure::NoSuch(what) => Self::NotDone(Cause::Gone(what)),
        }
    }
}

impl Known {
    fn of(maybe_done: bool, cause: Cause) -> Self {
        if maybe_done { Self::Unknown(cause) } else { Self::NotDone(cause) }
    }
}

fn failures(brokers: Vec<(BrokerAddress, String)>) -> Vec<BrokerFailure> {
    brokers.into_iter().map(|(broker, reason)| BrokerFailure { broker, reason }).collect()
}

fn because(reason: Option<&str>) -> String {
    reason.map(|reason| format!(" ({reason})")).unwrap_or_default()
}

fn listed(brokers: &[BrokerFailure]) -> String {
    let shown: Vec<_> = brokers.iter().map(ToString::to_string).collect();
    shown.join("; ")
}

/// What an answer of the wrong kind counts as.
pub(crate) fn unexpected(answer: &Answer) -> Failure {
    tracing::error!(?answer, "an answer of the wrong kind");
    Failure::NoSuch("answer")
}

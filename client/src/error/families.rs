//! The errors of each family of operations.

use super::{BrokerFailure, Cause, Known, Refusal, because, listed};
use crate::proto::io::{Doubt, Failure};
use crate::uri::UriError;

/// Why no connection came about.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The URI or an option in it is wrong.
    #[error(transparent)]
    Uri(#[from] UriError),
    /// No broker answered in time: the last failure of each that was tried.
    #[error("no connection before the deadline{}; check addresses and ports", tried(.0))]
    TimedOut(Vec<BrokerFailure>),
    /// No broker can be used: the last failure of each.
    #[error("no broker can be used: {}", listed(.0))]
    NoBroker(Vec<BrokerFailure>),
    /// The brokers refused the credentials or the client id.
    #[error(transparent)]
    Refused(Refusal),
    /// The connection was closed meanwhile.
    #[error("the connection was closed{}", because(.0.as_deref()))]
    Closed(Option<String>),
}

impl ConnectError {
    /// The same call may succeed later without any change.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::TimedOut(_) | Self::NoBroker(_) => true,
            Self::Refused(refusal) => refusal.is_retryable(),
            Self::Uri(_) | Self::Closed(_) => false,
        }
    }

    pub(crate) fn from_failure(failure: Failure, tried: Vec<BrokerFailure>) -> Self {
        match Known::from(failure) {
            Known::Refused(refusal) => Self::Refused(refusal),
            Known::NotDone(Cause::NoBroker(brokers)) => Self::NoBroker(brokers),
            Known::NotDone(Cause::Closed(reason)) | Known::Unknown(Cause::Closed(reason)) => {
                Self::Closed(reason)
            }
            Known::NotDone(_) | Known::Unknown(_) | Known::Stale | Known::InDoubt(_) => {
                Self::TimedOut(tried)
            }
        }
    }
}

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

/// Why a delivery was not acknowledged.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AckError {
    /// It came over a link that is gone. The broker delivers the message again, here or elsewhere.
    #[error("stale delivery: the link it came by is gone; the message will be delivered again")]
    StaleDelivery,
    /// It did not happen.
    #[error("not acknowledged: {0}")]
    NotDone(Cause),
    /// It happened or not.
    #[error("perhaps acknowledged: {0}")]
    Unknown(Cause),
    /// The broker refused.
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

fn tried(brokers: &[BrokerFailure]) -> String {
    if brokers.is_empty() { String::new() } else { format!(" ({})", listed(brokers)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, RefusalKind};
    use crate::options::{BrokerAddress, Scheme};
    use crate::proto::io::UNSENDABLE_CLASS;

    fn refused(class: &str) -> Failure {
        Failure::Refused { class: class.to_owned(), message: "no".to_owned() }
    }

    #[test]
    fn a_send_has_three_outcomes_when_it_fails() {
        let outcome = |failure: Failure| SendError::from(failure).outcome();
        assert_eq!(outcome(Failure::TimedOut { maybe_done: false }), SendOutcome::NotSent);
        assert_eq!(outcome(Failure::TimedOut { maybe_done: true }), SendOutcome::Unknown);
        assert_eq!(outcome(refused("javax.jms.JMSException")), SendOutcome::Refused);
        assert_eq!(outcome(refused(UNSENDABLE_CLASS)), SendOutcome::NotSent);
    }

    #[test]
    fn only_what_cannot_duplicate_is_worth_a_retry() {
        let send = |maybe_done| SendError::from(Failure::TimedOut { maybe_done });
        assert!(send(false).is_retryable() && !send(true).is_retryable());
        assert!(
            !TransactionError::from(Failure::TransactionInDoubt(Box::default())).is_retryable()
        );
        assert!(Error::from(TransactionError::RolledBack("x".to_owned())).is_retryable());
    }

    #[test]
    fn an_unanswered_commit_is_in_doubt() {
        let timed_out = |maybe_done| TransactionError::from(Failure::TimedOut { maybe_done });
        assert_eq!(timed_out(true), TransactionError::InDoubt(Box::default()));
        assert_eq!(timed_out(false), TransactionError::NotDone(Cause::TimedOut));
    }

    #[test]
    fn a_failed_connect_names_each_broker() {
        let broker = BrokerAddress::new(Scheme::Tcp, "a", 61616);
        let failure = Failure::Exhausted(vec![(broker, "Connection refused".to_owned())]);
        let error = ConnectError::from_failure(failure, Vec::new());
        let text = "no broker can be used: tcp://a:61616: Connection refused";
        assert_eq!(error.to_string(), text);
    }

    #[test]
    fn refusals_keep_their_kind() {
        let error = OperationError::from(refused("jakarta.jms.InvalidSelectorException"));
        let OperationError::Refused(refusal) = error else { panic!("{error}") };
        assert_eq!(refusal.kind(), RefusalKind::InvalidSelector);
    }
}

//! Why no connection came about.

use super::{BrokerFailure, Cause, Known, Refusal, because, listed};
use crate::proto::io::Failure;
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
    /// No broker can be used before something is changed: a certificate is not trusted, a file cannot be
    /// read, a port is of another kind. The last failure of each.
    #[error("no broker can be used as things are: {}", listed(.0))]
    Unusable(Vec<BrokerFailure>),
    /// No broker is known: the list that `updateURIsURL` names cannot be used.
    #[error("no broker is known: the list at updateURIsURL cannot be used: {0}")]
    NoList(String),
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
            Self::TimedOut(_) | Self::NoBroker(_) | Self::NoList(_) => true,
            Self::Refused(refusal) => refusal.is_retryable(),
            Self::Uri(_) | Self::Unusable(_) | Self::Closed(_) => false,
        }
    }

    pub(crate) fn from_failure(failure: Failure, tried: Vec<BrokerFailure>) -> Self {
        match Known::from(failure) {
            Known::Refused(refusal) => Self::Refused(refusal),
            Known::NotDone(Cause::NoBroker(brokers)) => Self::NoBroker(brokers),
            Known::NotDone(Cause::Unusable(brokers)) => Self::Unusable(brokers),
            Known::NotDone(Cause::Closed(reason)) | Known::Unknown(Cause::Closed(reason)) => {
                Self::Closed(reason)
            }
            Known::NotDone(_) | Known::Unknown(_) | Known::Stale | Known::InDoubt(_) => {
                Self::TimedOut(tried)
            }
        }
    }
}

fn tried(brokers: &[BrokerFailure]) -> String {
    if brokers.is_empty() { String::new() } else { format!(" ({})", listed(brokers)) }
}

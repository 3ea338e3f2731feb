//! Why something was not done, and what is known of it then.

use std::fmt;

use relaismq_openwire::MessageId;

use crate::options::BrokerAddress;

/// What a transaction consists of whose commit happened or not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Doubt {
    /// The transaction's id, as in the broker's log.
    pub transaction: String,
    /// Messages sent in it: there are all of them or none.
    pub sent: Vec<MessageId>,
    /// Messages received in it: they come again if it did not happen.
    pub received: Vec<MessageId>,
}

/// Why something was not done, or is not known to be.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Failure {
    /// The broker refused.
    Refused {
        /// Java class.
        class: String,
        /// What it said.
        message: String,
    },
    /// Not in time. `maybe_done` if it was written and never answered.
    TimedOut {
        /// The broker may have done it.
        maybe_done: bool,
    },
    /// The connection has ended. `maybe_done` if it was written and never answered.
    Closed {
        /// The broker may have done it.
        maybe_done: bool,
        /// Why it ended; `None` if it was closed by the application.
        reason: Option<String>,
    },
    /// No broker can be reached within the limits: the last failure of each.
    Exhausted(Vec<(BrokerAddress, String)>),
    /// No broker can be used before something is changed: the last failure of each.
    Unusable(Vec<(BrokerAddress, String)>),
    /// The brokers refused the credentials or the client id.
    LoginRefused {
        /// Java class.
        class: String,
        /// What it said.
        message: String,
    },
    /// The delivery belongs to a link that is gone; the broker delivers the message again.
    StaleDelivery,
    /// The link was lost between the request and its answer: the broker may have done it.
    Unanswered,
    /// The link broke while a commit was under way: it happened or not. What it covers.
    TransactionInDoubt(Box<Doubt>),
    /// The transaction has been undone.
    TransactionRolledBack(String),
    /// The session, producer or consumer does not exist (any more).
    NoSuch(&'static str),
}

/// Class under which a driver refuses, on the broker's behalf, what it cannot encode.
pub(crate) const UNSENDABLE_CLASS: &str = "relaismq.Unsendable";

impl Failure {
    /// It was refused here, and the broker knows nothing of it.
    pub(crate) fn is_ours(&self) -> bool {
        matches!(self, Self::Refused { class, .. } if class == UNSENDABLE_CLASS)
    }
}

/// In words, for events; callers get errors made of it.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // Its class means something to us only.
            Self::Refused { message, .. } if self.is_ours() => f.write_str(message),
            Self::Refused { class, message } | Self::LoginRefused { class, message } => {
                write!(f, "{message} ({class})")
            }
            Self::TransactionRolledBack(reason) => write!(f, "rolled back: {reason}"),
            Self::NoSuch(what) => write!(f, "there is no such {what}"),
            Self::Closed { reason: Some(reason), .. } => write!(f, "closed: {reason}"),
            other => write!(f, "{other:?}"),
        }
    }
}

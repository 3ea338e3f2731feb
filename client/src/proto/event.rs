//! What an application may observe of its connection.

use std::{fmt, path::PathBuf, time::Duration};

use super::epoch::Epoch;
use crate::options::BrokerAddress;

/// Something that happened to the connection. Each happens once, and they come in order.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A broker is being tried. Several may be at a time; those that are not needed any more end without
    /// a word when another one is connected.
    Connecting {
        /// Which.
        broker: BrokerAddress,
        /// Counts attempts since the last success, from 1.
        attempt: u32,
    },
    /// A broker could not be used.
    Failed {
        /// Which.
        broker: BrokerAddress,
        /// Why.
        reason: String,
    },
    /// No broker of the list could be used; the next pass begins after a delay.
    Waiting {
        /// How long.
        delay: Duration,
        /// Passes that failed in a row.
        passes: u32,
    },
    /// The first login was accepted, and what had been opened before was confirmed.
    Connected {
        /// By which broker.
        broker: BrokerAddress,
        /// Of the link.
        epoch: Epoch,
    },
    /// The link is gone; reconnecting begins at once.
    Interrupted {
        /// To which broker.
        broker: BrokerAddress,
        /// Why.
        reason: String,
        /// Of the link.
        epoch: Epoch,
    },
    /// A spare is ready: a socket to this broker, open and introduced but not logged in, that takes over
    /// at once when the link is lost.
    SpareReady {
        /// Which.
        broker: BrokerAddress,
    },
    /// A spare is gone, or could not be had. Another attempt follows.
    SpareLost {
        /// Which.
        broker: BrokerAddress,
        /// Why.
        reason: String,
    },
    /// The connection is about to go to another broker while this one serves: consumers are given nothing
    /// new, and the application has some time to finish with what it has. `Interrupted` follows, or
    /// `Staying`.
    Moving {
        /// From where.
        from: BrokerAddress,
        /// Whereto.
        to: BrokerAddress,
        /// Why.
        reason: String,
    },
    /// It has not moved after all.
    Staying {
        /// Where.
        broker: BrokerAddress,
        /// Why.
        reason: String,
    },
    /// A broker accepted the login again; what the application has open is being restored.
    Restoring {
        /// Which.
        broker: BrokerAddress,
        /// Of the link.
        epoch: Epoch,
    },
    /// The broker has confirmed everything that was restored.
    Resumed {
        /// Which.
        broker: BrokerAddress,
        /// Of the link.
        epoch: Epoch,
        /// From the interruption until now.
        outage: Duration,
        /// Brokers tried.
        attempts: u32,
        /// Sessions, producers, consumers, temporary destinations and transactions restored.
        restored: usize,
        /// Requests sent again.
        resent: usize,
    },
    /// A consumer could not be restored, or the broker closed it.
    ConsumerLost {
        /// What it listened to.
        destination: String,
        /// Why.
        reason: String,
    },
    /// The broker, or the file with the broker list, told of other brokers.
    BrokersChanged {
        /// New ones.
        added: Vec<BrokerAddress>,
        /// No longer told of.
        removed: Vec<BrokerAddress>,
    },
    /// The file with the broker list, or an entry in it, cannot be used; what was read before is.
    ListUnread {
        /// Which file.
        file: PathBuf,
        /// Why.
        reason: String,
    },
    /// Something that deserves attention, in words.
    Warning(String),
    /// The connection has ended; `None` if the application closed it.
    Closed {
        /// Why.
        reason: Option<String>,
    },
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connecting { broker, attempt } => {
                write!(f, "trying {broker} (attempt {attempt})")
            }
            Self::Failed { broker, reason } => write!(f, "{broker}: {reason}"),
            Self::Waiting { delay, passes } => {
                write!(f, "no broker after {passes} passes, next one in {delay:?}")
            }
            Self::Connected { broker, .. } => write!(f, "connected to {broker}"),
            Self::Interrupted { broker, reason, .. } => write!(f, "{broker} lost: {reason}"),
            Self::SpareReady { broker } => write!(f, "{broker} is ready as a spare"),
            Self::SpareLost { broker, reason } => write!(f, "no spare at {broker}: {reason}"),
            Self::Moving { from, to, reason } => write!(f, "moving from {from} to {to}: {reason}"),
            Self::Staying { broker, reason } => write!(f, "staying at {broker}: {reason}"),
            Self::Restoring { broker, .. } => write!(f, "restoring on {broker}"),
            Self::Resumed { broker, outage, .. } => {
                write!(f, "resumed on {broker} after {:.3} s", outage.as_secs_f64())
            }
            Self::ConsumerLost { destination, reason } => {
                write!(f, "consumer of {destination} lost: {reason}")
            }
            Self::BrokersChanged { added, removed } => {
                write!(f, "brokers changed: {} new, {} gone", added.len(), removed.len())
            }
            Self::ListUnread { file, reason } => {
                write!(f, "cannot use the broker list {}: {reason}", file.display())
            }
            Self::Warning(text) => f.write_str(text),
            Self::Closed { reason: None } => f.write_str("closed"),
            Self::Closed { reason: Some(reason) } => write!(f, "closed: {reason}"),
        }
    }
}

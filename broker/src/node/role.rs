//! What a broker is at the moment.

use std::fmt;

use super::mastership::Holder;
use crate::error::BrokerError;

/// What a broker is among those that share its store. A broker that shares it with nobody is soon the master.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Role {
    /// It begins, looks for its lock, opens the store, or has just ceased to be the master. Its ports are closed, or
    /// are being closed.
    Starting,
    /// Those that share the store are choosing one of them. Its ports are closed.
    Electing,
    /// Another broker is the master; this one waits to take over. Its ports are closed.
    Slave {
        /// Whom it waits for.
        of: Holder,
    },
    /// It serves.
    Master {
        /// Which time of being the master this is, counted over all brokers that share the store.
        term: u64,
    },
    /// It was asked to stop. What is served is being ended in order, or has ended.
    Stopping,
    /// It has ended by itself.
    Failed {
        /// Why.
        why: BrokerError,
    },
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Starting => f.write_str("starting"),
            Self::Electing => f.write_str("electing"),
            Self::Slave { of } => write!(f, "slave, waiting for {of}"),
            Self::Master { term } => write!(f, "master of term {term}"),
            Self::Stopping => f.write_str("stopping"),
            Self::Failed { why } => write!(f, "failed: {why}"),
        }
    }
}

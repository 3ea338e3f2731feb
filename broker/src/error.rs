//! Why a broker does not start, or does not end in order.

use std::io;

use crate::config::NotBuilt;
use crate::store::{StoreError, lock::LockError};

/// Why a broker could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The lock of a shared folder cannot be used.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// An address cannot be served.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// As configured.
        address: String,
        /// What the system said.
        source: io::Error,
    },
    /// It can be configured, and not be run yet.
    #[error(transparent)]
    NotBuilt(#[from] NotBuilt),
    /// No thread for the store.
    #[error("cannot start the store's thread: {0}")]
    Thread(io::Error),
}

/// Why a broker did not end in order.
#[derive(Debug, thiserror::Error)]
#[error("the broker ended as a failed master: {reason}")]
pub struct StopError {
    pub(crate) reason: String,
}

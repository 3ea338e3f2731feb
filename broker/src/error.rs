//! Why a broker does not serve.

use std::{io, sync::Arc};

use crate::store::{StoreError, lock::LockError};

/// Why a broker does not serve, or does not serve any more.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BrokerError {
    /// The store cannot be used.
    #[error(transparent)]
    Store(Arc<StoreError>),
    /// The lock of a shared store cannot be used, or another broker has it and this one does not wait.
    #[error(transparent)]
    Lock(Arc<LockError>),
    /// An address cannot be served.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// As configured.
        address: String,
        /// What the system said.
        source: Arc<io::Error>,
    },
    /// What TLS needs is missing or cannot be used.
    #[error("TLS: {0}")]
    Tls(String),
    /// No thread for the store.
    #[error("cannot start the store's thread: {0}")]
    Thread(Arc<io::Error>),
    /// It served, and cannot go on.
    #[error("the broker ended as a failed master: {0}")]
    Master(String),
    /// It served, has lost the lock, and was told to end then.
    #[error("the broker is no longer the master, and was told to end then: {0}")]
    Demoted(String),
    /// It was asked to stop.
    #[error("the broker was stopped")]
    Stopped,
}

impl BrokerError {
    /// There is no room to become the master, which may change.
    pub(crate) fn lacks_room(&self) -> bool {
        match self {
            Self::Store(error) => matches!(**error, StoreError::Full { .. }),
            Self::Lock(error) => error.lacks_room(),
            _ => false,
        }
    }
}

impl From<StoreError> for BrokerError {
    fn from(error: StoreError) -> Self {
        Self::Store(Arc::new(error))
    }
}

impl From<LockError> for BrokerError {
    fn from(error: LockError) -> Self {
        Self::Lock(Arc::new(error))
    }
}

//! Why a store could not do what it was asked.

/// Why a store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// No room left; nothing was kept.
    #[error("the store at {place} is full: {detail}")]
    Full {
        /// The store's folder, or its database; never with a password.
        place: String,
        /// What the system said.
        detail: String,
    },
    /// Another broker owns the store.
    #[error("the store at {place} belongs to another broker now: {detail}")]
    Fenced {
        /// The store's folder, or its database; never with a password.
        place: String,
        /// How it was noticed.
        detail: String,
    },
    /// What is there is nothing that this store can use; nothing was touched.
    #[error("the store at {place} cannot be used by this broker: {detail}")]
    Unsupported {
        /// The store's folder, or its database; never with a password.
        place: String,
        /// What was found, and what to do.
        detail: String,
    },
    /// What is on disk is not what was written.
    #[error("the store at {place} is damaged: {detail}")]
    Damaged {
        /// The store's folder, or its database; never with a password.
        place: String,
        /// What and where.
        detail: String,
    },
    /// Nobody knows whether the last commit was kept: the answer was lost, and so was the way to look.
    #[error("the store at {place} may or may not have kept what was written last: {detail}")]
    Unknown {
        /// The store's folder, or its database; never with a password.
        place: String,
        /// What happened.
        detail: String,
    },
    /// The system, or the database, refused an operation.
    #[error("the store at {place} failed: {detail}")]
    Io {
        /// The store's folder, or its database; never with a password.
        place: String,
        /// What the system said.
        detail: String,
    },
}

impl StoreError {
    /// Whether the store must not be used again; only [`StoreError::Full`] leaves it usable.
    #[must_use]
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::Full { .. })
    }
}

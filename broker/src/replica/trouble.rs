//! What can go wrong with the files of a replica.

use std::io::{self, ErrorKind};

use openraft::{AnyError, ErrorSubject, ErrorVerb, StorageIOError};

use super::types::StorageError;
use crate::store::StoreError;

/// Why something could not be done. All of it is final, as the system may have thrown away what was written; but where
/// there was no room, what is on disk can be opened again when there is some.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Trouble {
    /// What is on disk is not what was written.
    #[error("{0}")]
    Damaged(String),
    /// The system refused.
    #[error("{0}")]
    Io(String),
    /// There is no room.
    #[error("{0}")]
    NoRoom(String),
}

pub(crate) type Result<T> = std::result::Result<T, Trouble>;

/// Of an operation on this file, which must be there and whole.
pub(crate) fn with(file: &str) -> impl Fn(io::Error) -> Trouble {
    move |error| {
        let detail = format!("{file}: {error}");
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Trouble::NoRoom(detail),
            ErrorKind::NotFound | ErrorKind::UnexpectedEof => Trouble::Damaged(detail),
            _ => Trouble::Io(detail),
        }
    }
}

/// Damage in this file.
pub(crate) fn damaged(file: &str, what: impl std::fmt::Display) -> Trouble {
    Trouble::Damaged(format!("{file}: {what}"))
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Damaged { .. } => Self::Damaged(error.to_string()),
            StoreError::Full { .. } => Self::NoRoom(error.to_string()),
            _ => Self::Io(error.to_string()),
        }
    }
}

impl Trouble {
    /// Of a folder, as stores say it.
    pub(crate) fn of(self, place: &str) -> StoreError {
        let place = place.to_owned();
        match self {
            Self::Damaged(detail) => StoreError::Damaged { place, detail },
            Self::Io(detail) => StoreError::Io { place, detail },
            Self::NoRoom(detail) => StoreError::Full { place, detail },
        }
    }

    /// While the log was read.
    pub(super) fn reading_log(self) -> StorageError {
        StorageIOError::new(ErrorSubject::Logs, ErrorVerb::Read, AnyError::new(&self)).into()
    }

    /// While the log was written.
    pub(super) fn writing_log(self) -> StorageError {
        StorageIOError::new(ErrorSubject::Logs, ErrorVerb::Write, AnyError::new(&self)).into()
    }

    /// While entries were applied.
    pub(super) fn applying(self) -> StorageError {
        StorageIOError::new(ErrorSubject::StateMachine, ErrorVerb::Write, AnyError::new(&self))
            .into()
    }

    /// While a snapshot was made or installed.
    pub(super) fn of_snapshot(self) -> StorageError {
        StorageIOError::new(ErrorSubject::Snapshot(None), ErrorVerb::Write, AnyError::new(&self))
            .into()
    }
}

//! Why a lock could not be had or was lost.

use std::{
    io,
    path::{Path, PathBuf},
};

/// A lock could not be had, or was lost.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// Locks on this file system exclude nobody; sharing the directory would destroy it.
    #[error(
        "the file system of {path} does not enforce file locks: two descriptors hold the same \
         exclusive lock. Mount it with locks (NFS: version 4, without nolock or local_lock)"
    )]
    NotEnforced {
        /// The lock file.
        path: PathBuf,
    },
    /// Another broker has the lock, and this one is not to wait for it.
    #[error(
        "{0} is locked by another broker, and this one was told not to wait for it (failIfLocked)"
    )]
    Locked(PathBuf),
    /// Another broker may own the directory now.
    #[error("no longer able to keep the exclusive lock on {path}: {detail}")]
    Lost {
        /// The lock file or the generation file.
        path: PathBuf,
        /// How it was noticed.
        detail: String,
    },
    /// The directory went away while this broker waited for it.
    #[error(
        "{0} has gone while this broker waited for it as a slave: bring the folder back (is \
         everything mounted?) and start the broker again"
    )]
    Gone(PathBuf),
    /// The generation file does not hold a number.
    #[error("{path} should hold a decimal number, but holds {found:?}")]
    Generation {
        /// The generation file.
        path: PathBuf,
        /// Its text.
        found: String,
    },
    /// The system refused a file operation.
    #[error("cannot use {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl LockError {
    /// The directory has no room for a number.
    #[must_use]
    pub fn lacks_room(&self) -> bool {
        use io::ErrorKind::{QuotaExceeded, StorageFull};
        matches!(self, Self::Io { source, .. } if matches!(source.kind(), StorageFull | QuotaExceeded))
    }
}

pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> LockError {
    let path = path.to_path_buf();
    move |source| LockError::Io { path, source }
}

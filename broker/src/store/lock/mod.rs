//! One master per shared directory: a file lock that Java sees too, and a generation number.
//!
//! ```text
//! <dir>/lock        OFD lock of the master; never deleted. ActiveMQ locks the same file.
//! <dir>/generation  decimal number of takeovers so far, fsync'd before the master serves.
//! ```
//! The lock is `F_OFD_SETLK` over the whole file. It excludes Java's `FileChannel.tryLock`, which is
//! a POSIX `fcntl` lock, where `flock` (Rust's `File::try_lock`) would not; and unlike a POSIX lock
//! it does not vanish when some other descriptor of the file is closed. The system drops it when
//! the process ends, however it ends, so that the next one takes over at once.
//!
//! What this cannot do: on NFS the server may give the lock away while the master is paused. The
//! master notices at its next check ([`Ownership::still_mine`]), not before. Linux only.
//!
//! `ofd` is the lock itself, `generation` the number, `options` what users may set, `error` what can go wrong.

mod error;
mod generation;
mod ofd;
mod options;

use std::fs::{DirBuilder, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub(in crate::store) use self::ofd::try_lock;
pub use self::{
    error::LockError,
    options::{LockOptions, OnDemotion},
};
use self::{
    error::at,
    generation::{bump_generation, read_generation},
    ofd::{Holder, holder, is_same_file, make_lock_file, open_lock_file},
};
pub(crate) use self::{generation::GENERATION_FILE, ofd::is_locked};

/// How often a waiting broker looks for the lock. Default 100 ms; ActiveMQ's
/// `lockAcquireSleepInterval` is 10 s, which its users pay at each takeover.
pub const DEFAULT_POLL: Duration = Duration::from_millis(100);

/// How often the owner checks that it still is. Default 5 s. ActiveMQ's `lockKeepAlivePeriod` is 0
/// (never) by default, so that two masters write after someone deletes its lock file.
pub const DEFAULT_KEEP_ALIVE: Duration = Duration::from_secs(5);

/// The file whose lock makes a broker the master.
pub(crate) const LOCK_FILE: &str = "lock";

/// A directory that several brokers want and one owns.
#[derive(Clone, Debug)]
pub struct SharedDirectory {
    dir: PathBuf,
}

impl SharedDirectory {
    /// Names the directory; nothing is touched yet.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// Takes the directory unless another process has it (`None`). Creates the directory and its
    /// lock file if need be. Taking it proves that locks are enforced here and bumps the
    /// generation durably.
    ///
    /// # Errors
    /// [`LockError`], except [`LockError::Lost`]. Nothing is kept locked then.
    pub fn try_acquire(&self) -> Result<Option<Ownership>, LockError> {
        let mut builder = DirBuilder::new();
        builder.recursive(true).create(&self.dir).map_err(at(&self.dir))?;
        self.try_lock()
    }

    /// Like [`Self::try_acquire`], in a directory that was there before: one that has gone is not made again.
    ///
    /// # Errors
    /// [`LockError`], except [`LockError::Lost`].
    pub fn try_again(&self) -> Result<Option<Ownership>, LockError> {
        if self.dir.is_dir() { self.try_lock() } else { Err(LockError::Gone(self.dir.clone())) }
    }

    /// In a directory that must be there.
    fn try_lock(&self) -> Result<Option<Ownership>, LockError> {
        let path = self.dir.join(LOCK_FILE);
        let first = make_lock_file(&path)?;
        let file = open_lock_file(&path)?;
        if !try_lock(&file).map_err(at(&path))? {
            return Ok(None);
        }
        if !is_same_file(&file, &path)? {
            // The file was replaced between open and lock: this lock protects nothing.
            return Ok(None);
        }
        if try_lock(&open_lock_file(&path)?).map_err(at(&path))? {
            return Err(LockError::NotEnforced { path });
        }
        let generation = bump_generation(&self.dir)?;
        tracing::info!(dir = %self.dir.display(), generation, "took the shared directory");
        let held = Held { dir: self.dir.clone(), file, generation, first };
        Ok(Some(Ownership { held: Arc::new(held) }))
    }
}

/// Proof of having taken a [`SharedDirectory`]. Cheap to clone; the lock is released when the last
/// clone is dropped, or when the process ends.
#[derive(Clone, Debug)]
pub struct Ownership {
    held: Arc<Held>,
}

#[derive(Debug)]
struct Held {
    dir: PathBuf,
    file: File,
    generation: u64,
    first: bool,
}

impl Ownership {
    /// The number of this takeover: higher than that of every owner before.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.held.generation
    }

    /// Which directory.
    #[must_use]
    pub(crate) fn dir(&self) -> &Path {
        &self.held.dir
    }

    /// Whether the lock file was made for this takeover: nobody has had the directory before.
    #[must_use]
    pub(crate) fn is_first(&self) -> bool {
        self.held.first
    }

    /// Checks that the lock file is the one we locked, that it is locked, not by a Java process, and
    /// that the generation is ours. Blocks on the file system.
    ///
    /// # Errors
    /// [`LockError::Lost`] if another broker may own the directory; [`LockError::Io`] if it cannot
    /// be told. In both cases nothing may be confirmed to anyone any more.
    pub fn still_mine(&self) -> Result<(), LockError> {
        let lock = self.held.dir.join(LOCK_FILE);
        let lost = |path: &Path, detail: &str| {
            Err(LockError::Lost { path: path.into(), detail: detail.into() })
        };
        if !is_same_file(&self.held.file, &lock)? {
            return lost(&lock, "the lock file was deleted or replaced");
        }
        match holder(&lock)? {
            // The process id of an OFD lock reads as -1; a POSIX lock shows its owner's.
            Holder::None => return lost(&lock, "the system dropped the lock"),
            Holder::Posix(pid) => return lost(&lock, &format!("process {pid} holds the lock")),
            Holder::Ofd => {}
        }
        let path = self.held.dir.join(GENERATION_FILE);
        match read_generation(&path)? {
            found if found == self.held.generation => Ok(()),
            found => lost(&path, &format!("generation {found}, ours is {}", self.held.generation)),
        }
    }
}

#[cfg(test)]
mod tests;

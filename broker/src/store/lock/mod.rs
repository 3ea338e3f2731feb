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

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;

/// How often a waiting broker looks for the lock. Default 100 ms; ActiveMQ's
/// `lockAcquireSleepInterval` is 10 s, which its users pay at each takeover.
pub const DEFAULT_POLL: Duration = Duration::from_millis(100);

/// How often the owner checks that it still is. Default 5 s. ActiveMQ's `lockKeepAlivePeriod` is 0
/// (never) by default, so that two masters write after someone deletes its lock file.
pub const DEFAULT_KEEP_ALIVE: Duration = Duration::from_secs(5);

/// Why a lock could not be had or was lost.
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
    /// Another broker may own the directory now.
    #[error("no longer able to keep the exclusive lock on {path}: {detail}")]
    Lost {
        /// The lock file or the generation file.
        path: PathBuf,
        /// How it was noticed.
        detail: String,
    },
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
        let path = self.dir.join(LOCK_FILE);
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
        let held = Held { dir: self.dir.clone(), file, generation };
        Ok(Some(Ownership { held: Arc::new(held) }))
    }

    /// Waits until the directory is ours, looking every `poll` ([`DEFAULT_POLL`]).
    ///
    /// Cancel-safe: a dropped future owns nothing, though the generation may have been bumped.
    ///
    /// # Errors
    /// See [`SharedDirectory::try_acquire`]. An unreachable directory is an error, not a wait.
    pub async fn acquire(&self, poll: Duration) -> Result<Ownership, LockError> {
        let mut look = tokio::time::interval(poll.max(Duration::from_millis(1)));
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut told = false;
        loop {
            look.tick().await;
            let directory = self.clone();
            // A network file system may hang: never on the runtime's own threads.
            let attempt = tokio::task::spawn_blocking(move || directory.try_acquire()).await;
            let attempt = attempt.map_err(io::Error::other).map_err(at(&self.dir))?;
            if let Some(ownership) = attempt? {
                return Ok(ownership);
            }
            if !std::mem::replace(&mut told, true) {
                // The words that ActiveMQ's users look for in their logs.
                tracing::info!(
                    "Database {} is locked by another server. This broker is now in slave mode \
                     waiting a lock to be acquired",
                    self.dir.join(LOCK_FILE).display()
                );
            }
        }
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
}

impl Ownership {
    /// The number of this takeover: higher than that of every owner before.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.held.generation
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

enum Holder {
    None,
    Ofd,
    Posix(i32),
}

fn open_lock_file(path: &Path) -> Result<File, LockError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).open(path).map_err(at(path))
}

/// `false` if another open file holds a lock.
fn try_lock(file: &File) -> io::Result<bool> {
    match fcntl(file, FcntlArg::F_OFD_SETLK(&whole_file())) {
        Ok(_) => Ok(true),
        Err(Errno::EAGAIN | Errno::EACCES) => Ok(false),
        Err(errno) => Err(errno.into()),
    }
}

/// Who would be in the way of a newcomer. Asked through a new descriptor: through ours, our own
/// lock is in nobody's way.
fn holder(path: &Path) -> Result<Holder, LockError> {
    let file = File::options().read(true).write(true).open(path).map_err(at(path))?;
    let mut found = whole_file();
    let asked = fcntl(&file, FcntlArg::F_OFD_GETLK(&mut found)).map_err(io::Error::from);
    asked.map_err(at(path))?;
    Ok(match (libc::c_int::from(found.l_type), found.l_pid) {
        (libc::F_UNLCK, _) => Holder::None,
        (_, -1) => Holder::Ofd,
        (_, pid) => Holder::Posix(pid),
    })
}

/// An exclusive lock from byte 0 to wherever the file may grow, as Java's `tryLock()` asks for.
#[expect(clippy::cast_possible_truncation, reason = "constants of 0 and 1, declared as int")]
fn whole_file() -> libc::flock {
    let l_type = libc::F_WRLCK as libc::c_short;
    let l_whence = libc::SEEK_SET as libc::c_short;
    libc::flock { l_type, l_whence, l_start: 0, l_len: 0, l_pid: 0 }
}

fn is_same_file(file: &File, path: &Path) -> Result<bool, LockError> {
    let ours = file.metadata().map_err(at(path))?;
    match std::fs::metadata(path) {
        Ok(there) => Ok((ours.dev(), ours.ino()) == (there.dev(), there.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(at(path)(error)),
    }
}

/// 0 if there is no such file.
fn read_generation(path: &Path) -> Result<u64, LockError> {
    match std::fs::read_to_string(path) {
        Ok(text) => match text.trim().parse() {
            Ok(generation) => Ok(generation),
            Err(_) => Err(LockError::Generation { path: path.into(), found: text }),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(at(path)(error)),
    }
}

fn bump_generation(dir: &Path) -> Result<u64, LockError> {
    let path = dir.join(GENERATION_FILE);
    let next = read_generation(&path)?.saturating_add(1);
    write_durably(&path, format!("{next}\n").as_bytes()).map_err(at(&path))?;
    Ok(next)
}

/// Replaces a small file so that a crash leaves the old text or the new one.
pub(super) fn write_durably(path: &Path, text: &[u8]) -> io::Result<()> {
    let fresh = path.with_extension("new");
    let mut file = File::create(&fresh)?;
    file.write_all(text)?;
    file.sync_all()?;
    std::fs::rename(&fresh, path)?;
    sync_parent(path)
}

/// Makes renames and deletions beside `path` durable.
pub(super) fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> LockError {
    let path = path.to_path_buf();
    move |source| LockError::Io { path, source }
}

pub(crate) const LOCK_FILE: &str = "lock";
const GENERATION_FILE: &str = "generation";

#[cfg(test)]
mod tests;

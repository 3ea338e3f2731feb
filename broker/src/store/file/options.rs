//! How to open a file store.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{FileStore, error, folder};
use crate::store::StoreError;
use crate::store::lock::Ownership;

/// Where the store is and how much it may use. Every default suits a broker that idles most of
/// the time.
#[derive(Clone, Debug)]
pub struct FileStoreOptions {
    pub(super) dir: PathBuf,
    pub(super) reserve_bytes: u64,
    pub(super) cache_bytes: u64,
    pub(super) write_buffer_bytes: u64,
    pub(super) reclaim_bytes: u64,
    pub(super) ownership: Option<(Ownership, Duration)>,
}

impl FileStoreOptions {
    /// A store in `dir`, which is created if it does not exist.
    pub fn new(dir: impl AsRef<Path>) -> Self {
        Self {
            dir: dir.as_ref().into(),
            reserve_bytes: 256 << 20,
            cache_bytes: 4 << 20,
            write_buffer_bytes: 16 << 20,
            reclaim_bytes: 64 << 20,
            ownership: None,
        }
    }

    /// Free disk space below which no messages are taken any more. Default 256 MiB.
    ///
    /// It must cover what the database writes in the background while the disk is nearly full:
    /// buffers on their way to tables, and some ten 16 MiB tables being merged. If it finds no
    /// room for that, the store ends. On a disk of 700 MiB, filled and drained again and again,
    /// 64 MiB were seen not to suffice, 128 MiB only just.
    #[must_use]
    pub fn reserve_bytes(mut self, bytes: u64) -> Self {
        self.reserve_bytes = bytes;
        self
    }

    /// Memory for blocks read from disk. Default 4 MiB.
    #[must_use]
    pub fn cache_bytes(mut self, bytes: u64) -> Self {
        self.cache_bytes = bytes;
        self
    }

    /// Messages gathered in memory before they move from the journal to a table. Default 16 MiB;
    /// a busy store may hold four times as much for moments.
    #[must_use]
    pub fn write_buffer_bytes(mut self, bytes: u64) -> Self {
        self.write_buffer_bytes = bytes;
        self
    }

    /// Dead weight of removed messages above which, if it also outweighs the messages that are
    /// there, their disk space is given back. Default 64 MiB; when room is short, a sixteenth.
    #[must_use]
    pub fn reclaim_bytes(mut self, bytes: u64) -> Self {
        self.reclaim_bytes = bytes;
        self
    }

    /// The folder is shared, and this is the proof that we own it. It is checked at once, and before
    /// a commit when the last check is `keep_alive` ago
    /// ([`DEFAULT_KEEP_ALIVE`](crate::store::lock::DEFAULT_KEEP_ALIVE)). After
    /// [`StoreError::Fenced`] the process should end at once: the database's own threads know
    /// nothing of the lock.
    #[must_use]
    pub fn shared(mut self, ownership: Ownership, keep_alive: Duration) -> Self {
        self.ownership = Some((ownership, keep_alive));
        self
    }

    /// Opens the store, or creates it. [`Store::recover`](crate::store::Store::recover) comes next.
    ///
    /// # Errors
    /// - [`StoreError::Unsupported`]: KahaDB files of an ActiveMQ, or a newer format;
    /// - [`StoreError::Fenced`]: another process has it open, or the lock is lost;
    /// - [`StoreError::Damaged`], [`StoreError::Io`].
    pub fn open(self) -> Result<FileStore, StoreError> {
        let dir = self.dir.clone();
        error::shielded(&dir, || folder::open(&self))
    }
}

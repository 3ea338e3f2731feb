//! Keeps messages in a folder, by way of the embedded database fjall.
//!
//! ```text
//! <dir>/store/   fjall: `messages` (container id, sequence -> blob) and `catalog` (all else)
//! <dir>/spill/   fjall, only while transient messages are spilled; never synced, wiped at start
//! <dir>/clean    present after an orderly end: number of the last commit
//! ```
//! One commit of any number of batches is one atomic fjall batch and at most one `fdatasync`. The
//! catalog holds each container's size and lowest sequence, written with the commits that change
//! them; so [`Store::recover`] reads no messages, and paging does not wade through removed ones.
//!
//! Removed messages are dead weight in fjall's tables until these are merged. When the dead outweigh
//! the living, or room is short, everything is merged at once in the background.
//!
//! # When the disk fails
//! - Little room left: commits that add messages are refused ([`StoreError::Full`]) while the free
//!   space is below [`FileStoreOptions::reserve_bytes`]; commits that only remove are taken. The
//!   reserve is needed because fjall cannot go on after a write that found no room.
//! - A failed write or sync is final and never retried: the system may have thrown the data away
//!   and report success the next time.
//! - fjall's own threads move data in the background. If they fail, the next commit does. There is
//!   one gap: a commit that fjall holds back (because flushing lags) at the very moment when its
//!   background thread fails does not return. Whoever waits for the writer should have a deadline.

#[cfg(test)]
#[expect(dead_code, reason = "what a store of our own is going to stand on")]
mod disk;
#[cfg(test)]
#[expect(dead_code, unreachable_pub, reason = "the same")]
mod format;
#[cfg(test)]
#[expect(dead_code, unused_imports, reason = "the same")]
mod index;
#[cfg(test)]
#[expect(dead_code, unused_imports, reason = "the same")]
mod log;
#[cfg(test)]
mod recent;
#[cfg(test)]
#[expect(dead_code, reason = "the same")]
mod trouble;

mod catalog;
mod commit;
mod error;
mod fence;
mod folder;
mod manifest;
mod options;
mod page;
mod plan;
mod reclaim;
mod recover;
mod space;
mod spill;

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;

use fjall::{Database, Keyspace};

use self::fence::Fence;
pub use self::options::FileStoreOptions;
use self::reclaim::Reclaim;
use self::space::Space;
use self::spill::Spill;
use super::{Store, StoreError};
use crate::model::{Batch, Container, Recovered, StoredMessage};

/// The store of an independent broker, or of the owner of a shared directory.
pub struct FileStore {
    /// First: its thread must be done before the files are closed.
    reclaim: Reclaim,
    files: Files,
    spill: Spill,
    space: Space,
    containers: HashMap<Container, Shelf>,
    /// Ids of dropped containers whose messages are being removed, and where to go on.
    retired: VecDeque<(u32, u64)>,
    meta: Meta,
    weight: Weight,
    /// Something was written since the last sync.
    unsynced: bool,
    state: Condition,
    dir: PathBuf,
    /// Last: the lock is released after the files are closed.
    fence: Option<Fence>,
}

/// The open database.
struct Files {
    messages: Keyspace,
    catalog: Keyspace,
    db: Database,
}

/// Broker-wide numbers, rewritten by each commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Meta {
    last_sequence: u64,
    next_container: u32,
    /// How many commits wrote to the database: tells a truncated journal from a complete one.
    commits: u64,
}

/// What durable messages should take up on disk, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Weight {
    live: u64,
    /// All that was removed since the store was opened.
    removed: u64,
}

impl Weight {
    fn add(&mut self, count: u64, bytes: u64) {
        self.live = self.live.saturating_add(bytes + count * MESSAGE_OVERHEAD_BYTES);
    }

    fn remove(&mut self, count: u64, bytes: u64) {
        let gone = bytes + count * MESSAGE_OVERHEAD_BYTES;
        self.live = self.live.saturating_sub(gone);
        self.removed = self.removed.saturating_add(gone);
    }
}

/// Key, lengths and index of one message in a table, rounded up.
const MESSAGE_OVERHEAD_BYTES: u64 = 48;

/// What is known of a container without reading its messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Shelf {
    id: u32,
    /// Listed even when empty.
    declared: bool,
    /// Exact number of durable messages.
    count: u64,
    /// Their blobs together.
    bytes: u64,
    /// Exact number of spilled transient messages.
    spilled: u64,
    /// No message has a lower sequence.
    head: u64,
    /// No durable message has a higher sequence.
    last: u64,
}

impl Shelf {
    fn is_empty(&self) -> bool {
        self.count == 0 && self.spilled == 0
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Condition {
    Good,
    Broken,
    Closed,
}

impl FileStore {
    fn usable(&self) -> Result<(), StoreError> {
        match self.state {
            Condition::Good => Ok(()),
            Condition::Broken => Err(error::io(&self.dir, "used after a final error")),
            Condition::Closed => Err(error::io(&self.dir, "used after it was closed")),
        }
    }

    /// Runs `work`; after a final error every later call fails.
    fn guarded<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.usable()?;
        // Broken until proven otherwise: a panic in between must not leave a usable store.
        self.state = Condition::Broken;
        let outcome = work(self);
        if !outcome.as_ref().is_err_and(StoreError::is_final) {
            self.state = Condition::Good;
        }
        outcome
    }
}

impl Store for FileStore {
    fn recover(&mut self) -> Result<Recovered, StoreError> {
        let dir = self.dir.clone();
        error::shielded(&dir, || self.guarded(Self::recover_all))
    }

    fn commit(&mut self, batches: &[Batch]) -> Result<(), StoreError> {
        self.guarded(|store| store.commit_all(batches))
    }

    fn page(
        &mut self,
        container: &Container,
        after: u64,
        max_count: usize,
        max_bytes: usize,
    ) -> Result<Vec<StoredMessage>, StoreError> {
        let dir = self.dir.clone();
        error::shielded(&dir, || {
            self.guarded(|store| store.read_page(container, after, max_count, max_bytes))
        })
    }

    fn close(&mut self) -> Result<(), StoreError> {
        self.guarded(Self::close_cleanly)?;
        self.state = Condition::Closed;
        Ok(())
    }
}

impl std::fmt::Debug for FileStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileStore")
            .field("dir", &self.dir)
            .field("containers", &self.containers.len())
            .field("meta", &self.meta)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

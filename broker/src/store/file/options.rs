//! How to open a file store.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::birth::{self, Expected, FOLDER};
use super::fence::{Fence, Presence};
use super::format::seeds::{Seeds, StoreId};
use super::index::Origin;
use super::keeper::{Keeper, KeeperThread};
use super::space::Space;
use super::trouble::{Result, Trouble, with};
use super::{FileStore, Opened};
use crate::store::StoreError;
use crate::store::disk::{Disk, RealDisk, Room};
use crate::store::lock::Ownership;

/// Where the store is and how much it may use.
#[derive(Clone, Debug)]
pub struct FileStoreOptions {
    pub(super) dir: PathBuf,
    segment_bytes: Option<u64>,
    reserve_bytes: Option<u64>,
    limit_bytes: Option<u64>,
    expected: Expected,
    ownership: Option<(Ownership, Duration)>,
    replicated: bool,
}

impl FileStoreOptions {
    /// A store in `dir`, which is created if it does not exist.
    pub fn new(dir: impl AsRef<Path>) -> Self {
        Self {
            dir: dir.as_ref().into(),
            segment_bytes: None,
            reserve_bytes: None,
            limit_bytes: None,
            expected: Expected::default(),
            ownership: None,
            replicated: false,
        }
    }

    /// Most bytes that the store's files may have together. A store at its limit behaves as on a
    /// full disk. Default: the disk. Less than [`LEAST_LIMIT_BYTES`] is refused.
    #[must_use]
    pub fn limit_bytes(mut self, bytes: u64) -> Self {
        self.limit_bytes = Some(bytes);
        self
    }

    /// Free room, on the disk or below the limit, below which no messages are taken any more; it is
    /// for removals, checkpoints and the next start. Default: two segments and 1 MiB, that is 65 MiB
    /// on a large disk, 7 MiB on one of 200 MiB.
    #[must_use]
    pub fn reserve_bytes(mut self, bytes: u64) -> Self {
        self.reserve_bytes = Some(bytes);
        self
    }

    /// Length of a segment of the log; room is taken and given back in such pieces. Default: 32 MiB,
    /// or a sixty-fourth of the disk or the limit if that is less, but not below 256 KiB.
    #[must_use]
    pub fn segment_bytes(mut self, bytes: u64) -> Self {
        self.segment_bytes = Some(bytes);
        self
    }

    /// Begin with an empty store where one is missing, even though a broker has used the folder: the
    /// operator says that this is right. Default: that is refused.
    #[must_use]
    pub fn create(mut self, create: bool) -> Self {
        self.expected.create = create;
        self
    }

    /// The store that was there before: another one, or none, is refused.
    #[must_use]
    pub(crate) fn expecting(mut self, store: Option<StoreId>) -> Self {
        self.expected.store = store;
        self
    }

    /// The folder is shared, and this is the proof that we own it. It is checked at once, and before
    /// a commit when the last check is `keep_alive` ago
    /// ([`DEFAULT_KEEP_ALIVE`](crate::store::lock::DEFAULT_KEEP_ALIVE)). After
    /// [`StoreError::Fenced`] the store must be dropped at once.
    #[must_use]
    pub fn shared(mut self, ownership: Ownership, keep_alive: Duration) -> Self {
        self.expected.first = ownership.is_first();
        self.ownership = Some((ownership, keep_alive));
        self
    }

    /// Opens the store, or creates it. [`Store::recover`](crate::store::Store::recover) comes next.
    ///
    /// # Errors
    /// - [`StoreError::Unsupported`]: files of an ActiveMQ, of an earlier or a newer release, or a
    ///   folder whose store is missing;
    /// - [`StoreError::Fenced`]: another process has it open, or the lock is lost;
    /// - [`StoreError::Damaged`], [`StoreError::Io`].
    pub fn open(self) -> std::result::Result<FileStore, StoreError> {
        let dir = self.dir.clone();
        self.open_folder().map_err(|trouble| trouble.while_opening().of(&dir))
    }

    fn open_folder(self) -> Result<FileStore> {
        if self.limit_bytes.is_some_and(|limit| limit < LEAST_LIMIT_BYTES) {
            let what = "a limit of less than 16 MiB leaves a store no room to work: raise it";
            return Err(Trouble::Unsupported(what.into()));
        }
        if let Some((ownership, _)) = &self.ownership {
            ownership.still_mine()?;
        }
        std::fs::create_dir_all(&self.dir).map_err(with(""))?;
        let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(&self.dir));
        let keeper = KeeperThread::start(disk.clone(), FOLDER).map_err(with("its thread"))?;
        let mut store = self.clone().open_on(disk, Box::new(keeper))?;
        if let Some((ownership, keep_alive)) = self.ownership {
            store.fence = Some(Fence::new(ownership, keep_alive, Presence::of(&self.dir)?));
        }
        Ok(store)
    }

    /// Several brokers keep the same: what is committed was decided by a majority of them and has to be taken, and
    /// the files of the store may be given to another broker as they are.
    #[must_use]
    pub(crate) fn replicated(mut self) -> Self {
        self.replicated = true;
        self
    }

    /// On a disk that others use, too.
    ///
    /// # Errors
    /// As of [`Self::open`].
    pub(crate) fn open_at(self, disk: Arc<dyn Disk>) -> std::result::Result<FileStore, StoreError> {
        let dir = self.dir.clone();
        let opened = keeper(&disk).and_then(|keeper| self.open_on(disk, keeper));
        opened.map_err(|trouble| trouble.while_opening().of(&dir))
    }

    /// On any disk, with any keeper.
    pub(super) fn open_on(self, disk: Arc<dyn Disk>, keeper: Box<dyn Keeper>) -> Result<FileStore> {
        let store = birth::find(&*disk, self.expected)?;
        let lock = format!("{FOLDER}/in-use");
        let in_use = disk.lock(&lock).map_err(with(&lock))?;
        let held = || Trouble::Fenced("another process has it open".into());
        let in_use = in_use.ok_or_else(held)?;
        let room = disk.room().map_err(with("its disk"))?;
        let bounds = self.bounds(room);
        let seeds = Seeds::of(store);
        let origin = Origin { disk, folder: FOLDER, store, seeds };
        let space = Space::new(bounds.limit, bounds.reserve);
        let segment_bytes = bounds.segment;
        let replicated = self.replicated;
        let opened = Opened { origin, keeper, space, segment_bytes, replicated, in_use };
        Ok(FileStore::new(self.dir, opened))
    }

    fn bounds(&self, room: Room) -> Bounds {
        let limit = self.limit_bytes.unwrap_or(u64::MAX);
        let usual = (limit.min(room.total) / 64).clamp(LEAST_SEGMENT_BYTES, MOST_SEGMENT_BYTES);
        let segment = self.segment_bytes.unwrap_or(usual).max(LEAST_POSSIBLE_BYTES);
        let segment = segment.next_multiple_of(4096).min(u64::from(u32::MAX) / 2);
        let reserve = self.reserve_bytes.unwrap_or(2 * segment + (1 << 20));
        Bounds { limit, segment, reserve }
    }
}

fn keeper(disk: &Arc<dyn Disk>) -> Result<Box<dyn Keeper>> {
    #[cfg(test)]
    if control::WITHOUT_THREADS.get() {
        return Ok(super::tests::lazy_keeper(disk.clone()));
    }
    let keeper = KeeperThread::start(disk.clone(), FOLDER).map_err(with("its thread"))?;
    Ok(Box::new(keeper))
}

/// In virtual time nothing may depend on when a thread is done.
#[cfg(test)]
pub(crate) mod control {
    use std::cell::Cell;

    thread_local! {
        pub(crate) static WITHOUT_THREADS: Cell<bool> = const { Cell::new(false) };
    }
}

/// In bytes.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    limit: u64,
    segment: u64,
    reserve: u64,
}

/// The smallest limit with which a store can work: 16 MiB.
pub const LEAST_LIMIT_BYTES: u64 = 16 << 20;
const LEAST_SEGMENT_BYTES: u64 = 256 << 10;
const MOST_SEGMENT_BYTES: u64 = 32 << 20;
/// A header page, and some records.
const LEAST_POSSIBLE_BYTES: u64 = 16 << 10;

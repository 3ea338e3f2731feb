//! Keeps messages in a folder, in a log of its own.
//!
//! ```text
//! <dir>/messages/checkpoint            where everything is, but for what was logged since
//! <dir>/messages/segment-<number>      the log, in files of a fixed length
//! <dir>/messages/table-<number>        where the messages of a segment are; can be made again
//! <dir>/messages/synced                a second word for what was synced
//! <dir>/messages/in-use                locked by whoever has the store open
//! <dir>/messages/*.new, spare-*        being made, or waiting to be used again
//! <dir>/messages.new/                  a store that is being made; renamed when it is whole
//! <dir>/spill/                         transient messages, the same way; never synced, wiped at start
//! ```
//! What every byte means says the module `format`.
//!
//! # How it works
//! One commit of any number of batches is one record, appended with one write and at most one
//! `fdatasync`, to a file whose room is there already: the sync writes nothing but the data. A message
//! is written once, and once more only when it outlives nearly all others in its segment. What is in
//! memory is the place of each message of the newest segment, and of the older ones what each has of
//! which queue, with a bit for each message that is removed and one for each that was given out.
//! Segments without living messages are used again or removed when a checkpoint does not need them.
//!
//! # What survives
//! A record is whole or it is not there: its hash covers every byte. At the first one that is not
//! whole the log ends, unless something behind it says that it was synced: every record tells what was
//! synced before it (and a file beside the log says it again), a segment goes on in the next one only after it was synced as a whole, and a
//! checkpoint names what it needs. Then the store is damaged, and refuses to open rather than lose
//! something in silence. After an end that was not in order the log goes on in another segment, so
//! that what is behind the end never comes back to life. An overwritten page that is torn by a power
//! cut leaves each of its sectors of 512 bytes old or new, not destroyed: that much is expected of a
//! disk.
//!
//! # When the disk fails
//! - Little room left: commits that add messages are refused ([`StoreError::Full`]), those that remove
//!   are taken. See [`FileStoreOptions::reserve_bytes`].
//! - A failed write or sync is final and never retried: the system may have thrown the data away and
//!   report success the next time.
//!
//! # Where to find what
//! ```text
//! options, birth       opening a folder, or making a store in it
//! read, replay, begin  what an earlier owner left, and taking it over; end: leaving it in order
//! commit, plan         batches become a record; running: what is changed by it
//! backlogs, taking     what durable subscriptions have of topics' messages, which are kept once
//! page, messages       reading back
//! rotate, supply       the next segment; keeper: the thread that makes it
//! checkpoint, upkeep   giving room back; compact: moving what is left
//! space, spill, fence  bounds, transient messages, whether the folder is still ours
//! check                looks at a store without changing it; freeze: a copy of it as it is
//! format, log, index, catalog, recent     what all of this stands on; note: the second word
//! error, trouble       what can go wrong, inside and as it is said
//! ```

mod backlogs;
mod begin;
mod birth;
mod catalog;
mod check;
mod checkpoint;
mod commit;
mod compact;
mod end;
mod error;
mod fence;
pub(crate) mod format;
mod freeze;
mod index;
mod keeper;
mod log;
mod messages;
mod note;
mod options;
mod page;
mod plan;
mod read;
mod recent;
mod replay;
mod rotate;
mod running;
mod space;
mod spill;
mod supply;
mod taking;
mod trouble;
mod upkeep;

use std::any::Any;
use std::path::PathBuf;
use std::time::Duration;

use self::begin::Owner;
pub(crate) use self::birth::{look, look_again};
pub(crate) use self::check::is_in_use;
pub use self::check::{Examined, examine};
use self::fence::Fence;
pub(crate) use self::fence::Presence;
pub use self::format::seeds::StoreId;
use self::index::{Origin, Wanted};
use self::keeper::Keeper;
#[cfg(test)]
pub(crate) use self::options::control;
pub use self::options::{FileStoreOptions, LEAST_LIMIT_BYTES};
use self::running::Running;
use self::space::Space;
use self::trouble::{Result, Trouble};
use super::{Store, StoreError};
use crate::model::{Batch, Container, Recovered, StoredMessage};

/// The store of an independent broker, or of the owner of a shared directory.
pub struct FileStore {
    dir: PathBuf,
    stage: Stage,
    /// Last: the lock is released after the files are closed.
    fence: Option<Fence>,
}

/// What can be done with it.
enum Stage {
    Opened(Opened),
    Running(Box<Running>),
    Broken,
    Closed,
}

/// A store that is not read yet.
struct Opened {
    origin: Origin,
    keeper: Box<dyn Keeper>,
    space: Space,
    segment_bytes: u64,
    replicated: bool,
    in_use: Box<dyn Any + Send>,
}

impl FileStore {
    fn new(dir: PathBuf, opened: Opened) -> Self {
        Self { dir, stage: Stage::Opened(opened), fence: None }
    }

    /// Which one it is.
    pub(crate) fn presence(&self) -> std::result::Result<Presence, StoreError> {
        Presence::of(&self.dir).map_err(|trouble| trouble.of(&self.dir))
    }

    fn open_log(opened: Opened) -> Result<(Running, Recovered)> {
        let left = read::read(&opened.origin)?;
        let Opened { keeper, space, segment_bytes, replicated, in_use, .. } = opened;
        Running::begin(left, Owner { keeper, space, segment_bytes, replicated, in_use })
    }

    /// Runs `work`; after a final error every later call fails.
    fn guarded<T>(
        &mut self,
        work: impl FnOnce(&mut Running, &mut Option<Fence>) -> Result<T>,
    ) -> std::result::Result<T, StoreError> {
        // Broken until proven otherwise: a panic in between must not leave a usable store.
        let stage = std::mem::replace(&mut self.stage, Stage::Broken);
        let mut running = match stage {
            Stage::Running(running) => running,
            other => {
                self.stage = other;
                return Err(self.unusable());
            }
        };
        let outcome = work(&mut running, &mut self.fence).map_err(|it| it.of(&self.dir));
        if !outcome.as_ref().is_err_and(StoreError::is_final) {
            self.stage = Stage::Running(running);
        }
        outcome
    }

    fn unusable(&self) -> StoreError {
        let detail = match self.stage {
            Stage::Opened(_) => "used before it was recovered",
            Stage::Closed => "used after it was closed",
            Stage::Broken | Stage::Running(_) => "used after a final error",
        };
        Trouble::Io(detail.into()).of(&self.dir)
    }
}

impl Store for FileStore {
    fn recover(&mut self) -> std::result::Result<Recovered, StoreError> {
        match std::mem::replace(&mut self.stage, Stage::Broken) {
            Stage::Opened(opened) => {
                let opened = Self::open_log(opened);
                let (running, recovered) =
                    opened.map_err(|trouble| trouble.while_opening().of(&self.dir))?;
                self.stage = Stage::Running(Box::new(running));
                Ok(recovered)
            }
            other => {
                self.stage = other;
                Err(Trouble::Io("recovered twice".into()).of(&self.dir))
            }
        }
    }

    fn commit(&mut self, batches: &[Batch]) -> std::result::Result<(), StoreError> {
        self.guarded(|running, fence| {
            fence.as_mut().map_or(Ok(()), Fence::check_if_due)?;
            running.commit(batches)
        })
    }

    fn page(
        &mut self,
        container: &Container,
        after: u64,
        max_count: usize,
        max_bytes: usize,
    ) -> std::result::Result<Vec<StoredMessage>, StoreError> {
        let wanted = Wanted { after, most: max_count, bytes: max_bytes };
        self.guarded(|running, _| running.page(container, wanted))
    }

    fn tidy(&mut self) -> std::result::Result<Option<Duration>, StoreError> {
        self.guarded(|running, fence| {
            fence.as_mut().map_or(Ok(()), Fence::check_if_due)?;
            running.tidy()
        })
    }

    fn close(&mut self) -> std::result::Result<(), StoreError> {
        self.guarded(|running, fence| {
            fence.as_mut().map_or(Ok(()), Fence::check)?;
            running.close()
        })?;
        // Files and locks are free at once.
        self.stage = Stage::Closed;
        Ok(())
    }
}

impl std::fmt::Debug for FileStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileStore").field("dir", &self.dir).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

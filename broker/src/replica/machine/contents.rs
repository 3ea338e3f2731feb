//! The store, and up to where the log was applied to it.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use openraft::EntryPayload;

use super::replacing::{FROZEN, finish_installation, remove_leftovers};
use crate::{
    model::{Batch, Change, Recovered, form},
    replica::{
        snapshot::{SnapshotFile, SnapshotFiles},
        trouble::{Result, Trouble, damaged},
        types::{Entry, LogId, Membership, Proposal, SnapshotMeta},
    },
    store::{
        Store,
        disk::Disk,
        file::{FileStore, FileStoreOptions},
    },
};

/// The messages of one broker, as of some entry of the log.
#[derive(Debug)]
pub(crate) struct Contents {
    pub(super) disk: Arc<dyn Disk>,
    dir: PathBuf,
    /// Gone while a snapshot takes its place.
    pub(super) store: Option<FileStore>,
    applied: Option<LogId>,
    membership: Membership,
    /// Bytes that were applied and not synced.
    unsynced: usize,
    /// Snapshots made so far.
    frozen: u64,
    segment_bytes: Option<u64>,
}

impl Contents {
    /// Opens the store, or makes one if this broker is `new`; `dir` is how messages call the place.
    pub(crate) fn open(disk: Arc<dyn Disk>, dir: &Path, new: bool) -> Result<Self> {
        Self::open_with(disk, dir, new, None)
    }

    /// With segments of another length than the usual.
    pub(crate) fn open_with(
        disk: Arc<dyn Disk>,
        dir: &Path,
        new: bool,
        segment_bytes: Option<u64>,
    ) -> Result<Self> {
        finish_installation(&*disk)?;
        remove_leftovers(&*disk)?;
        let mut contents = Self {
            disk,
            dir: dir.to_owned(),
            store: None,
            applied: None,
            membership: Membership::default(),
            unsynced: 0,
            frozen: 0,
            segment_bytes,
        };
        contents.open_store(new)?;
        Ok(contents)
    }

    pub(super) fn open_store(&mut self, new: bool) -> Result<()> {
        let mut options = FileStoreOptions::new(&self.dir).create(new).replicated();
        if let Some(bytes) = self.segment_bytes {
            options = options.segment_bytes(bytes).reserve_bytes(2 * bytes);
        }
        let mut store = options.open_at(self.disk.clone())?;
        let recovered = store.recover()?;
        self.applied = marked(&recovered, APPLIED)?;
        self.membership = marked(&recovered, MEMBERS)?.unwrap_or_default();
        self.store = Some(store);
        self.unsynced = 0;
        Ok(())
    }

    pub(crate) const fn applied(&self) -> Option<LogId> {
        self.applied
    }

    pub(crate) const fn membership(&self) -> &Membership {
        &self.membership
    }

    /// The store; what is asked of it must not change what was agreed upon.
    pub(crate) fn store(&mut self) -> Result<&mut FileStore> {
        let gone = || Trouble::Io("the store is being replaced by a snapshot".to_owned());
        self.store.as_mut().ok_or_else(gone)
    }

    /// Applies entries of the log, and notes with them that they are. It is in no hurry: what a power cut undoes
    /// is still in the log.
    pub(crate) fn apply(&mut self, entries: impl Iterator<Item = Entry>) -> Result<usize> {
        let (mut batches, mut count) = (Vec::new(), 0);
        let (mut applied, mut members) = (self.applied, None);
        for entry in entries {
            count += 1;
            applied = Some(entry.log_id);
            match entry.payload {
                EntryPayload::Blank => {}
                EntryPayload::Normal(Proposal(bytes)) => {
                    self.unsynced += bytes.len();
                    batches.extend(proposed(&bytes, entry.log_id)?);
                }
                EntryPayload::Membership(membership) => {
                    members = Some(Membership::new(Some(entry.log_id), membership));
                }
            }
        }
        let mut changes = vec![mark(APPLIED, &applied)];
        changes.extend(members.iter().map(|members| mark(MEMBERS, &Some(members))));
        let sync = self.unsynced > MOST_UNSYNCED;
        batches.push(Batch { changes, sync });
        self.store()?.commit(&batches)?;
        self.applied = applied;
        self.membership = members.unwrap_or_else(|| self.membership.clone());
        if sync {
            self.unsynced = 0;
        }
        Ok(count)
    }

    /// Makes everything durable that was applied: the log is not needed for it any more.
    pub(crate) fn sync(&mut self) -> Result<()> {
        self.store()?.sync()?;
        self.unsynced = 0;
        Ok(())
    }

    /// What a snapshot of it is called, and up to where it goes.
    pub(crate) fn meta(&self) -> SnapshotMeta {
        let id =
            self.applied.map_or_else(String::new, |it| format!("{}-{}", it.leader_id, it.index));
        SnapshotMeta {
            last_log_id: self.applied,
            last_membership: self.membership.clone(),
            snapshot_id: id,
        }
    }

    /// A copy of it, to be sent to another broker.
    pub(crate) fn freeze(&mut self) -> Result<SnapshotFiles> {
        self.frozen += 1;
        let folder = format!("{FROZEN}{}", self.frozen);
        let files = self.store()?.freeze(&folder)?;
        let files = files.into_iter().map(|(name, bytes)| SnapshotFile { name, bytes }).collect();
        Ok(SnapshotFiles::new(self.disk.clone(), &folder, files))
    }
}

/// The batches of an entry. That they are durable is the log's business.
fn proposed(bytes: &Bytes, of: LogId) -> Result<Vec<Batch>> {
    let mut batches = form::decode(bytes)
        .map_err(|error| damaged("log", format!("entry {}: {error}", of.index)))?;
    batches.iter_mut().for_each(|batch| batch.sync = false);
    Ok(batches)
}

/// It is remembered of the log, and nobody above knows of it.
pub(crate) fn is_of_the_log(mark: &str) -> bool {
    [APPLIED, MEMBERS].contains(&mark)
}

fn mark(name: &str, value: &impl serde::Serialize) -> Change {
    // Writing to memory does not fail.
    let bytes = postcard::to_stdvec(value).unwrap_or_default().into();
    Change::Mark { name: name.to_owned(), bytes }
}

fn marked<T: serde::de::DeserializeOwned>(recovered: &Recovered, name: &str) -> Result<Option<T>> {
    let Some((_, bytes)) = recovered.marks.iter().find(|(found, _)| found == name) else {
        return Ok(None);
    };
    postcard::from_bytes(bytes)
        .map_err(|error| damaged("messages", format!("the mark {name}: {error}")))
}

/// Contents that are applied to, read, and copied by different tasks, one at a time.
#[derive(Clone, Debug)]
pub(crate) struct Shared(Arc<Mutex<Contents>>);

impl Shared {
    pub(crate) fn new(contents: Contents) -> Self {
        Self(Arc::new(Mutex::new(contents)))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const APPLIED: &str = "raft.applied";
const MEMBERS: &str = "raft.members";
/// Then it is synced, so that a start after a power cut has not much to apply again.
const MOST_UNSYNCED: usize = 16 << 20;

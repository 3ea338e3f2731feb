//! A snapshot takes the store's place, at once or not at all.

use std::sync::Arc;

use super::{
    contents::Contents,
    replacing::{STORE, copy, replace_store, sync_all},
};
use crate::replica::{
    snapshot::{INCOMING, SnapshotFiles},
    trouble::{Result, Trouble, damaged},
    types::SnapshotMeta,
};

impl Contents {
    /// Takes everything from a snapshot.
    pub(crate) fn install(&mut self, meta: &SnapshotMeta, files: SnapshotFiles) -> Result<()> {
        let none = || Trouble::Io("a snapshot has no files".to_owned());
        let from = files.disk().ok_or_else(none)?;
        if !Arc::ptr_eq(from, &self.disk) || files.folder() != INCOMING {
            copy(&**from, &files, &*self.disk)?;
        }
        sync_all(&*self.disk, &files)?;
        // Its files are closed, and its lock is free.
        self.store = None;
        replace_store(&*self.disk)?;
        drop(files);
        self.open_store(false)?;
        if self.applied() != meta.last_log_id {
            let what =
                format!("the snapshot {} holds another state than it says", meta.snapshot_id);
            return Err(damaged(STORE, what));
        }
        Ok(())
    }
}

//! Gives the disk space of removed messages back.
//!
//! ```text
//! idle --too much dead weight--> flushing --removals are in tables--> merging --> idle
//! ```
//! fjall's own merging is driven by writes. It would leave the tables of a drained queue for long,
//! and for ever on a disk that is too full to write.

use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{FileStore, FileStoreOptions, catalog, error, space};
use crate::store::StoreError;

/// How far the current reclaiming has come.
#[derive(Debug)]
pub(super) struct Reclaim {
    stage: Stage,
    worthwhile_bytes: u64,
    /// Dead weight that the last merge left although it was there before: it will not go now.
    left_over: u64,
    /// [`Weight::removed`](super::Weight) when the last merge began.
    removed_before: u64,
    looked: Option<Instant>,
}

#[derive(Debug, Default)]
enum Stage {
    #[default]
    Idle,
    Flushing,
    Merging(JoinHandle<fjall::Result<()>>),
}

impl Reclaim {
    pub(super) fn new(options: &FileStoreOptions) -> Self {
        Self {
            stage: Stage::Idle,
            worthwhile_bytes: options.reclaim_bytes,
            left_over: 0,
            removed_before: 0,
            looked: None,
        }
    }

    #[cfg(test)]
    pub(super) fn is_merging(&self) -> bool {
        matches!(self.stage, Stage::Merging(_))
    }
}

impl FileStore {
    /// Takes the next step, if there is one. Never waits. `urgent` when room is short.
    pub(super) fn reclaim_if_due(&mut self, urgent: bool) -> Result<(), StoreError> {
        match &self.reclaim.stage {
            Stage::Idle => self.look(urgent),
            Stage::Flushing if self.files.messages.sealed_memtable_count() == 0 => {
                self.start_merge()
            }
            Stage::Merging(thread) if thread.is_finished() => self.end_merge(),
            Stage::Flushing | Stage::Merging(_) => Ok(()),
        }
    }

    fn look(&mut self, urgent: bool) -> Result<(), StoreError> {
        let now = space::now();
        if self.reclaim.looked.is_some_and(|at| now.duration_since(at) < LOOK_AGAIN_AFTER) {
            return Ok(());
        }
        self.reclaim.looked = Some(now);
        let worthwhile = self.reclaim.worthwhile_bytes;
        let enough = if urgent { worthwhile / 16 } else { worthwhile };
        if self.superseded_bytes()? >= enough {
            self.let_go_of_old_tables()?;
        }
        let enough = if urgent { enough } else { enough.max(self.weight.live) };
        if self.dead_bytes() >= self.reclaim.left_over.saturating_add(enough) {
            self.start_flush()?;
        }
        Ok(())
    }

    fn start_flush(&mut self) -> Result<(), StoreError> {
        // Merging writes the living again before it deletes the old tables.
        if self.space.free_bytes()? < self.weight.live.saturating_mul(2) {
            return Ok(());
        }
        tracing::debug!(dead = self.dead_bytes(), live = self.weight.live, "reclaiming disk space");
        // The catalog too: the journal stays as long as either needs it.
        for keyspace in [&self.files.messages, &self.files.catalog] {
            keyspace.rotate_memtable().map_err(|e| error::fjall(&self.dir, &e))?;
        }
        self.reclaim.removed_before = self.weight.removed;
        self.reclaim.stage = Stage::Flushing;
        Ok(())
    }

    fn start_merge(&mut self) -> Result<(), StoreError> {
        let messages = self.files.messages.clone();
        let thread = std::thread::Builder::new().name("store-reclaim".into());
        let started = thread.spawn(move || messages.major_compact());
        self.reclaim.stage = Stage::Merging(started.map_err(|e| error::io(&self.dir, &e))?);
        Ok(())
    }

    fn end_merge(&mut self) -> Result<(), StoreError> {
        let Stage::Merging(thread) = std::mem::take(&mut self.reclaim.stage) else { return Ok(()) };
        match thread.join() {
            Ok(merged) => merged.map_err(|e| error::fjall(&self.dir, &e))?,
            Err(_) => return Err(error::damaged(&self.dir, "merging its tables panicked")),
        }
        self.let_go_of_old_tables()?;
        let since = self.weight.removed.saturating_sub(self.reclaim.removed_before);
        self.reclaim.left_over = self.dead_bytes().saturating_sub(since);
        Ok(())
    }

    /// What tables take up that were merged into others and are still there.
    fn superseded_bytes(&self) -> Result<u64, StoreError> {
        let mut bytes: u64 = 0;
        let tables = self.files.messages.path().join("tables");
        for entry in std::fs::read_dir(tables).map_err(|e| error::missing(&self.dir, &e))? {
            // One that vanishes while we look takes up nothing.
            let len = entry.and_then(|entry| entry.metadata()).map_or(0, |found| found.len());
            bytes = bytes.saturating_add(len);
        }
        Ok(bytes.saturating_sub(self.files.messages.disk_space()))
    }

    /// fjall deletes the files of merged tables only when it next turns a buffer over, which an idle
    /// store does not do. The catalog's is small and can always be given something to write.
    fn let_go_of_old_tables(&mut self) -> Result<(), StoreError> {
        let catalog = &self.files.catalog;
        let written = catalog.insert(catalog::meta_key(), catalog::encode_meta(self.meta));
        self.unsynced = true;
        let rotated = written.and_then(|()| catalog.rotate_memtable());
        rotated.map(drop).map_err(|e| error::fjall(&self.dir, &e))
    }

    /// Estimate of what removed messages still take up. Living ones that are not in a table yet
    /// make it too low.
    fn dead_bytes(&self) -> u64 {
        self.files.messages.disk_space().saturating_sub(self.weight.live)
    }
}

impl Drop for Reclaim {
    fn drop(&mut self) {
        if let Stage::Merging(thread) = std::mem::take(&mut self.stage)
            && thread.join().is_err()
        {
            tracing::error!("merging the store's tables panicked");
        }
    }
}

const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(100);

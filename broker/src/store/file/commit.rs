//! Writes a commit: one atomic batch, at most one sync; and ends the store in order.

use fjall::{OwnedWriteBatch, PersistMode};

use super::catalog::{self, Kind};
use super::plan::Plan;
use super::{FileStore, error, recover, spill};
use crate::model::{Batch, Change};
use crate::store::StoreError;
use crate::store::small_files::write_durably;

impl FileStore {
    pub(super) fn commit_all(&mut self, batches: &[Batch]) -> Result<(), StoreError> {
        if let Some(fence) = &mut self.fence {
            fence.check_if_due(&self.dir)?;
        }
        let admitted = self.admit(batches);
        if admitted.is_err() {
            // Notices a failure in the background: "full" promises a store that goes on.
            self.persist(PersistMode::Buffer)?;
        }
        self.reclaim_if_due(admitted.is_err())?;
        admitted?;
        let plan = self.plan(batches)?;
        let sync = batches.iter().any(|batch| batch.sync && !batch.changes.is_empty());
        self.write(&plan, sync)?;
        self.spill.apply(&plan.spill)
    }

    /// Refuses to add messages when room is short. Nothing was changed yet.
    fn admit(&mut self, batches: &[Batch]) -> Result<(), StoreError> {
        let changes = || batches.iter().flat_map(|batch| &batch.changes);
        let adds = changes().any(|change| matches!(change, Change::Add { .. }));
        let bytes: usize = changes().map(Change::weight).sum();
        if adds { self.space.admit(bytes as u64) } else { Ok(()) }
    }

    fn write(&mut self, plan: &Plan, sync: bool) -> Result<(), StoreError> {
        if plan.is_empty() {
            // An earlier commit may have done unsynced what this one wants to rely on.
            if sync && self.unsynced {
                self.persist(PersistMode::SyncData)?;
                self.unsynced = false;
            }
            return Ok(());
        }
        let mode = if sync { PersistMode::SyncData } else { PersistMode::Buffer };
        let mut batch = self.files.db.batch().durability(Some(mode));
        spill::stage(&mut batch, &self.files.messages, &plan.messages);
        self.stage_records(&mut batch, plan);
        self.stage_purge(&mut batch)?;
        self.meta.commits += 1;
        batch.insert(&self.files.catalog, catalog::meta_key(), catalog::encode_meta(self.meta));
        batch.commit().map_err(|e| error::fjall(&self.dir, &e))?;
        self.unsynced = !sync;
        self.retired.extend(plan.retired.iter().map(|&id| (id, 0)));
        Ok(())
    }

    fn stage_records(&self, batch: &mut OwnedWriteBatch, plan: &Plan) {
        let catalog = &self.files.catalog;
        for (key, record) in &plan.records {
            match record {
                Some(record) => batch.insert(catalog, key.as_slice(), record.as_slice()),
                None => batch.remove(catalog, key.as_slice()),
            }
        }
        for (&id, &shelf) in &plan.counts {
            batch.insert(catalog, Kind::Counts(id).key(), catalog::encode_counts(shelf));
        }
    }

    /// Removes some messages of a dropped container, so that dropping a long queue stalls nobody.
    fn stage_purge(&mut self, batch: &mut OwnedWriteBatch) -> Result<(), StoreError> {
        let Some((id, from)) = self.retired.front_mut() else { return Ok(()) };
        let keys = catalog::message_key(*id, *from)..=catalog::message_key(*id, u64::MAX);
        let mut purged = 0;
        for found in self.files.messages.range(keys).take(PURGE_AT_ONCE) {
            let key = found.key().map_err(|e| error::fjall(&self.dir, &e))?;
            *from = catalog::sequence_of(&key).unwrap_or(u64::MAX);
            batch.remove(&self.files.messages, key);
            purged += 1;
        }
        if purged < PURGE_AT_ONCE {
            batch.remove(&self.files.catalog, Kind::Retired(*id).key());
            self.retired.pop_front();
        }
        Ok(())
    }

    fn persist(&self, mode: PersistMode) -> Result<(), StoreError> {
        self.files.db.persist(mode).map_err(|e| error::fjall(&self.dir, &e))
    }

    pub(super) fn close_cleanly(&mut self) -> Result<(), StoreError> {
        if let Some(fence) = &mut self.fence {
            fence.check(&self.dir)?;
        }
        self.meta.commits += 1;
        let meta = catalog::encode_meta(self.meta);
        let insert = self.files.catalog.insert(catalog::meta_key(), meta);
        insert.map_err(|e| error::fjall(&self.dir, &e))?;
        self.persist(PersistMode::SyncAll)?;
        self.spill.wipe()?;
        let mark = recover::clean_mark(self.meta.commits);
        let path = self.dir.join(recover::CLEAN);
        write_durably(&path, mark.as_bytes()).map_err(|e| error::io(&self.dir, &e))
    }
}

const PURGE_AT_ONCE: usize = 256;

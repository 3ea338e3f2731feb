//! Transient messages that found no place in memory. They have a database of their own, so that
//! the sync of a durable message never waits for their bytes; most brokers never create it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use bytes::Bytes;
use fjall::{Database, Keyspace};

use super::{FileStoreOptions, catalog, error, folder};
use crate::store::StoreError;

/// Messages to put (`Some`) and to remove (`None`), by container id and sequence.
pub(super) type MessageChanges = BTreeMap<(u32, u64), Option<Bytes>>;

pub(super) struct Spill {
    dir: PathBuf,
    cache_bytes: u64,
    write_buffer_bytes: u64,
    open: Option<(Keyspace, Database)>,
    /// Messages in all containers together.
    pub(super) live: u64,
    /// Bytes put since the spill was last wiped.
    written_bytes: usize,
}

impl Spill {
    pub(super) fn new(options: &FileStoreOptions) -> Self {
        Self {
            dir: options.dir.join(SPILL),
            cache_bytes: options.cache_bytes / 4,
            write_buffer_bytes: options.write_buffer_bytes,
            open: None,
            live: 0,
            written_bytes: 0,
        }
    }

    /// Drops what an earlier owner left.
    pub(super) fn wipe(&mut self) -> Result<(), StoreError> {
        self.open = None;
        self.written_bytes = 0;
        self.live = 0;
        match std::fs::remove_dir_all(&self.dir) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(error::io(&self.dir, &e)),
            _ => Ok(()),
        }
    }

    pub(super) fn messages(&self) -> Option<&Keyspace> {
        self.open.as_ref().map(|(messages, _)| messages)
    }

    pub(super) fn contains(&self, id: u32, sequence: u64) -> Result<bool, StoreError> {
        let Some(messages) = self.messages() else { return Ok(false) };
        let key = catalog::message_key(id, sequence);
        messages.contains_key(key).map_err(|e| error::fjall(&self.dir, &e))
    }

    /// Applies the changes, unsynced.
    pub(super) fn apply(&mut self, changes: &MessageChanges) -> Result<(), StoreError> {
        if changes.is_empty() {
            return Ok(());
        }
        self.write(changes).map_err(|e| error::fjall(&self.dir, &e))?;
        let put: usize = changes.values().flatten().map(Bytes::len).sum();
        self.written_bytes = self.written_bytes.saturating_add(put);
        // Emptied: give the disk back at once, rather than message by message.
        if self.live == 0 && self.written_bytes >= WIPE_AFTER_BYTES {
            self.wipe()?;
        }
        Ok(())
    }

    fn write(&mut self, changes: &MessageChanges) -> fjall::Result<()> {
        let (messages, db) = match &mut self.open {
            Some(open) => open,
            none => {
                let db = folder::open_database(&self.dir, self.cache_bytes)?;
                let messages = db.keyspace("messages", || folder::tree(self.write_buffer_bytes))?;
                none.insert((messages, db))
            }
        };
        let mut batch = db.batch();
        stage(&mut batch, messages, changes);
        batch.commit()
    }
}

/// Adds the changes to a database batch.
pub(super) fn stage(batch: &mut fjall::OwnedWriteBatch, to: &Keyspace, changes: &MessageChanges) {
    for (&(id, sequence), change) in changes {
        let key = catalog::message_key(id, sequence);
        match change {
            Some(blob) => batch.insert(to, key, blob.as_ref()),
            None => batch.remove(to, key),
        }
    }
}

const SPILL: &str = "spill";
const WIPE_AFTER_BYTES: usize = 16 << 20;

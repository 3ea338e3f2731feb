//! Messages that need not outlive the process and found no room in memory. They stay on this machine, in
//! a file store of their own, which most brokers never make.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::model::{Batch, Change, Container, StoreError, StoredMessage};
use crate::store::Store;
use crate::store::file::{FileStore, FileStoreOptions};

/// The store, once there is something in it.
#[derive(Debug)]
pub(super) struct Spill {
    folder: PathBuf,
    store: Option<FileStore>,
    /// Containers that have had something in it.
    containers: BTreeSet<Container>,
}

impl Spill {
    /// In a folder of its own in this one.
    pub(super) fn new(folder: &Path) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("relaismq-spilled-{}-{number}", std::process::id());
        Self { folder: folder.join(name), store: None, containers: BTreeSet::new() }
    }

    /// Does what concerns it.
    pub(super) fn apply(&mut self, changes: Vec<Change>) -> Result<(), StoreError> {
        let mut ours = Vec::new();
        for change in changes {
            match &change {
                Change::Add { container, .. } => drop(self.containers.insert(container.clone())),
                Change::Remove { container, .. } if !self.containers.contains(container) => {
                    continue;
                }
                _ if self.containers.is_empty() => continue,
                _ => {}
            }
            ours.push(change);
        }
        if ours.is_empty() {
            return Ok(());
        }
        self.open()?.commit(&[Batch { changes: ours, sync: false }])
    }

    /// A page, and whether it ends because nothing follows.
    pub(super) fn page(
        &mut self,
        container: &Container,
        after: u64,
        most: usize,
        bytes: usize,
    ) -> Result<(Vec<StoredMessage>, bool), StoreError> {
        let Some(store) = self.store.as_mut().filter(|_| self.containers.contains(container))
        else {
            return Ok((Vec::new(), true));
        };
        let page = store.page(container, after, most, bytes)?;
        let Some(last) = page.last() else { return Ok((page, true)) };
        let more = store.page(container, last.sequence, 1, 0)?;
        Ok((page, more.is_empty()))
    }

    fn open(&mut self) -> Result<&mut FileStore, StoreError> {
        if self.store.is_none() {
            let mut store = FileStoreOptions::new(&self.folder).create(true).open()?;
            store.recover()?;
            self.store = Some(store);
        }
        self.store.as_mut().ok_or_else(|| StoreError::Io {
            place: self.folder.display().to_string(),
            detail: "it is not open".into(),
        })
    }
}

impl Drop for Spill {
    fn drop(&mut self) {
        if self.store.take().is_some()
            && let Err(error) = std::fs::remove_dir_all(&self.folder)
        {
            let folder = self.folder.display();
            tracing::warn!(%folder, %error, "a folder for spilled messages cannot be removed");
        }
    }
}

//! Reads what the previous owner left: the catalog, never the messages.

use std::collections::{BTreeMap, VecDeque};
use std::io::ErrorKind;

use super::catalog::{self, Kind};
use super::{FileStore, Shelf, error};
use crate::model::{Container, ContainerSummary, Recovered, SubscriptionRecord};
use crate::store::StoreError;
use crate::store::small_files::sync_parent;

/// The catalog as read.
#[derive(Default)]
struct Found {
    names: BTreeMap<u32, Container>,
    shelves: BTreeMap<u32, Shelf>,
    subscriptions: BTreeMap<u32, Vec<u8>>,
    retired: VecDeque<(u32, u64)>,
    producers: Vec<(String, i64)>,
}

impl FileStore {
    pub(super) fn recover_all(&mut self) -> Result<Recovered, StoreError> {
        let clean = self.check_clean_mark()?;
        let mut found = self.read_catalog()?;
        let subscriptions = self.subscriptions(&mut found)?;
        self.spill.wipe()?;
        if clean {
            self.use_up_clean_mark()?;
        }
        self.retired = std::mem::take(&mut found.retired);
        let mut recovered = Recovered {
            containers: Vec::new(),
            subscriptions,
            producers: std::mem::take(&mut found.producers),
            last_sequence: self.meta.last_sequence,
            offers_known: clean,
        };
        self.adopt(found, &mut recovered)?;
        Ok(recovered)
    }

    /// A journal that was cut short cannot be told from one that ended there, unless the previous
    /// owner said where it ends.
    fn check_clean_mark(&self) -> Result<bool, StoreError> {
        let text = match std::fs::read_to_string(self.dir.join(CLEAN)) {
            Ok(text) => text,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(false),
            Err(e) => return Err(error::io(&self.dir, &e)),
        };
        if text == clean_mark(self.meta.commits) {
            return Ok(true);
        }
        let found = self.meta.commits;
        let detail = format!("{CLEAN} says {text:?}, but the last commit is number {found}");
        Err(error::damaged(&self.dir, &detail))
    }

    fn use_up_clean_mark(&self) -> Result<(), StoreError> {
        let path = self.dir.join(CLEAN);
        let removed = std::fs::remove_file(&path).and_then(|()| sync_parent(&path));
        removed.map_err(|e| error::io(&self.dir, &e))
    }

    fn read_catalog(&self) -> Result<Found, StoreError> {
        let mut found = Found::default();
        for record in self.files.catalog.iter() {
            let (key, value) = record.into_inner().map_err(|e| error::fjall(&self.dir, &e))?;
            found.take(&key, &value).ok_or_else(|| self.unreadable(&key))?;
        }
        Ok(found)
    }

    fn subscriptions(&self, found: &mut Found) -> Result<Vec<SubscriptionRecord>, StoreError> {
        let mut records = Vec::new();
        for (id, bytes) in std::mem::take(&mut found.subscriptions) {
            let unreadable = || self.unreadable(&Kind::Subscription(id).key());
            let Some(Container::Subscription(key)) = found.names.get(&id) else {
                return Err(unreadable());
            };
            let record = catalog::decode_subscription(key.clone(), &bytes);
            records.push(record.ok_or_else(unreadable)?);
            found.shelves.entry(id).or_default().declared = true;
        }
        Ok(records)
    }

    /// Keeps the containers that matter and forgets the others on disk too.
    fn adopt(&mut self, mut found: Found, into: &mut Recovered) -> Result<(), StoreError> {
        let mut forgotten = self.files.db.batch();
        for (id, container) in found.names {
            let shelf = Shelf { id, ..found.shelves.remove(&id).unwrap_or_default() };
            if shelf.declared || shelf.count > 0 {
                let summary = ContainerSummary { container: container.clone(), count: shelf.count };
                into.containers.push(summary);
                self.weight.add(shelf.count, shelf.bytes);
                self.containers.insert(container, shelf);
            } else {
                forgotten.remove(&self.files.catalog, Kind::Container(id).key());
                forgotten.remove(&self.files.catalog, Kind::Counts(id).key());
            }
        }
        forgotten.commit().map_err(|e| error::fjall(&self.dir, &e))
    }

    fn unreadable(&self, key: &[u8]) -> StoreError {
        error::damaged(&self.dir, &format!("the record {:?} cannot be read", key.escape_ascii()))
    }
}

impl Found {
    fn take(&mut self, key: &[u8], value: &[u8]) -> Option<()> {
        match Kind::of(key)? {
            Kind::Meta => {}
            Kind::Container(id) => {
                let (container, declared) = catalog::decode_container(value)?;
                self.names.insert(id, container);
                self.shelves.entry(id).or_default().declared |= declared;
            }
            Kind::Counts(id) => {
                catalog::decode_counts(value, self.shelves.entry(id).or_default())?;
            }
            Kind::Subscription(id) => {
                self.subscriptions.insert(id, value.to_vec());
            }
            Kind::Retired(id) => self.retired.push_back((id, 0)),
            Kind::Producer(name) => {
                self.producers.push((name.to_owned(), catalog::decode_producer(value)?));
            }
        }
        Some(())
    }
}

/// The text of the clean mark.
pub(super) fn clean_mark(commits: u64) -> String {
    format!("closed in order after commit {commits}\n")
}

pub(super) const CLEAN: &str = "clean";

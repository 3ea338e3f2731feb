mod crashes;
mod damage;
mod folder;
mod keeper;
mod model;
mod room;
mod starting;
mod topics;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tempfile::TempDir;

use self::keeper::LazyKeeper;
use super::birth::FOLDER;
use super::*;
use crate::model::{Change, Envelope};
use crate::store::conformance::{self, Opener};
use crate::store::disk::Disk;
use crate::store::disk::simulated::SimulatedDisk;
use crate::store::lock::SharedDirectory;

/// For tests in virtual time.
pub(super) fn lazy_keeper(disk: Arc<dyn Disk>) -> Box<dyn Keeper> {
    Box::new(LazyKeeper::new(disk, 1))
}

/// Room for tests on small disks.
fn options(dir: &Path) -> FileStoreOptions {
    FileStoreOptions::new(dir).reserve_bytes(1 << 20)
}

fn open(dir: &Path) -> FileStore {
    options(dir).open().unwrap()
}

fn recovered(dir: &Path) -> FileStore {
    let mut store = open(dir);
    store.recover().unwrap();
    store
}

/// On a disk in memory, with segments of this size.
fn open_simulated(disk: &SimulatedDisk, segment_bytes: u64, seed: u64) -> Result<FileStore> {
    let options = FileStoreOptions::new("(simulated)").segment_bytes(segment_bytes);
    let options = options.reserve_bytes(2 * segment_bytes);
    let disk: Arc<dyn Disk> = Arc::new(disk.clone());
    let keeper = LazyKeeper::new(disk.clone(), seed);
    options.open_on(disk, Box::new(keeper))
}

impl FileStore {
    /// Messages that were moved, and segments that were used again.
    fn upkeep(&self) -> (u64, u64) {
        match &self.stage {
            Stage::Running(running) => (running.compaction.moved, running.supply.reused),
            _ => (0, 0),
        }
    }
}

fn queue() -> Container {
    Container::Queue("orders".into())
}

fn add(sequence: u64, len: usize) -> Change {
    let blob = Bytes::from(vec![sequence.to_le_bytes()[0]; len]);
    Change::Add {
        container: queue(),
        sequence,
        envelope: Envelope::default(),
        blob,
        transient: false,
    }
}

fn remove(sequence: u64) -> Change {
    Change::Remove { container: queue(), sequence }
}

fn synced(changes: Vec<Change>) -> [Batch; 1] {
    [Batch { changes, sync: true }]
}

fn sequences(store: &mut FileStore) -> Vec<u64> {
    let page = store.page(&queue(), 0, usize::MAX, usize::MAX).unwrap();
    page.iter().map(|message| message.sequence).collect()
}

#[test]
fn the_file_store_does_what_every_store_must() {
    conformance::run_all(|| -> Box<Opener<'static>> {
        let dir = TempDir::new().unwrap();
        Box::new(move || Box::new(open(dir.path())))
    });
}

#[test]
fn so_it_does_when_segments_are_small() {
    conformance::run_all(|| -> Box<Opener<'static>> {
        let disk = SimulatedDisk::default();
        Box::new(move || Box::new(open_simulated(&disk, 16 << 10, 1).unwrap()))
    });
}

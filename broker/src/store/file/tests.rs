mod damage;
#[expect(dead_code, reason = "what the tests of a store of our own are going to stand on")]
mod disk;
mod model;
mod random;

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use tempfile::TempDir;

use super::*;
use crate::model::Change;
use crate::store::conformance::{self, Opener};
use crate::store::lock::SharedDirectory;

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

fn queue() -> Container {
    Container::Queue("orders".into())
}

fn add(sequence: u64, len: usize) -> Change {
    let blob = Bytes::from(vec![sequence.to_le_bytes()[0]; len]);
    Change::Add { container: queue(), sequence, blob, transient: false }
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

fn opener(tune: impl Fn(FileStoreOptions) -> FileStoreOptions + 'static) -> Box<Opener<'static>> {
    let dir = TempDir::new().unwrap();
    Box::new(move || Box::new(tune(options(dir.path())).open().unwrap()))
}

#[test]
fn the_file_store_does_what_every_store_must() {
    conformance::run_all(|| opener(|options| options));
}

#[test]
fn so_it_does_when_its_tables_are_written_all_the_time() {
    conformance::run_all(|| opener(|options| options.write_buffer_bytes(1).cache_bytes(1 << 16)));
}

#[test]
fn a_folder_of_an_activemq_is_refused_untouched() {
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join("db-1.log"), "journal").unwrap();
    let refused = options(dir.path()).open().unwrap_err();
    assert!(matches!(refused, StoreError::Unsupported { .. }), "{refused}");
    assert!(refused.to_string().contains("db-1.log"), "{refused}");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn a_newer_format_is_refused() {
    let dir = TempDir::new().unwrap();
    let store = recovered(dir.path());
    let mut meta = catalog::encode_meta(store.meta);
    meta[3] = 2;
    store.files.catalog.insert(catalog::meta_key(), meta).unwrap();
    drop(store);
    let refused = options(dir.path()).open().unwrap_err();
    assert!(matches!(refused, StoreError::Unsupported { .. }), "{refused}");
    assert!(refused.to_string().contains("format is 2"), "{refused}");
}

#[test]
fn a_creation_that_was_cut_short_is_started_over() {
    let dir = TempDir::new().unwrap();
    std::fs::create_dir_all(dir.path().join("store.new")).unwrap();
    std::fs::write(dir.path().join("store.new/0.jnl"), "half").unwrap();
    recovered(dir.path()).commit(&synced(vec![add(1, 1)])).unwrap();
    assert_eq!(sequences(&mut recovered(dir.path())), [1]);
}

#[test]
fn one_folder_is_open_once() {
    let dir = TempDir::new().unwrap();
    let _first = open(dir.path());
    let refused = options(dir.path()).open().unwrap_err();
    assert!(matches!(refused, StoreError::Fenced { .. }), "{refused}");
}

#[test]
fn when_room_is_short_adding_is_refused_and_removing_is_not() {
    let dir = TempDir::new().unwrap();
    recovered(dir.path()).commit(&synced(vec![add(1, 10), add(2, 10)])).unwrap();
    let mut store = options(dir.path()).reserve_bytes(u64::MAX).open().unwrap();
    store.recover().unwrap();
    let full = store.commit(&synced(vec![add(3, 10), remove(2)])).unwrap_err();
    assert!(matches!(full, StoreError::Full { .. }), "{full}");
    assert_eq!(sequences(&mut store), [1, 2]);
    store.commit(&synced(vec![remove(1)])).unwrap();
    assert_eq!(sequences(&mut store), [2]);
    store.close().unwrap();
}

#[test]
fn a_master_whose_lock_is_gone_confirms_nothing() {
    let dir = TempDir::new().unwrap();
    let ownership = SharedDirectory::new(dir.path()).try_acquire().unwrap().unwrap();
    let shared = options(dir.path()).shared(ownership, Duration::ZERO);
    let mut store = shared.open().unwrap();
    store.recover().unwrap();
    store.commit(&synced(vec![add(1, 10)])).unwrap();
    std::fs::remove_file(dir.path().join("lock")).unwrap();
    let fenced = store.commit(&synced(vec![add(2, 10)])).unwrap_err();
    assert!(matches!(fenced, StoreError::Fenced { .. }), "{fenced}");
    assert!(store.close().is_err());
    drop(store);
    assert_eq!(sequences(&mut recovered(dir.path())), [1]);
}

#[test]
fn the_lock_is_checked_once_per_keep_alive_period() {
    let dir = TempDir::new().unwrap();
    let ownership = SharedDirectory::new(dir.path()).try_acquire().unwrap().unwrap();
    let shared = options(dir.path()).shared(ownership, Duration::from_secs(3600));
    let mut store = shared.open().unwrap();
    store.recover().unwrap();
    std::fs::remove_file(dir.path().join("lock")).unwrap();
    store.commit(&synced(vec![add(1, 10)])).unwrap();
    // The clean mark is never left to a stale check.
    assert!(matches!(store.close(), Err(StoreError::Fenced { .. })));
}

#[test]
fn nothing_is_taken_after_the_end() {
    let dir = TempDir::new().unwrap();
    let mut store = recovered(dir.path());
    store.close().unwrap();
    assert!(matches!(store.commit(&synced(vec![add(1, 1)])), Err(StoreError::Io { .. })));
    assert!(matches!(store.close(), Err(StoreError::Io { .. })));
}

#[test]
fn a_dropped_queue_gives_its_disk_back_a_little_with_each_commit() {
    let dir = TempDir::new().unwrap();
    let mut store = recovered(dir.path());
    store.commit(&synced((1..=1000).map(|n| add(n, 10)).collect())).unwrap();
    store.commit(&synced(vec![Change::DropQueue("orders".into())])).unwrap();
    assert_eq!(store.files.messages.len().unwrap(), 1000);
    store.commit(&synced(vec![Change::PutQueue("a".into())])).unwrap();
    assert_eq!(store.files.messages.len().unwrap(), 744);
    drop(store);
    let mut store = recovered(dir.path());
    for n in 0..4 {
        store.commit(&synced(vec![Change::PutQueue(format!("b{n}"))])).unwrap();
    }
    assert!(store.files.messages.is_empty().unwrap());
    assert!(store.retired.is_empty());
}

#[test]
fn an_emptied_spill_gives_its_disk_back_at_once() {
    let dir = TempDir::new().unwrap();
    let mut store = recovered(dir.path());
    let spilled = |sequence| Change::Add {
        container: queue(),
        sequence,
        blob: Bytes::from(vec![1; 1 << 20]),
        transient: true,
    };
    store.commit(&[Batch { changes: (1..=20).map(spilled).collect(), sync: false }]).unwrap();
    assert!(dir.path().join("spill").exists());
    store.commit(&[Batch { changes: (1..=20).map(remove).collect(), sync: false }]).unwrap();
    assert!(!dir.path().join("spill").exists());
    store.commit(&[Batch { changes: vec![spilled(21)], sync: false }]).unwrap();
    assert_eq!(sequences(&mut store), [21]);
}

#[test]
fn reading_from_the_front_does_not_pass_what_was_removed_there() {
    let dir = TempDir::new().unwrap();
    let mut store = recovered(dir.path());
    store.commit(&synced((1..=100).map(|n| add(n, 10)).collect())).unwrap();
    store.commit(&synced((1..=90).map(remove).collect())).unwrap();
    assert_eq!(store.containers[&queue()].head, 91);
    store.commit(&synced((92..=95).rev().map(remove).collect())).unwrap();
    store.commit(&synced(vec![remove(91)])).unwrap();
    assert_eq!(store.containers[&queue()].head, 92);
    store.page(&queue(), 0, 1, 1).unwrap();
    assert_eq!(store.containers[&queue()].head, 96);
}

/// Bytes allocated to the tables, whether they are still in use or not.
fn table_bytes(dir: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let entries = std::fs::read_dir(dir).unwrap().map(Result::unwrap);
    let bytes = entries.map(|entry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => table_bytes(&entry.path()),
        Ok(metadata) => metadata.blocks() * 512,
        // Deleted meanwhile.
        Err(_) => 0,
    });
    bytes.sum()
}

/// A queue that was drained, on a disk that was full: if its space did not come back, the broker
/// would refuse messages for ever although it holds none.
#[test]
fn a_drained_queue_gives_its_disk_back_even_if_nothing_more_is_accepted() {
    let dir = TempDir::new().unwrap();
    let tune = |o: FileStoreOptions| o.write_buffer_bytes(1 << 20).reclaim_bytes(1 << 20);
    let mut store = tune(options(dir.path())).open().unwrap();
    store.recover().unwrap();
    (1..=200).for_each(|n| store.commit(&synced(vec![add(n, 100_000)])).unwrap());
    (1..=200).for_each(|n| store.commit(&synced(vec![remove(n)])).unwrap());
    drop(store);
    let mut store = tune(options(dir.path())).reserve_bytes(u64::MAX).open().unwrap();
    store.recover().unwrap();
    let tables = dir.path().join("store/keyspaces");
    let deadline = space::now() + Duration::from_secs(60);
    while table_bytes(&tables) > 1 << 20 {
        let full = store.commit(&synced(vec![add(300, 10)])).unwrap_err();
        assert!(matches!(full, StoreError::Full { .. }), "{full}");
        assert!(space::now() < deadline, "{} bytes left", table_bytes(&tables));
        std::thread::yield_now();
    }
    drop(store);
    assert_eq!(sequences(&mut recovered(dir.path())), []);
}

#[test]
fn reclaiming_the_space_of_some_messages_keeps_the_others() {
    let dir = TempDir::new().unwrap();
    let tune = |o: FileStoreOptions| o.write_buffer_bytes(1 << 16).reclaim_bytes(1 << 16);
    let mut store = tune(options(dir.path())).open().unwrap();
    store.recover().unwrap();
    let (mut last, mut merges) = (0, 0);
    // How many it takes depends on how fast the store's own threads are meanwhile.
    while last < 3000 || merges == 0 {
        assert!(last < 300_000, "never merged");
        last += 1;
        let changes = vec![add(last, 1000), remove(last.saturating_sub(300))];
        store.commit(&[Batch { changes, sync: false }]).unwrap();
        merges += u32::from(store.reclaim.is_merging());
    }
    let expected: Vec<u64> = (last - 299..=last).collect();
    assert_eq!(sequences(&mut store), expected);
    drop(store);
    assert_eq!(sequences(&mut recovered(dir.path())), expected);
}

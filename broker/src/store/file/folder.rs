//! Opens the folder, or creates it so that a crash leaves no half-made store behind.

use std::collections::{HashMap, VecDeque};
use std::path::Path;

use fjall::compaction::Leveled;
use fjall::{Database, KeyspaceCreateOptions, PersistMode};

use super::{
    Condition, FileStore, FileStoreOptions, Files, Meta, Reclaim, Space, Spill, Weight, catalog,
    error, manifest,
};
use crate::store::StoreError;
use crate::store::file::Fence;
use crate::store::small_files::sync_parent;

pub(super) fn open(options: &FileStoreOptions) -> Result<FileStore, StoreError> {
    let dir = options.dir.as_path();
    std::fs::create_dir_all(dir).map_err(|e| error::io(dir, &e))?;
    refuse_kahadb(dir)?;
    let fence = match options.ownership.clone() {
        Some((ownership, keep_alive)) => Some(Fence::new(dir, ownership, keep_alive)?),
        None => None,
    };
    let at = dir.join(STORE);
    if !at.try_exists().map_err(|e| error::io(dir, &e))? {
        create(options)?;
    } else if !at.join("version").exists() {
        // fjall would take it for a new folder.
        return Err(error::damaged(dir, "store/version is missing"));
    }
    manifest::check(dir, &at)?;
    let files = open_files(options, &at).map_err(|e| error::fjall(dir, &e))?;
    let meta = read_meta(dir, &files)?;
    Ok(FileStore {
        reclaim: Reclaim::new(options),
        files,
        spill: Spill::new(options),
        space: Space::new(dir, options.reserve_bytes),
        containers: HashMap::new(),
        retired: VecDeque::new(),
        meta,
        weight: Weight::default(),
        unsynced: false,
        state: Condition::Good,
        dir: dir.into(),
        fence,
    })
}

/// Made under another name and renamed when complete. fjall itself cannot open a folder whose
/// creation was cut short.
fn create(options: &FileStoreOptions) -> Result<(), StoreError> {
    let dir = options.dir.as_path();
    let (fresh, at) = (dir.join(FRESH_STORE), dir.join(STORE));
    if fresh.exists() {
        std::fs::remove_dir_all(&fresh).map_err(|e| error::io(dir, &e))?;
    }
    let files = open_files(options, &fresh).map_err(|e| error::fjall(dir, &e))?;
    let mut batch = files.db.batch().durability(Some(PersistMode::SyncAll));
    let meta = Meta { next_container: 1, ..Meta::default() };
    batch.insert(&files.catalog, catalog::meta_key(), catalog::encode_meta(meta));
    batch.commit().map_err(|e| error::fjall(dir, &e))?;
    drop(files);
    std::fs::rename(&fresh, &at).map_err(|e| error::io(dir, &e))?;
    sync_parent(&at).map_err(|e| error::io(dir, &e))
}

fn open_files(options: &FileStoreOptions, at: &Path) -> fjall::Result<Files> {
    let db = open_database(at, options.cache_bytes)?;
    let messages = db.keyspace("messages", || tree(options.write_buffer_bytes))?;
    // Few and small records, many versions of each: a small buffer keeps them few in memory too.
    let catalog = db.keyspace("catalog", || tree(CATALOG_BUFFER_BYTES))?;
    Ok(Files { messages, catalog, db })
}

pub(super) fn open_database(at: &Path, cache_bytes: u64) -> fjall::Result<Database> {
    // Two threads: one must be able to flush while the other compacts. The journal limit bounds
    // both the disk used beside the tables and the time to open after a crash.
    Database::builder(at)
        .cache_size(cache_bytes)
        .worker_threads(2)
        .max_journaling_size(JOURNAL_LIMIT_BYTES)
        .open()
}

pub(super) fn tree(write_buffer_bytes: u64) -> KeyspaceCreateOptions {
    KeyspaceCreateOptions::default()
        .max_memtable_size(write_buffer_bytes)
        // What is looked up is nearly always there; filters on the last level would be a waste.
        .expect_point_read_hits(true)
        .compaction_strategy(std::sync::Arc::new(
            Leveled::default().with_table_target_size(TABLE_BYTES),
        ))
}

fn refuse_kahadb(dir: &Path) -> Result<(), StoreError> {
    for entry in std::fs::read_dir(dir).map_err(|e| error::io(dir, &e))? {
        let name = entry.map_err(|e| error::io(dir, &e))?.file_name();
        let name = name.to_string_lossy();
        let number = name.strip_prefix("db-").and_then(|rest| rest.strip_suffix(".log"));
        if number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit())) {
            let detail = format!(
                "it holds KahaDB files of an ActiveMQ ({name}); their format is not read here. \
                 Name another folder, or drain the queues with ActiveMQ first"
            );
            return Err(error::unsupported(dir, &detail));
        }
    }
    Ok(())
}

fn read_meta(dir: &Path, files: &Files) -> Result<Meta, StoreError> {
    let found = files.catalog.get(catalog::meta_key()).map_err(|e| error::fjall(dir, &e))?;
    let bytes = found.ok_or_else(|| error::damaged(dir, "the main record is missing"))?;
    match catalog::decode_meta(&bytes) {
        Some(Ok(meta)) => Ok(meta),
        Some(Err(version)) => {
            let known = catalog::FORMAT;
            let detail = format!("its format is {version}; this broker knows format {known}");
            Err(error::unsupported(dir, &detail))
        }
        None => Err(error::damaged(dir, "the main record cannot be read")),
    }
}

pub(super) const STORE: &str = "store";
const FRESH_STORE: &str = "store.new";
const CATALOG_BUFFER_BYTES: u64 = 4 << 20;
const TABLE_BYTES: u64 = 16 << 20;
const JOURNAL_LIMIT_BYTES: u64 = 256 << 20;

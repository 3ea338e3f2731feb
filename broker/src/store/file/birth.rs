//! Whether there is a store in a folder, and whether there may be a new one.
//!
//! A folder in which a store is missing is not empty: someone moved the store, or mounted something
//! else there. Only a folder without any trace of a broker gets a new store by itself; the first trace
//! is the empty folder in which the store is made, and it is there before the lock is taken.

use std::io::ErrorKind;
use std::path::Path;

use super::format::checkpoint::{Checkpoint, HEADER_LEN, store_of};
use super::format::seeds::StoreId;
use super::keeper::{CHECKPOINT, write_checkpoint};
use super::read::unusable_checkpoint;
use super::trouble::{Result, Trouble, with};
use crate::store::StoreError;
use crate::store::disk::{Disk, RealDisk};
use crate::store::lock::{GENERATION_FILE, LOCK_FILE};

/// Says before the lock is taken what is in the folder, which is made if it is not there. A folder
/// without any trace of a broker is marked: whoever gets the lock may make a new store in it.
///
/// # Errors
/// [`StoreError`] when the folder cannot be read or made.
pub(crate) fn look(dir: &Path) -> std::result::Result<Option<StoreId>, StoreError> {
    let look = || {
        std::fs::create_dir_all(dir).map_err(with(""))?;
        let disk = RealDisk::new(dir);
        // A running ActiveMQ would be waited for as long as it runs.
        refuse_others(&disk)?;
        let known = store_in(&disk)?;
        if known.is_none() && !has_traces(&disk)? {
            disk.make_folder(FRESH).and_then(|()| disk.sync_folder("")).map_err(with(FRESH))?;
        }
        Ok(known)
    };
    look().map_err(|trouble: Trouble| trouble.of(dir))
}

/// The store in the folder, if there is one that can be read. Nothing is made.
pub(crate) fn look_again(dir: &Path) -> Option<StoreId> {
    store_in(&RealDisk::read_only(dir)).ok().flatten()
}

/// The store in the folder. `None` if there is none, or none whose name can be read.
pub(super) fn store_in(disk: &dyn Disk) -> Result<Option<StoreId>> {
    let name = format!("{FOLDER}/{CHECKPOINT}");
    let mut header = [0; HEADER_LEN];
    match disk.open(&name).and_then(|file| file.read_at(&mut header, 0)) {
        Ok(()) => Ok(store_of(&header).ok()),
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::UnexpectedEof) => Ok(None),
        Err(error) => Err(with(&name)(error)),
    }
}

/// Something that only a broker puts there.
fn has_traces(disk: &dyn Disk) -> Result<bool> {
    let traces = [LOCK_FILE, GENERATION_FILE, FOLDER, FRESH, OLD_FOLDER];
    let listed = disk.list("").map_err(with(""))?;
    Ok(listed.iter().any(|entry| traces.contains(&entry.name.as_str())))
}

/// What an opener knows of the folder.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Expected {
    /// The store that was there before.
    pub(super) store: Option<StoreId>,
    /// The operator wants an empty store where one may have been.
    pub(super) create: bool,
    /// Nobody has had this folder before.
    pub(super) first: bool,
}

/// The store in the folder, which is made if that is in order.
pub(super) fn find(disk: &dyn Disk, expected: Expected) -> Result<StoreId> {
    refuse_others(disk)?;
    let listed = disk.list("").map_err(with(""))?;
    let is_there = |name: &str| listed.iter().any(|entry| entry.name == name);
    if is_there(FOLDER) {
        let found = read_store(disk)?;
        if expected.store.is_some_and(|other| other != found) {
            return Err(Trouble::Unsupported(format!(
                "this is not the store that was there while this broker waited. {WHAT_TO_DO}"
            )));
        }
        if is_there(FRESH) {
            disk.remove(FRESH).map_err(with(FRESH))?;
        }
        // Whoever made it may have been killed before its name was durable.
        disk.sync_folder("").map_err(with(""))?;
        return Ok(found);
    }
    if let Some(store) = expected.store {
        return Err(Trouble::Unsupported(format!(
            "the store {store} that was there while this broker waited is gone. {WHAT_TO_DO}"
        )));
    }
    if !expected.create && !expected.first && !is_there(FRESH) && has_traces(disk)? {
        return Err(Trouble::Unsupported(format!(
            "a broker has used this folder, but its store (the folder `{FOLDER}`) is gone. \
             {WHAT_TO_DO}"
        )));
    }
    make(disk)
}

fn read_store(disk: &dyn Disk) -> Result<StoreId> {
    let name = format!("{FOLDER}/{CHECKPOINT}");
    let file = disk.open(&name).map_err(with(&name))?;
    let mut header = [0; HEADER_LEN];
    file.read_at(&mut header, 0).map_err(with(&name))?;
    store_of(&header).map_err(|unusable| unusable_checkpoint(&name, unusable))
}

/// Made under another name and renamed when complete: a store that has its name is whole.
fn make(disk: &dyn Disk) -> Result<StoreId> {
    let store = StoreId::random();
    let empty = Checkpoint {
        store,
        closed: true,
        boot: String::new(),
        last_commit: 0,
        last_sequence: 0,
        next_container: 1,
        next_segment: 1,
        containers: Vec::new(),
        producers: Vec::new(),
        segments: Vec::new(),
        runs: Vec::new(),
        backlogs: Vec::new(),
        marks: Vec::new(),
    };
    let made = disk.make_folder(FRESH).and_then(|()| {
        write_checkpoint(disk, FRESH, &empty.encode())?;
        disk.rename(FRESH, FOLDER)?;
        disk.sync_folder("")
    });
    made.map_err(with(FRESH))?;
    Ok(store)
}

/// What others left here is not touched.
pub(super) fn refuse_others(disk: &dyn Disk) -> Result<()> {
    let listed = disk.list("").map_err(with(""))?;
    for entry in &listed {
        if is_of_kahadb(&entry.name) {
            return Err(Trouble::Unsupported(format!(
                "it holds KahaDB files of an ActiveMQ ({}); their format is not read here. Name \
                 another folder, or drain the queues with ActiveMQ first",
                entry.name
            )));
        }
    }
    let is_there = |name: &str| listed.iter().any(|entry| entry.name == name);
    if is_there(OLD_FOLDER) && !is_there(FOLDER) {
        return Err(Trouble::Unsupported(format!(
            "it holds a store in the format of an earlier release (the folder `{OLD_FOLDER}`), which \
             is not read any more. Drain its queues with that release, or move `{OLD_FOLDER}` away \
             and start with --create-store to begin with an empty store"
        )));
    }
    Ok(())
}

/// Its journal, or the index of it.
fn is_of_kahadb(name: &str) -> bool {
    let number = name.strip_prefix("db-").and_then(|rest| rest.strip_suffix(".log"));
    let is_journal = number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    is_journal || name == "db.data"
}

/// The store's own folder.
pub(super) const FOLDER: &str = "messages";
/// In which it is made.
const FRESH: &str = "messages.new";
/// Of releases that kept messages in an embedded database.
const OLD_FOLDER: &str = "store";
const WHAT_TO_DO: &str = "Bring the right folder back (is everything mounted?). To begin with an \
                          empty store instead, start once with --create-store";

//! Folders that take each other's place.
//!
//! ```text
//! incoming/       arrives; synced when it is whole
//! messages.next/  it is decided: whatever happens, the next start ends with this one
//! messages.old/   the store that was there before
//! messages/       the store
//! ```

use crate::{
    replica::{
        snapshot::{INCOMING, SnapshotFiles},
        trouble::{Result, with},
    },
    store::disk::Disk,
};

/// Copies a snapshot from another disk.
pub(super) fn copy(from: &dyn Disk, files: &SnapshotFiles, to: &dyn Disk) -> Result<()> {
    to.remove(INCOMING).and_then(|()| to.make_folder(INCOMING)).map_err(with(INCOMING))?;
    for file in files.files() {
        let (source, target) = (files.path(file), format!("{INCOMING}/{}", file.name));
        let source = from.open(&source).map_err(with(&source))?;
        let copied = to.create(&target).and_then(|target| {
            let mut at = 0;
            while at < file.bytes {
                let len = usize::try_from(file.bytes - at).map_or(PIECE, |left| left.min(PIECE));
                let mut piece = vec![0; len];
                source.read_at(&mut piece, at)?;
                target.write_at(&piece, at)?;
                at += len as u64;
            }
            Ok(())
        });
        copied.map_err(with(&target))?;
    }
    Ok(())
}

/// Makes what has arrived durable.
pub(super) fn sync_all(disk: &dyn Disk, files: &SnapshotFiles) -> Result<()> {
    for file in files.files() {
        let name = format!("{INCOMING}/{}", file.name);
        disk.open(&name).and_then(|file| file.sync()).map_err(with(&name))?;
    }
    disk.sync_folder(INCOMING).map_err(with(INCOMING))
}

/// From here on the snapshot is the store.
pub(super) fn replace_store(disk: &dyn Disk) -> Result<()> {
    let decided = disk.remove(NEXT).and_then(|()| {
        disk.sync_folder("")?;
        disk.rename(INCOMING, NEXT)?;
        disk.sync_folder("")
    });
    decided.map_err(with(NEXT))?;
    finish_installation(disk)
}

/// What was decided is done, now or at the next start.
pub(super) fn finish_installation(disk: &dyn Disk) -> Result<()> {
    let is_there = |name: &str| -> Result<bool> {
        let listed = disk.list("").map_err(with(""))?;
        Ok(listed.iter().any(|entry| entry.name == name))
    };
    if is_there(NEXT)? {
        if is_there(STORE)? {
            let moved = disk.remove(OLD).and_then(|()| {
                disk.sync_folder("")?;
                disk.rename(STORE, OLD)?;
                disk.sync_folder("")
            });
            moved.map_err(with(OLD))?;
        }
        let named = disk.rename(NEXT, STORE).and_then(|()| disk.sync_folder(""));
        named.map_err(with(STORE))?;
    }
    disk.remove(OLD).map_err(with(OLD))
}

/// Snapshots that were being sent, or were arriving.
pub(super) fn remove_leftovers(disk: &dyn Disk) -> Result<()> {
    for entry in disk.list("").map_err(with(""))? {
        if entry.name == INCOMING || entry.name.starts_with(FROZEN) {
            disk.remove(&entry.name).map_err(with(&entry.name))?;
        }
    }
    Ok(())
}

pub(super) const STORE: &str = "messages";
const NEXT: &str = "messages.next";
const OLD: &str = "messages.old";
const PIECE: usize = 1 << 20;
/// Begin of the names of folders with snapshots that are being sent.
pub(super) const FROZEN: &str = "frozen-";

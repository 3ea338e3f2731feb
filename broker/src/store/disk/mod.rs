//! What stores need of a disk, and nothing more: the system's is `real`. Names are relative to the store's folder and
//! have at most one folder in them: `messages/checkpoint`.
//!
//! [`RealDisk`] is the one that brokers use. The tests have another one in memory that knows what
//! would survive a power cut; so everything below is as little as can be.

mod real;
#[cfg(test)]
pub(crate) mod simulated;

use std::any::Any;
use std::fmt::Debug;
use std::io;

pub(crate) use self::real::RealDisk;

/// Files below one folder.
pub(crate) trait Disk: Send + Sync + Debug {
    /// Opens a file for reading and writing.
    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>>;

    /// Makes an empty file, in place of one that may be there.
    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>>;

    /// What is in a folder; the empty name is the store's own.
    fn list(&self, folder: &str) -> io::Result<Vec<Listed>>;

    /// Makes a folder unless it is there.
    fn make_folder(&self, name: &str) -> io::Result<()>;

    /// Renames a file or folder, in place of one that may be there.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Gives a file one more name, in another folder.
    fn link(&self, file: &str, name: &str) -> io::Result<()>;

    /// Removes a file, or a folder with all that is in it. What is not there is no error.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Makes what was created, renamed and removed in this folder durable.
    fn sync_folder(&self, name: &str) -> io::Result<()>;

    /// Locks a file, which is made if need be, for as long as the result lives. `None` if another
    /// process has it.
    fn lock(&self, name: &str) -> io::Result<Option<Box<dyn Any + Send>>>;

    /// How much room there is.
    fn room(&self) -> io::Result<Room>;

    /// Names this run of the system: another text after each boot, and on each machine. Empty if
    /// there is no telling.
    fn boot(&self) -> String;
}

/// An open file.
pub(crate) trait DiskFile: Send + Sync + Debug {
    /// Length in bytes.
    fn len(&self) -> io::Result<u64>;

    /// Fills the whole buffer, or fails with `UnexpectedEof`.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;

    /// Writes all bytes; the file grows if need be. After a kill of the process they are there.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Cuts the file, or makes it longer with zeros that take no room.
    fn set_len(&self, len: u64) -> io::Result<()>;

    /// Returns when everything written would survive a power cut. Fails, too, if the file has been
    /// deleted meanwhile: nothing in it will ever be found again.
    fn sync(&self) -> io::Result<()>;
}

/// One entry of a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Listed {
    /// Its name, without the folder's.
    pub(crate) name: String,
    /// Length of a file, 0 of a folder.
    pub(crate) bytes: u64,
}

/// Room on the disk, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Room {
    /// Not used by anything.
    pub(crate) free: u64,
    /// Of the whole disk.
    pub(crate) total: u64,
}

/// Writes zeros, so that later writes there need no new room on the disk. While others are syncing, in pieces
/// that are synced one by one: one large piece would hold up the syncs of other files. Whoever relies on the
/// zeros syncs the file at the end all the same.
pub(crate) fn fill_with_zeros(
    file: &dyn DiskFile,
    (from, to): (u64, u64),
    others_sync: bool,
) -> io::Result<()> {
    let zeros = vec![0; usize::try_from(to.saturating_sub(from)).map_or(PIECE, |n| n.min(PIECE))];
    let mut at = from;
    while at < to {
        let piece = zeros.len().min(usize::try_from(to - at).unwrap_or(PIECE));
        file.write_at(zeros.get(..piece).unwrap_or(&zeros), at)?;
        if others_sync {
            file.sync()?;
        }
        at += piece as u64;
    }
    Ok(())
}

const PIECE: usize = 1 << 20;

//! A disk in memory that knows what would survive: of each file what is synced and which writes
//! since are not, and the same of what was done in each folder.
//!
//! ```text
//! SimulatedDisk --every change, if watched--> Moment --crash(how)--> SimulatedDisk after power-up
//! ```
//! A power cut leaves of the unsynced writes what [`Survival`] says, page by page of 4 KiB or sector
//! by sector of 512 bytes, each in one of the states that it had since its last sync; and of what
//! was done in a folder either a beginning or any part. A kill leaves everything as it is, unsynced.
//!
//! ```text
//! platter            all files and folders
//! content, entries   one file, and one folder: what is synced, and what was done since
//! random             numbers that are the same in every run
//! ```

mod content;
mod entries;
mod platter;
mod random;
#[cfg(test)]
mod tests;

use std::any::Any;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard};

use self::platter::Platter;
pub(crate) use self::random::Random;
use crate::store::disk::{Disk, DiskFile, Listed, Room};

/// A disk that several stores may use in turn.
#[derive(Clone, Debug, Default)]
pub(crate) struct SimulatedDisk {
    platter: Arc<Mutex<Platter>>,
}

/// What a power cut leaves of what was not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Survival {
    Nothing,
    Everything,
    /// Each page in its last state or not at all.
    RandomPages,
    /// Each page in any state that it had.
    TornPages,
    /// Each sector in any state that it had.
    TornSectors,
}

impl Survival {
    pub(crate) const ALL: [Self; 5] =
        [Self::Nothing, Self::Everything, Self::RandomPages, Self::TornPages, Self::TornSectors];
}

/// A disk as it was after one change.
#[derive(Clone, Debug)]
pub(crate) struct Moment(Platter);

impl Moment {
    /// The disk after a power cut at this moment.
    pub(crate) fn crash(&self, survival: Survival, random: &mut Random) -> SimulatedDisk {
        SimulatedDisk::of(self.0.crash(survival, random))
    }

    /// The disk after the process was killed at this moment, perhaps in the middle of a write:
    /// nothing else is lost, nothing is synced.
    pub(crate) fn kill(&self, random: &mut Random) -> SimulatedDisk {
        let mut platter = self.0.clone();
        platter.kill(random);
        SimulatedDisk::of(platter)
    }
}

impl SimulatedDisk {
    fn of(platter: Platter) -> Self {
        Self { platter: Arc::new(Mutex::new(platter)) }
    }

    /// With no more room than this.
    pub(crate) fn with_room(bytes: u64) -> Self {
        let disk = Self::default();
        disk.lock_platter().capacity = bytes;
        disk
    }

    /// From now on it has no more room than so much beside what is on it.
    pub(crate) fn leave_room(&self, bytes: u64) {
        let mut platter = self.lock_platter();
        platter.capacity = u64::MAX;
        let used = u64::MAX - platter.free();
        platter.capacity = used + bytes;
    }

    /// From now on syncs of files do nothing.
    pub(crate) fn ignore_syncs_of_files(&self) {
        self.lock_platter().syncs_files = false;
    }

    /// Whose syncs of files do nothing: a test that does not notice is no test.
    pub(crate) fn without_syncs_of_files() -> Self {
        let disk = Self::default();
        disk.lock_platter().syncs_files = false;
        disk
    }

    /// Whose syncs of folders do nothing, so that new names, renames and removals may be lost.
    pub(crate) fn without_syncs_of_folders() -> Self {
        let disk = Self::default();
        disk.lock_platter().syncs_folders = false;
        disk
    }

    /// From now on every change is kept as a moment.
    pub(crate) fn watch(&self) {
        self.lock_platter().watched = true;
    }

    /// How many changes there have been.
    pub(crate) fn changes(&self) -> usize {
        self.lock_platter().changes
    }

    /// How many syncs there have been, and how many bytes were read.
    pub(crate) fn costs(&self) -> (u64, u64) {
        let platter = self.lock_platter();
        (platter.syncs, platter.bytes_read)
    }

    /// The disk as it is.
    pub(crate) fn now(&self) -> Moment {
        Moment(self.lock_platter().without_moments())
    }

    /// What was watched: the disk after each change, with the number of changes until then.
    pub(crate) fn moments(&self) -> Vec<(usize, Moment)> {
        let mut platter = self.lock_platter();
        platter.watched = false;
        std::mem::take(&mut platter.moments).into_iter().map(|(n, it)| (n, Moment(it))).collect()
    }

    /// The syncs after so many fail.
    pub(crate) fn fail_sync_after(&self, syncs: u64) {
        self.lock_platter().syncs_until_failure = Some(syncs);
    }

    /// Syncs work again.
    pub(crate) fn repair(&self) {
        self.lock_platter().syncs_until_failure = None;
    }

    /// All files, with their folder's name.
    pub(crate) fn files(&self) -> Vec<String> {
        self.lock_platter().files()
    }

    /// What is in a file.
    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        self.lock_platter().bytes(name)
    }

    /// Replaces what is in a file, synced.
    pub(crate) fn overwrite(&self, name: &str, bytes: &[u8]) {
        self.lock_platter().overwrite(name, bytes);
    }

    fn lock_platter(&self) -> MutexGuard<'_, Platter> {
        self.platter.lock().unwrap()
    }

    fn handle(&self, node: usize) -> Box<dyn DiskFile> {
        Box::new(Handle { disk: self.clone(), node })
    }
}

impl Disk for SimulatedDisk {
    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let node = self.lock_platter().find(name)?;
        Ok(self.handle(node))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let node = self.lock_platter().create(name, false)?;
        Ok(self.handle(node))
    }

    fn list(&self, folder: &str) -> io::Result<Vec<Listed>> {
        self.lock_platter().list(folder)
    }

    fn make_folder(&self, name: &str) -> io::Result<()> {
        let mut platter = self.lock_platter();
        if platter.find(name).is_err() {
            platter.create(name, true)?;
        }
        Ok(())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.lock_platter().rename(from, to)
    }

    fn link(&self, file: &str, name: &str) -> io::Result<()> {
        self.lock_platter().link(file, name)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.lock_platter().remove(name)
    }

    fn sync_folder(&self, name: &str) -> io::Result<()> {
        self.lock_platter().sync(name)
    }

    fn lock(&self, name: &str) -> io::Result<Option<Box<dyn Any + Send>>> {
        let mut platter = self.lock_platter();
        if platter.find(name).is_err() {
            platter.create(name, false)?;
        }
        if !platter.locked.insert(name.to_owned()) {
            return Ok(None);
        }
        Ok(Some(Box::new(Lock { disk: self.clone(), name: name.to_owned() })))
    }

    fn room(&self) -> io::Result<Room> {
        let platter = self.lock_platter();
        Ok(Room { free: platter.free(), total: platter.capacity })
    }

    fn boot(&self) -> String {
        format!("boot {}", self.lock_platter().boot)
    }
}

#[derive(Debug)]
struct Lock {
    disk: SimulatedDisk,
    name: String,
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.disk.lock_platter().locked.remove(&self.name);
    }
}

#[derive(Debug)]
struct Handle {
    disk: SimulatedDisk,
    node: usize,
}

impl DiskFile for Handle {
    fn len(&self) -> io::Result<u64> {
        Ok(self.disk.lock_platter().file(self.node).len())
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let mut platter = self.disk.lock_platter();
        platter.bytes_read += buffer.len() as u64;
        match platter.file(self.node).read(buffer, offset) {
            true => Ok(()),
            false => Err(ErrorKind::UnexpectedEof.into()),
        }
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.disk.lock_platter().write(self.node, bytes, offset)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.disk.lock_platter().set_len(self.node, len)
    }

    fn sync(&self) -> io::Result<()> {
        self.disk.lock_platter().sync_file(self.node)
    }
}

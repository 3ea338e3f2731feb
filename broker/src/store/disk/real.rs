//! The system's file system.

use std::any::Any;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use nix::sys::statvfs::statvfs;

use super::{Disk, DiskFile, Listed, Room};
use crate::store::lock::try_lock;

/// A folder of the file system.
#[derive(Debug)]
pub(crate) struct RealDisk {
    dir: PathBuf,
    writable: bool,
}

impl RealDisk {
    /// Names the folder; nothing is touched yet.
    pub(crate) fn new(dir: &Path) -> Self {
        Self { dir: dir.into(), writable: true }
    }

    /// A folder in which nothing can be changed.
    pub(crate) fn read_only(dir: &Path) -> Self {
        Self { dir: dir.into(), writable: false }
    }

    fn at(&self, name: &str) -> PathBuf {
        if name.is_empty() { self.dir.clone() } else { self.dir.join(name) }
    }
}

impl Disk for RealDisk {
    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(OpenOptions::new().read(true).write(self.writable).open(self.at(name))?))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true);
        Ok(Box::new(options.open(self.at(name))?))
    }

    fn list(&self, folder: &str) -> io::Result<Vec<Listed>> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(self.at(folder))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            match entry.metadata() {
                Ok(about) => {
                    let bytes = if about.is_dir() { 0 } else { about.len() };
                    found.push(Listed { name, bytes });
                }
                // Removed meanwhile.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        found.sort();
        Ok(found)
    }

    fn make_folder(&self, name: &str) -> io::Result<()> {
        std::fs::create_dir_all(self.at(name))
    }

    fn link(&self, file: &str, name: &str) -> io::Result<()> {
        std::fs::hard_link(self.at(file), self.at(name))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        std::fs::rename(self.at(from), self.at(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let path = self.at(name);
        let removed = match std::fs::symlink_metadata(&path) {
            Ok(about) if about.is_dir() => std::fs::remove_dir_all(&path),
            Ok(_) => std::fs::remove_file(&path),
            Err(error) => Err(error),
        };
        match removed {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn sync_folder(&self, name: &str) -> io::Result<()> {
        File::open(self.at(name))?.sync_all()
    }

    fn lock(&self, name: &str) -> io::Result<Option<Box<dyn Any + Send>>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = options.open(self.at(name))?;
        Ok(if try_lock(&file)? { Some(Box::new(file)) } else { None })
    }

    fn room(&self) -> io::Result<Room> {
        let found = statvfs(&self.dir).map_err(io::Error::from)?;
        let bytes = |blocks: u64| blocks.saturating_mul(found.fragment_size());
        Ok(Room { free: bytes(found.blocks_available()), total: bytes(found.blocks()) })
    }

    fn boot(&self) -> String {
        // Where it cannot be read nothing is concluded from it.
        let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
        id.map(|text| text.trim().to_owned()).unwrap_or_default()
    }
}

impl DiskFile for File {
    fn len(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.read_exact_at(buffer, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.write_all_at(bytes, offset)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        Self::set_len(self, len)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()?;
        if self.metadata()?.nlink() == 0 {
            return Err(io::Error::other("the file was deleted while the broker used it"));
        }
        Ok(())
    }
}

//! Small files: the vote and what was purged, which are replaced as a whole, and a note of what was synced.

use std::io::ErrorKind;

use serde::{Serialize, de::DeserializeOwned};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::FOLDER;
use crate::{
    model::coding::{Put, Take},
    replica::trouble::{Result, Trouble, damaged, with},
    store::disk::{Disk, DiskFile},
};

/// Replaces a file: a crash leaves the old one or the new one.
pub(super) fn replace(disk: &dyn Disk, name: &str, value: &impl Serialize) -> Result<()> {
    let (name, fresh) = (format!("{FOLDER}/{name}"), format!("{FOLDER}/{name}.new"));
    let mut bytes = postcard::to_stdvec(value).map_err(|error| Trouble::Io(error.to_string()))?;
    let hash = xxh3_64(&bytes);
    bytes.u64(hash);
    let written = disk.create(&fresh).and_then(|file| {
        file.write_at(&bytes, 0)?;
        file.sync()?;
        disk.rename(&fresh, &name)?;
        disk.sync_folder(FOLDER)
    });
    written.map_err(with(&name))
}

/// What is in such a file, if it is there.
pub(super) fn read<T: DeserializeOwned>(disk: &dyn Disk, name: &str) -> Result<Option<T>> {
    let name = format!("{FOLDER}/{name}");
    let file = match disk.open(&name) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        other => other.map_err(with(&name))?,
    };
    let len = file.len().map_err(with(&name))?;
    let mut bytes = vec![0; usize::try_from(len.min(MOST_BYTES)).unwrap_or(0)];
    file.read_at(&mut bytes, 0).map_err(with(&name))?;
    let wrong = || damaged(&name, "it is not as it was written");
    let (value, hash) = bytes.split_last_chunk::<8>().ok_or_else(wrong)?;
    if u64::from_le_bytes(*hash) != xxh3_64(value) {
        return Err(wrong());
    }
    postcard::from_bytes(value).map(Some).map_err(|_| wrong())
}

/// A second word for what was synced: what one damaged page of the log takes with it, this one still knows. It
/// is written with each sync of the log and not synced itself, unless it goes back.
#[derive(Debug)]
pub(super) struct Note {
    file: Box<dyn DiskFile>,
}

impl Note {
    /// Opens or makes it; also says below which index it says that entries were synced.
    pub(super) fn open(disk: &dyn Disk) -> Result<(Self, u64)> {
        let file = match disk.open(NOTE) {
            Err(error) if error.kind() == ErrorKind::NotFound => disk.create(NOTE),
            other => other,
        };
        let file = file.map_err(with(NOTE))?;
        let mut bytes = [0; 16];
        let synced = match file.read_at(&mut bytes, 0) {
            Ok(()) => said(&bytes),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => 0,
            Err(error) => return Err(with(NOTE)(error)),
        };
        Ok((Self { file }, synced))
    }

    pub(super) fn write(&self, synced: u64) -> Result<()> {
        let mut bytes = Vec::with_capacity(16);
        bytes.u64(synced);
        bytes.u64(hash_of(synced));
        self.file.write_at(&bytes, 0).map_err(with(NOTE))
    }

    /// Before entries are taken back that were synced.
    pub(super) fn lower(&self, synced: u64) -> Result<()> {
        self.write(synced)?;
        self.file.sync().map_err(with(NOTE))
    }
}

/// A note that is half written says nothing.
fn said(bytes: &[u8]) -> u64 {
    let mut fields = Take(bytes);
    match (fields.u64(), fields.u64()) {
        (Some(synced), Some(hash)) if hash == hash_of(synced) => synced,
        _ => 0,
    }
}

fn hash_of(synced: u64) -> u64 {
    xxh3_64_with_seed(&synced.to_le_bytes(), NOTE_SEED)
}

pub(super) const VOTE: &str = "vote";
pub(super) const PURGED: &str = "purged";
const NOTE: &str = "log/synced";
const NOTE_SEED: u64 = 0x6e6f_7465;
const MOST_BYTES: u64 = 1 << 20;

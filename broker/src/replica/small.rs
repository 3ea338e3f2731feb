//! Small files that are replaced as a whole: who this is, its vote, what was purged.

use std::io::ErrorKind;

use serde::{Serialize, de::DeserializeOwned};
use xxhash_rust::xxh3::xxh3_64;

use super::trouble::{Result, Trouble, damaged, with};
use crate::{model::coding::Put, store::disk::Disk};

/// Replaces a file: a crash leaves the old one or the new one.
pub(super) fn replace(disk: &dyn Disk, name: &str, value: &impl Serialize) -> Result<()> {
    let fresh = format!("{name}.new");
    let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut bytes = postcard::to_stdvec(value).map_err(|error| Trouble::Io(error.to_string()))?;
    let hash = xxh3_64(&bytes);
    bytes.u64(hash);
    let written = disk.create(&fresh).and_then(|file| {
        file.write_at(&bytes, 0)?;
        file.sync()?;
        disk.rename(&fresh, name)?;
        disk.sync_folder(folder)
    });
    written.map_err(with(name))
}

/// What is in such a file, if it is there.
pub(super) fn read<T: DeserializeOwned>(disk: &dyn Disk, name: &str) -> Result<Option<T>> {
    let file = match disk.open(name) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        other => other.map_err(with(name))?,
    };
    let len = file.len().map_err(with(name))?;
    let mut bytes = vec![0; usize::try_from(len.min(MOST_BYTES)).unwrap_or(0)];
    file.read_at(&mut bytes, 0).map_err(with(name))?;
    let wrong = || damaged(name, "it is not as it was written");
    let (value, hash) = bytes.split_last_chunk::<8>().ok_or_else(wrong)?;
    if u64::from_le_bytes(*hash) != xxh3_64(value) {
        return Err(wrong());
    }
    postcard::from_bytes(value).map(Some).map_err(|_| wrong())
}

const MOST_BYTES: u64 = 1 << 20;

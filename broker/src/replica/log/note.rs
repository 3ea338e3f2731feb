//! What was synced, said once more beside the log.

use std::io::ErrorKind;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::{
    model::coding::{Put, Take},
    replica::trouble::{Result, with},
    store::disk::{Disk, DiskFile},
};

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

const NOTE: &str = "log/synced";
const NOTE_SEED: u64 = 0x6e6f_7465;

//! A second word for what was synced, in a file of its own: what one damaged page of the log takes
//! with it, this one still knows.
//!
//! It is written with each commit and never synced. So after a kill it is as new as the last record's
//! own word, and after a power cut some seconds old at most.

use std::io::ErrorKind;

use super::index::Origin;
use super::trouble::{Result, Trouble, damaged, with};
use crate::model::coding::{Put, Take};
use crate::store::disk::DiskFile;

/// The file, and what it says.
#[derive(Debug)]
pub(super) struct Note {
    file: Box<dyn DiskFile>,
    commit: u64,
}

impl Note {
    /// Opens or makes it.
    pub(super) fn open(origin: &Origin) -> Result<Self> {
        let name = name(origin);
        let file = match origin.disk.open(&name) {
            Err(error) if error.kind() == ErrorKind::NotFound => origin.disk.create(&name),
            other => other,
        };
        Ok(Self { file: file.map_err(with(&name))?, commit: 0 })
    }

    /// Commits up to this one are synced.
    pub(super) fn write(&mut self, origin: &Origin, commit: u64) -> Result<()> {
        if commit > self.commit {
            let mut bytes = Vec::with_capacity(LEN);
            bytes.u64(commit);
            bytes.u64(origin.seeds.note(commit));
            match self.file.write_at(&bytes, 0).map_err(with(&name(origin))) {
                // It is a second word only.
                Ok(()) | Err(Trouble::NoRoom(_)) => self.commit = commit,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// The log must not end before what the note says.
pub(super) fn check(origin: &Origin, last_commit: u64) -> Result<()> {
    let name = name(origin);
    let mut bytes = [0; LEN];
    match origin.disk.open(&name).and_then(|file| file.read_at(&mut bytes, 0)) {
        Ok(()) => {}
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::UnexpectedEof) => {
            return Ok(());
        }
        Err(error) => return Err(with(&name)(error)),
    }
    let mut fields = Take(&bytes);
    let (Some(commit), Some(hash)) = (fields.u64(), fields.u64()) else { return Ok(()) };
    // It may be half written: then it says nothing.
    if hash != origin.seeds.note(commit) || commit <= last_commit {
        return Ok(());
    }
    let what =
        format!("commits up to {commit} were synced, but the log ends with commit {last_commit}");
    Err(damaged(&name, what))
}

fn name(origin: &Origin) -> String {
    format!("{}/synced", origin.folder)
}

const LEN: usize = 16;

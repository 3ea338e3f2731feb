//! One file of the log.

use super::{
    FOLDER,
    record::{FIRST_RECORD, segment_header},
};
use crate::{
    replica::trouble::{Result, with},
    store::disk::{Disk, DiskFile},
};

/// An open segment.
#[derive(Debug)]
pub(super) struct Segment {
    /// Index of its first entry, which is also its name.
    pub(super) first: u64,
    pub(super) file: Box<dyn DiskFile>,
    /// Behind the last record.
    pub(super) end: u64,
    /// Length of the file; zeros from the end on.
    pub(super) bytes: u64,
}

impl Segment {
    /// A new one, for which nothing was written before.
    pub(super) fn make(disk: &dyn Disk, first: u64) -> Result<Self> {
        let name = name_of(first);
        let made = disk.create(&name).and_then(|file| {
            file.write_at(&segment_header(first), 0)?;
            file.sync()?;
            disk.sync_folder(FOLDER)?;
            Ok(file)
        });
        let file = made.map_err(with(&name))?;
        Ok(Self { first, file, end: FIRST_RECORD as u64, bytes: FIRST_RECORD as u64 })
    }

    pub(super) fn name(&self) -> String {
        name_of(self.first)
    }

    /// Writes records at the end and syncs them. The file grows in steps, so that most syncs have no new length
    /// to write.
    pub(super) fn append(&mut self, mut records: Vec<u8>) -> Result<()> {
        let end = self.end + records.len() as u64;
        if end > self.bytes {
            let bytes = end.next_multiple_of(STEP);
            records.resize(usize::try_from(bytes - self.end).unwrap_or(records.len()), 0);
            self.bytes = bytes.max(self.end + records.len() as u64);
        }
        let written = self.file.write_at(&records, self.end).and_then(|()| self.file.sync());
        written.map_err(with(&self.name()))?;
        self.end = end;
        Ok(())
    }

    /// Cuts off everything from here on, durably.
    pub(super) fn cut(&mut self, end: u64) -> Result<()> {
        let cut = self.file.set_len(end).and_then(|()| self.file.sync());
        cut.map_err(with(&self.name()))?;
        (self.end, self.bytes) = (end, end);
        Ok(())
    }
}

/// Of the segment whose first entry has this index.
pub(super) fn name_of(first: u64) -> String {
    format!("{FOLDER}/segment-{first:020}")
}

/// The index in a name without its folder.
pub(super) fn first_of(name: &str) -> Option<u64> {
    name.strip_prefix("segment-").filter(|digits| digits.len() == 20)?.parse().ok()
}

/// The file becomes longer by so much at once.
const STEP: u64 = 1 << 20;

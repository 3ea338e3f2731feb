//! Writes records at the end of the log.

use super::files::{SegmentFile, segment_name};
use crate::store::file::format::body::Body;
use crate::store::file::format::record::{RecordHeader, record_len};
use crate::store::file::format::seeds::Seeds;
use crate::store::file::format::segment::FIRST_RECORD;
use crate::store::file::trouble::{Result, Trouble, damaged, with};

/// The end of the log, in the segment that is being written.
#[derive(Debug)]
pub(in crate::store::file) struct Log {
    folder: &'static str,
    seeds: Seeds,
    segment: SegmentFile,
    /// Where the next record goes.
    end: u64,
    first_commit: u64,
    last_commit: u64,
    /// Highest commit that a power cut would leave.
    synced: u64,
}

/// A segment that takes no more records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store::file) struct Ended {
    pub(in crate::store::file) number: u64,
    /// Length of the file.
    pub(in crate::store::file) bytes: u64,
    /// Behind its last record.
    pub(in crate::store::file) end: u64,
    /// Number of the commit that is, or would be, the first in it.
    pub(in crate::store::file) first_commit: u64,
}

impl Log {
    /// Goes on in a new segment after a commit that is durable.
    pub(in crate::store::file) fn new(
        folder: &'static str,
        seeds: Seeds,
        segment: SegmentFile,
        last_commit: u64,
    ) -> Self {
        let (end, first_commit) = (FIRST_RECORD, last_commit + 1);
        Self { folder, seeds, segment, end, first_commit, last_commit, synced: last_commit }
    }

    pub(in crate::store::file) const fn segment(&self) -> &SegmentFile {
        &self.segment
    }

    pub(in crate::store::file) const fn last_commit(&self) -> u64 {
        self.last_commit
    }

    /// Behind the last record.
    pub(in crate::store::file) const fn end(&self) -> u64 {
        self.end
    }

    /// No record in this segment yet.
    pub(in crate::store::file) const fn is_at_beginning(&self) -> bool {
        self.end == FIRST_RECORD
    }

    /// Whether a body of this length fits, and the end of the segment behind it.
    pub(in crate::store::file) fn has_room_for(&self, body: usize) -> bool {
        self.end + record_len(body as u64) + CLOSING <= self.segment.bytes
    }

    /// Writes one commit; a kill does not undo it. Returns where its body begins in the segment.
    /// Without room nothing has changed.
    pub(in crate::store::file) fn append(&mut self, body: &mut Body) -> Result<u32> {
        let name = segment_name(self.folder, self.segment.number);
        let too_large = || damaged(&name, "a commit is larger than a segment can be");
        let len = u32::try_from(body.len()).map_err(|_| too_large())?;
        let at = u32::try_from(self.end).map_err(|_| too_large())?;
        let header = RecordHeader {
            body: len,
            commit: self.last_commit + 1,
            synced: self.synced,
            body_hash: body.hash(),
        };
        let record = body.framed(&header.encode(self.seeds, self.segment.number, self.end));
        self.segment.file.write_at(record, self.end).map_err(with(&name))?;
        self.end += header.record_len();
        self.last_commit += 1;
        Ok(at + BODY)
    }

    /// The last commit that is known to be durable.
    pub(in crate::store::file) const fn synced(&self) -> u64 {
        self.synced
    }

    /// Whether something would not survive a power cut.
    pub(in crate::store::file) const fn is_unsynced(&self) -> bool {
        self.synced < self.last_commit
    }

    /// Makes every commit so far durable.
    pub(in crate::store::file) fn sync(&mut self) -> Result<()> {
        let name = segment_name(self.folder, self.segment.number);
        self.segment.file.sync().map_err(|error| final_error(&name, &error))?;
        self.synced = self.last_commit;
        Ok(())
    }

    /// Says that the log goes on in the next segment.
    pub(in crate::store::file) fn end_segment(&mut self) -> Result<Ended> {
        let name = segment_name(self.folder, self.segment.number);
        let end = RecordHeader {
            body: 0,
            commit: self.last_commit,
            synced: self.synced,
            body_hash: self.seeds.body().digest(),
        };
        let bytes = end.encode(self.seeds, self.segment.number, self.end);
        let written = self.segment.file.write_at(&bytes, self.end);
        written.map_err(|error| final_error(&name, &error))?;
        Ok(self.ended())
    }

    /// The segment as it is, if nothing more is written to it.
    pub(in crate::store::file) const fn ended(&self) -> Ended {
        let SegmentFile { number, bytes, .. } = self.segment;
        Ended { number, bytes, end: self.end, first_commit: self.first_commit }
    }

    /// The next record goes to the beginning of this segment, which is the one with the next number.
    pub(in crate::store::file) fn go_on_in(&mut self, segment: SegmentFile) {
        self.segment = segment;
        self.end = FIRST_RECORD;
        self.first_commit = self.last_commit + 1;
    }
}

/// Whatever it is: it cannot be said what is on disk now.
fn final_error(name: &str, error: &std::io::Error) -> Trouble {
    Trouble::Io(format!("{name}: {error}"))
}

const BODY: u32 = 40;
/// The end of the segment, and 8 zero bytes behind a record before it.
const CLOSING: u64 = RecordHeader::LEN as u64 + 8;

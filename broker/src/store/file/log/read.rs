//! Reads the records of a segment from its beginning.

use super::files::{SegmentFile, segment_name};
use crate::store::file::format::change::is_whole;
use crate::store::file::format::record::RecordHeader;
use crate::store::file::format::seeds::Seeds;
use crate::store::file::format::segment::FIRST_RECORD;
use crate::store::file::trouble::{Result, with};

/// A place in a segment that is being read.
#[derive(Debug)]
pub(in crate::store::file) struct Records<'a> {
    segment: &'a SegmentFile,
    name: String,
    seeds: Seeds,
    at: u64,
    until: u64,
    window: Window,
}

/// Some bytes of the file.
#[derive(Debug, Default)]
struct Window {
    at: u64,
    bytes: Vec<u8>,
}

/// What was found.
#[derive(Debug)]
pub(in crate::store::file) enum Read<'a> {
    /// A commit and its body, and where that begins in the segment.
    Commit(RecordHeader, u32, &'a [u8]),
    /// The log goes on in the next segment.
    End(RecordHeader),
    /// No whole record; if `blank`, none was ever begun here.
    Nothing { blank: bool },
}

impl<'a> Records<'a> {
    /// From the first record on, but none that begins at or behind `until`.
    pub(in crate::store::file) fn new(
        folder: &str,
        segment: &'a SegmentFile,
        seeds: Seeds,
        until: u64,
    ) -> Self {
        Self {
            segment,
            name: segment_name(folder, segment.number),
            seeds,
            at: FIRST_RECORD,
            until: until.min(segment.bytes),
            window: Window::default(),
        }
    }

    /// Where the next record is, or would be.
    pub(in crate::store::file) const fn at(&self) -> u64 {
        self.at
    }

    /// Goes past the record if it is whole.
    pub(in crate::store::file) fn next(&mut self) -> Result<Read<'_>> {
        let (at, number, seeds) = (self.at, self.segment.number, self.seeds);
        let left = self.until.saturating_sub(at);
        let Some(bytes) = self.peek(at, RecordHeader::LEN as u64, left)? else {
            return Ok(Read::Nothing { blank: true });
        };
        let blank = bytes.starts_with(&[0; 8]);
        let Some(header) = RecordHeader::decode(bytes, seeds, number, at) else {
            return Ok(Read::Nothing { blank });
        };
        if header.is_end() {
            return Ok(Read::End(header));
        }
        let body_at = at + RecordHeader::LEN as u64;
        let left = left - RecordHeader::LEN as u64;
        let Some(_) = self.peek(body_at, header.body.into(), left)? else {
            return Ok(Read::Nothing { blank: false });
        };
        self.at += header.record_len();
        let body = self.window.get(body_at, header.body.into()).unwrap_or_default();
        if is_whole(body, header.body_hash, seeds) {
            Ok(Read::Commit(header, u32::try_from(body_at).unwrap_or(u32::MAX), body))
        } else {
            self.at = at;
            Ok(Read::Nothing { blank: false })
        }
    }

    /// So many bytes from here. `None` if there are fewer left.
    fn peek(&mut self, at: u64, len: u64, left: u64) -> Result<Option<&[u8]>> {
        if len > left {
            return Ok(None);
        }
        if self.window.get(at, len).is_none() {
            let len = len.max(WINDOW.min(left));
            self.window.at = at;
            self.window.bytes.resize(usize::try_from(len).unwrap_or(0), 0);
            let read = self.segment.file.read_at(&mut self.window.bytes, at);
            read.map_err(with(&self.name))?;
        }
        Ok(self.window.get(at, len))
    }
}

impl Window {
    fn get(&self, at: u64, len: u64) -> Option<&[u8]> {
        let from = usize::try_from(at.checked_sub(self.at)?).ok()?;
        self.bytes.get(from..)?.get(..usize::try_from(len).ok()?)
    }
}

const WINDOW: u64 = 1 << 20;

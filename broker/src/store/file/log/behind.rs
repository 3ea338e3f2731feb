//! Looks for records behind the place where the log seems to end.

use super::files::{SegmentFile, segment_name};
use crate::store::file::format::record::{ALIGNMENT, RecordHeader};
use crate::store::file::format::seeds::Seeds;
use crate::store::file::trouble::{Result, with};

/// What was found: headers only, whether their bodies are whole or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::store::file) struct Behind {
    pub(in crate::store::file) records: u64,
    /// Highest commit among them.
    pub(in crate::store::file) last_commit: u64,
    /// Highest commit that one of them says is synced.
    pub(in crate::store::file) synced: u64,
    /// Where the last of them would end.
    pub(in crate::store::file) end: u64,
}

/// Looks at every place where a record can begin, from this one on.
pub(in crate::store::file) fn look_behind(
    folder: &str,
    segment: &SegmentFile,
    seeds: Seeds,
    from: u64,
) -> Result<Behind> {
    let name = segment_name(folder, segment.number);
    let mut found = Behind { end: from, ..Behind::default() };
    let mut buffer = Vec::new();
    let mut at = from;
    while at < segment.bytes {
        let len = PIECE.min(segment.bytes - at);
        // A header may begin at the end of this piece.
        let overlap = (RecordHeader::LEN as u64).min(segment.bytes - at - len);
        buffer.resize(usize::try_from(len + overlap).unwrap_or(0), 0);
        segment.file.read_at(&mut buffer, at).map_err(with(&name))?;
        for start in (0..usize::try_from(len).unwrap_or(0)).step_by(STEP) {
            let bytes = buffer.get(start..).unwrap_or_default();
            let place = at + start as u64;
            if let Some(header) = RecordHeader::decode(bytes, seeds, segment.number, place) {
                found.add(header, place);
            }
        }
        at += len;
    }
    Ok(found)
}

impl Behind {
    fn add(&mut self, header: RecordHeader, at: u64) {
        self.records += 1;
        self.last_commit = self.last_commit.max(header.commit);
        self.synced = self.synced.max(header.synced);
        self.end = self.end.max(at.saturating_add(header.record_len()));
    }
}

const PIECE: u64 = 1 << 20;
#[expect(clippy::cast_possible_truncation, reason = "it is 8")]
const STEP: usize = ALIGNMENT as usize;

//! What stands before each entry, and at the beginning of each segment.
//!
//! ```text
//! segment:  0  "RelaiRft"
//!           8  format u32 = 1, then u32 = 0
//!          16  index of its first entry u64
//!          24  hash of the 24 bytes before
//!          32  records, one behind the other, then zeros
//! record:   0  hash of what follows, never 0; the seed knows the segment and the place in it
//!           8  "RENT"
//!          12  length of the entry u32
//!          16  index of the entry u64
//!          24  entries below this index were known to be synced when this record was written u64
//!          32  the entry
//! ```
//! Hashes are XXH3 with 64 bits.

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use crate::model::coding::{Put, Take};

/// What stands before an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RecordHeader {
    hash: u64,
    /// Length of the entry.
    pub(super) len: u32,
    pub(super) index: u64,
    /// Entries below this index were synced.
    pub(super) synced: u64,
}

impl RecordHeader {
    pub(super) const LEN: usize = 32;

    /// Appends a whole record for this place.
    pub(super) fn put(
        out: &mut Vec<u8>,
        (segment, at): (u64, u64),
        index: u64,
        synced: u64,
        entry: &[u8],
    ) {
        let begin = out.len();
        out.u64(0);
        out.put(TAG);
        out.u32(u32::try_from(entry.len()).unwrap_or(u32::MAX));
        out.u64(index);
        out.u64(synced);
        out.put(entry);
        let covered = out.get(begin + 8..).unwrap_or_default();
        let hash = hash_of(covered, segment, at).to_le_bytes();
        if let Some(place) = out.get_mut(begin..begin + 8) {
            place.copy_from_slice(&hash);
        }
    }

    /// `None` if nothing like a record begins here.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut fields = Take(bytes);
        let hash = fields.u64()?;
        if fields.array()? != *TAG {
            return None;
        }
        Some(Self { hash, len: fields.u32()?, index: fields.u64()?, synced: fields.u64()? })
    }

    /// Whether these bytes, from the header on, are as they were written to this place.
    pub(super) fn is_whole(self, record: &[u8], (segment, at): (u64, u64)) -> bool {
        let covered = record.get(8..).unwrap_or_default();
        trusted(self.hash == hash_of(covered, segment, at))
    }

    /// With its entry.
    pub(super) const fn record_len(self) -> u64 {
        Self::LEN as u64 + self.len as u64
    }
}

fn hash_of(covered: &[u8], segment: u64, at: u64) -> u64 {
    let seed = segment.rotate_left(32) ^ at;
    xxh3_64_with_seed(covered, seed).max(1)
}

/// The beginning of a segment.
pub(super) fn segment_header(first: u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(FIRST_RECORD);
    out.put(MAGIC);
    out.u32(FORMAT);
    out.u32(0);
    out.u64(first);
    let hash = xxh3_64(&out);
    out.u64(hash);
    out
}

/// Whether these bytes begin the segment whose first entry has this index.
pub(super) fn is_segment_header(bytes: &[u8], first: u64) -> bool {
    bytes == segment_header(first)
}

fn trusted(is_right: bool) -> bool {
    #[cfg(test)]
    let is_right = is_right || control::HASHES_ARE_IGNORED.get();
    is_right
}

const MAGIC: &[u8; 8] = b"RelaiRft";
const FORMAT: u32 = 1;
pub(super) const TAG: &[u8; 4] = b"RENT";
/// Where the records of a segment begin.
pub(super) const FIRST_RECORD: usize = 32;

/// Tests switch hashes off to see that this is noticed.
#[cfg(test)]
pub(super) mod control {
    use std::cell::Cell;

    thread_local! {
        pub(in crate::replica) static HASHES_ARE_IGNORED: Cell<bool> = const { Cell::new(false) };
    }
}

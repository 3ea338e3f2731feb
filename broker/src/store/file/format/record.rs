//! The header of a record.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::seeds::Seeds;
use crate::model::coding::{Put, Take};

/// What stands before the body of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store::file) struct RecordHeader {
    /// Length of the body; 0 ends the segment.
    pub(in crate::store::file) body: u32,
    pub(in crate::store::file) commit: u64,
    /// Highest commit that was known to be synced when this one was written.
    pub(in crate::store::file) synced: u64,
    pub(in crate::store::file) body_hash: u64,
}

impl RecordHeader {
    pub(in crate::store::file) const LEN: usize = 40;

    /// For this place.
    pub(in crate::store::file) fn encode(
        self,
        seeds: Seeds,
        segment: u64,
        at: u64,
    ) -> [u8; Self::LEN] {
        let mut out = vec![0; 8];
        out.put(TAG);
        out.u32(self.body);
        out.u64(self.commit);
        out.u64(self.synced);
        out.u64(self.body_hash);
        let hash = hash_of(&out, seeds, segment, at).to_le_bytes();
        std::array::from_fn(|n| *hash.get(n).or(out.get(n)).unwrap_or(&0))
    }

    /// `None` if no record begins in this place.
    pub(in crate::store::file) fn decode(
        bytes: &[u8],
        seeds: Seeds,
        segment: u64,
        at: u64,
    ) -> Option<Self> {
        let header = bytes.get(..Self::LEN)?;
        let mut fields = Take(header);
        let hash = fields.u64()?;
        if fields.array()? != *TAG || hash != hash_of(header, seeds, segment, at) {
            return None;
        }
        Some(Self {
            body: fields.u32()?,
            commit: fields.u64()?,
            synced: fields.u64()?,
            body_hash: fields.u64()?,
        })
    }

    /// Nothing but the end of the segment.
    pub(in crate::store::file) const fn is_end(self) -> bool {
        self.body == 0
    }

    /// Length of the record with its body, up to the next one.
    pub(in crate::store::file) fn record_len(self) -> u64 {
        record_len(u64::from(self.body))
    }
}

/// Length of a record whose body has this length.
pub(in crate::store::file) const fn record_len(body: u64) -> u64 {
    (RecordHeader::LEN as u64 + body).next_multiple_of(ALIGNMENT)
}

/// Zeros behind a body of this length.
pub(super) const fn padding_of(body: usize) -> usize {
    (RecordHeader::LEN + body).next_multiple_of(8) - RecordHeader::LEN - body
}

fn hash_of(header: &[u8], seeds: Seeds, segment: u64, at: u64) -> u64 {
    let covered = header.get(8..).unwrap_or_default();
    // 0 says that there is no record.
    xxh3_64_with_seed(covered, seeds.record(segment, at)).max(1)
}

const TAG: &[u8; 4] = b"RREC";
/// Where records may begin.
pub(in crate::store::file) const ALIGNMENT: u64 = 8;

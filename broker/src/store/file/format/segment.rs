//! The first page of a segment.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::seeds::StoreId;
use crate::model::coding::{Put, Take};

/// Where the first record is.
pub(in crate::store::file) const FIRST_RECORD: u64 = 4096;

/// What a segment says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store::file) struct SegmentHeader {
    pub(in crate::store::file) store: StoreId,
    pub(in crate::store::file) number: u64,
    /// Length of the file when it was made.
    pub(in crate::store::file) bytes: u64,
}

impl SegmentHeader {
    pub(in crate::store::file) const LEN: usize = 64;

    pub(in crate::store::file) fn encode(self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.u32(FORMAT);
        out.u32(0);
        out.put(&self.store.0);
        out.u64(self.number);
        out.u64(self.bytes);
        out.u64(0);
        let hash = xxh3_64_with_seed(&out, 0);
        out.u64(hash);
        out
    }

    /// `None` if these are not the bytes of a header.
    pub(in crate::store::file) fn decode(bytes: &[u8]) -> Option<Self> {
        let (covered, _) = bytes.split_at_checked(Self::LEN - 8)?;
        let mut fields = Take(bytes);
        let (magic, format, _) = (fields.array()?, fields.u32()?, fields.u32()?);
        let store = StoreId(fields.array()?);
        let header = Self { store, number: fields.u64()?, bytes: fields.u64()? };
        fields.u64()?;
        let whole = magic == *MAGIC && format == FORMAT;
        (whole && fields.u64()? == xxh3_64_with_seed(covered, 0)).then_some(header)
    }
}

const MAGIC: &[u8; 8] = b"RelaiSeg";
/// The only format so far. Another one would show in the checkpoint first.
const FORMAT: u32 = 1;

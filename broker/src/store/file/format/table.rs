//! Pages of a table.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::seeds::Seeds;
use crate::model::coding::{Put, Take};

/// Where a message lies in its segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::store::file) struct Place {
    pub(in crate::store::file) sequence: u64,
    /// Of the change that added it.
    pub(in crate::store::file) offset: u32,
    /// Length of its blob.
    pub(in crate::store::file) len: u32,
}

/// Length of a page in bytes.
pub(in crate::store::file) const PAGE_BYTES: usize = 4096;
/// Places in each page but the last.
pub(in crate::store::file) const PAGE_PLACES: usize = 255;

/// All pages of a segment's table.
pub(in crate::store::file) fn encode(places: &[Place], seeds: Seeds, segment: u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(table_bytes(places.len()));
    for (number, places) in (0..).zip(places.chunks(PAGE_PLACES)) {
        let mut page = Vec::with_capacity(PAGE_BYTES);
        page.u32(u32::try_from(places.len()).unwrap_or_default());
        page.u32(0);
        for place in places {
            page.u64(place.sequence);
            page.u32(place.offset);
            page.u32(place.len);
        }
        page.resize(PAGE_BYTES - 8, 0);
        out.u64(xxh3_64_with_seed(&page, seeds.table(segment, number)));
        out.put(&page);
    }
    out
}

/// Length of a table of so many places.
pub(in crate::store::file) const fn table_bytes(places: usize) -> usize {
    places.div_ceil(PAGE_PLACES) * PAGE_BYTES
}

/// The places in a page. `None` if it is not as it was written.
pub(in crate::store::file) fn decode(
    page: &[u8],
    seeds: Seeds,
    segment: u64,
    number: u64,
) -> Option<Vec<Place>> {
    let mut fields = Take(page);
    if fields.u64()? != xxh3_64_with_seed(fields.0, seeds.table(segment, number)) {
        return None;
    }
    let count = fields.count(16)?;
    fields.u32()?;
    let mut places = Vec::with_capacity(count);
    for _ in 0..count {
        places.push(Place { sequence: fields.u64()?, offset: fields.u32()?, len: fields.u32()? });
    }
    Some(places)
}

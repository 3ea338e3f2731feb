//! A segment that is not written any more.

use crate::store::file::format::bits::Bits;
use crate::store::file::format::checkpoint::KnownSegment;

/// What is known of its messages. Bits are by their places in the table.
#[derive(Clone, Debug)]
pub(in crate::store::file) struct Sealed {
    pub(in crate::store::file) number: u64,
    /// Length of the file.
    pub(in crate::store::file) bytes: u64,
    /// Where its records end.
    pub(in crate::store::file) end: u64,
    pub(in crate::store::file) first_commit: u64,
    /// Messages in the table.
    pub(in crate::store::file) messages: u32,
    pub(super) removed: Bits,
    pub(super) offered: Bits,
    pub(in crate::store::file) living: u32,
    /// Living messages with what the log needs for each of them.
    pub(in crate::store::file) living_bytes: u64,
}

impl Sealed {
    /// The living one at this place or the next behind it.
    pub(in crate::store::file) fn next_living(&self, from: u32, end: u32) -> Option<u32> {
        self.removed.next_clear(from, end)
    }

    pub(in crate::store::file) fn was_offered(&self, place: u32) -> bool {
        self.offered.get(place)
    }

    pub(super) fn known(&self) -> KnownSegment {
        KnownSegment {
            number: self.number,
            bytes: self.bytes,
            end: self.end,
            first_commit: self.first_commit,
            messages: self.messages,
            removed: self.removed.clone(),
            offered: self.offered.clone(),
        }
    }

    /// Its living messages become known with its runs.
    pub(super) fn from_known(known: KnownSegment) -> Self {
        Self {
            number: known.number,
            bytes: known.bytes,
            end: known.end,
            first_commit: known.first_commit,
            messages: known.messages,
            removed: known.removed,
            offered: known.offered,
            living: 0,
            living_bytes: 0,
        }
    }
}

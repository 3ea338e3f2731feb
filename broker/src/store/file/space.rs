//! How much room the store may use.

use super::trouble::{Result, Trouble, with};
use crate::store::disk::{Disk, Room};

/// Bounds, and the free room as last seen.
#[derive(Debug)]
pub(super) struct Space {
    /// Most bytes that all files together may have.
    limit: u64,
    /// Room that no new message may touch.
    reserve: u64,
    seen: Option<Seen>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    /// On the disk and below the limit.
    free: u64,
    /// Written since.
    written: u64,
}

impl Space {
    pub(super) const fn new(limit: u64, reserve: u64) -> Self {
        Self { limit, reserve, seen: None }
    }

    /// Whether so much room was left beside the reserve when somebody last looked, not long ago.
    pub(super) fn was_there(&self, bytes: u64) -> bool {
        self.seen.is_some_and(|seen| {
            seen.written < LOOK_AGAIN_AFTER
                && seen.free.saturating_sub(seen.written) >= bytes.saturating_add(self.reserve)
        })
    }

    /// The free room at this moment, with the reserve.
    pub(super) fn look(&mut self, disk: &dyn Disk, footprint: u64) -> Result<u64> {
        let Room { free, .. } = disk.room().map_err(with("its disk"))?;
        let free = free.min(self.limit.saturating_sub(footprint));
        self.seen = Some(Seen { free, written: 0 });
        Ok(free)
    }

    /// So much has been written to files that grow.
    pub(super) fn written(&mut self, bytes: u64) {
        if let Some(seen) = &mut self.seen {
            seen.written = seen.written.saturating_add(bytes);
        }
    }

    pub(super) const fn reserve(&self) -> u64 {
        self.reserve
    }

    pub(super) fn full(&self) -> Trouble {
        let free = self.seen.map_or(0, |seen| seen.free);
        let reserve = self.reserve;
        Trouble::NoRoom(format!(
            "{free} bytes are free, of which {reserve} are kept in reserve; removing messages is \
             still possible"
        ))
    }
}

const LOOK_AGAIN_AFTER: u64 = 1 << 20;

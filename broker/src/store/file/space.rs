//! Looks at the free space before the disk is really full.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::sys::statvfs::statvfs;

use super::error;
use crate::store::StoreError;

/// The free space as last seen, and what was written since.
#[derive(Debug)]
pub(super) struct Space {
    dir: PathBuf,
    reserve_bytes: u64,
    free_bytes: u64,
    written_bytes: u64,
    looked: Option<Instant>,
}

impl Space {
    pub(super) fn new(dir: &Path, reserve_bytes: u64) -> Self {
        Self { dir: dir.into(), reserve_bytes, free_bytes: 0, written_bytes: 0, looked: None }
    }

    /// Room for `bytes` more, without touching the reserve? Refuses with [`StoreError::Full`].
    pub(super) fn admit(&mut self, bytes: u64) -> Result<(), StoreError> {
        if self.is_stale(bytes) {
            self.look()?;
        }
        // Once for the journal and once for the table that it becomes.
        let claimed = self.written_bytes.saturating_add(bytes).saturating_mul(2);
        if self.free_bytes.saturating_sub(claimed) < self.reserve_bytes {
            // Whoever tries again must see the room that was made meanwhile.
            self.looked = None;
            return Err(self.full());
        }
        self.written_bytes += bytes;
        Ok(())
    }

    /// Room that may be used to make more: for a moment even the reserve.
    pub(super) fn free_bytes(&mut self) -> Result<u64, StoreError> {
        self.look()?;
        Ok(self.free_bytes)
    }

    fn is_stale(&self, bytes: u64) -> bool {
        let long_ago = |looked: Instant| now().duration_since(looked) >= LOOK_AGAIN_AFTER;
        self.looked.is_none_or(long_ago)
            || self.written_bytes.saturating_add(bytes) >= LOOK_AGAIN_AFTER_BYTES
    }

    fn look(&mut self) -> Result<(), StoreError> {
        let found = statvfs(&self.dir).map_err(|errno| error::io(&self.dir, &errno))?;
        self.free_bytes = found.blocks_available().saturating_mul(found.fragment_size());
        self.written_bytes = 0;
        self.looked = Some(now());
        Ok(())
    }

    fn full(&self) -> StoreError {
        let detail = format!(
            "{} bytes are free, {} are held in reserve; removing messages is still possible",
            self.free_bytes, self.reserve_bytes
        );
        StoreError::Full { path: self.dir.display().to_string(), detail }
    }
}

/// The one place where the file store reads the clock.
#[expect(
    clippy::disallowed_methods,
    reason = "the store runs on the writer thread, which is a driver; its timing changes no result"
)]
pub(super) fn now() -> Instant {
    Instant::now()
}

const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(100);
const LOOK_AGAIN_AFTER_BYTES: u64 = 16 << 20;

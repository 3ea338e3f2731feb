//! Makes sure, now and then, that the shared directory is still ours.

use std::path::Path;
use std::time::{Duration, Instant};

use super::{error, space};
use crate::store::StoreError;
use crate::store::lock::Ownership;

/// The ownership and when it was last checked.
#[derive(Debug)]
pub(super) struct Fence {
    ownership: Ownership,
    keep_alive: Duration,
    checked: Instant,
}

impl Fence {
    /// Checks at once.
    pub(super) fn new(
        dir: &Path,
        ownership: Ownership,
        keep_alive: Duration,
    ) -> Result<Self, StoreError> {
        let mut fence = Self { ownership, keep_alive, checked: space::now() };
        fence.check(dir)?;
        Ok(fence)
    }

    /// Checks if the last check is older than the keep-alive period.
    pub(super) fn check_if_due(&mut self, dir: &Path) -> Result<(), StoreError> {
        if space::now().duration_since(self.checked) >= self.keep_alive {
            self.check(dir)?;
        }
        Ok(())
    }

    pub(super) fn check(&mut self, dir: &Path) -> Result<(), StoreError> {
        // Taken before the check: what happens during it counts for the next one.
        let now = space::now();
        self.ownership.still_mine().map_err(|lost| error::lock(dir, &lost))?;
        self.checked = now;
        Ok(())
    }
}

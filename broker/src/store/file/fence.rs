//! Makes sure, now and then, that the shared directory is still ours, and that it is still there.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::birth::FOLDER;
use super::trouble::{Result, Trouble};
use crate::store::lock::Ownership;

/// The ownership and when it was last checked.
#[derive(Debug)]
pub(super) struct Fence {
    ownership: Ownership,
    keep_alive: Duration,
    presence: Presence,
    checked: Instant,
}

impl Fence {
    /// Of a store that was just opened.
    pub(super) fn new(ownership: Ownership, keep_alive: Duration, presence: Presence) -> Self {
        Self { ownership, keep_alive, presence, checked: now() }
    }

    /// Checks if the last check is older than the keep-alive period.
    pub(super) fn check_if_due(&mut self) -> Result<()> {
        if now().duration_since(self.checked) >= self.keep_alive {
            self.check()?;
        }
        Ok(())
    }

    pub(super) fn check(&mut self) -> Result<()> {
        // Taken before the check: what happens during it counts for the next one.
        let now = now();
        self.ownership.still_mine()?;
        self.presence.check()?;
        self.checked = now;
        Ok(())
    }
}

/// Knows a store's folder again.
#[derive(Clone, Debug)]
pub(crate) struct Presence {
    folder: PathBuf,
    device: u64,
    inode: u64,
}

impl Presence {
    pub(super) fn of(dir: &Path) -> Result<Self> {
        let folder = dir.join(FOLDER);
        let about = std::fs::metadata(&folder).map_err(|error| gone(&folder, &error))?;
        Ok(Self { folder, device: about.dev(), inode: about.ino() })
    }

    pub(super) fn check(&self) -> Result<()> {
        let about = std::fs::metadata(&self.folder).map_err(|error| gone(&self.folder, &error))?;
        if (about.dev(), about.ino()) == (self.device, self.inode) {
            return Ok(());
        }
        Err(gone(&self.folder, &"another folder is in its place"))
    }

    /// Why the store is not where it was any more.
    pub(crate) fn lost(&self) -> Option<String> {
        match self.check() {
            Err(Trouble::Fenced(detail)) => Some(detail),
            _ => None,
        }
    }
}

fn gone(folder: &Path, why: &dyn std::fmt::Display) -> Trouble {
    let folder = folder.display();
    Trouble::Fenced(format!(
        "the store was moved or deleted while the broker used it: {folder}: {why}"
    ))
}

/// The one place where the file store reads the clock.
#[expect(
    clippy::disallowed_methods,
    reason = "the store runs on the writer thread, which is a driver; its timing changes no result"
)]
fn now() -> Instant {
    Instant::now()
}

//! Whether anybody waits for room that others have.

use std::sync::atomic::{AtomicUsize, Ordering};

/// How many wait.
#[derive(Debug, Default)]
pub(super) struct Waiting(AtomicUsize);

/// One that waits, as long as it is there.
pub(super) struct OneMore<'a>(&'a AtomicUsize);

impl Waiting {
    pub(super) fn one_more(&self) -> OneMore<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        OneMore(&self.0)
    }

    pub(super) fn is_anybody(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
}

impl Drop for OneMore<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

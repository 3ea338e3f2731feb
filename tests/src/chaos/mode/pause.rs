//! What becomes of a master that stands still.

use std::time::Duration;

/// What becomes of a master that is paused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::chaos) enum Pause {
    /// It has what makes it the master for as long as its process lives.
    Kept,
    /// Another one replaces it, after this time.
    Replaced(Duration),
    /// It may be replaced after this time, or keep the others from it.
    Either(Duration),
}

impl Pause {
    /// So much later whoever has lost its connection to a database is still the master, or is not.
    pub(in crate::chaos) fn settled(self) -> Duration {
        match self {
            Self::Kept => Duration::ZERO,
            Self::Replaced(lease) | Self::Either(lease) => lease / 2,
        }
    }
}

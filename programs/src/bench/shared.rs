//! What the parts of a measurement share.

use std::sync::Arc;

use tokio::time::Instant;

use super::{figures::Figures, plan::Plan};
use crate::{interrupt::Interrupt, progress::Progress};

/// The plan, and what is noted.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) plan: Arc<Plan>,
    pub(super) figures: Arc<Figures>,
    pub(super) interrupt: Interrupt,
    pub(super) progress: Progress,
    /// What times in messages are counted from.
    pub(super) begin: Instant,
}

impl Shared {
    /// Microseconds since the beginning.
    pub(super) fn since_begin(&self) -> u64 {
        u64::try_from(self.begin.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

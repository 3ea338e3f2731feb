//! In place of `publishing` where the feature `metrics` is off: nobody is told.

use std::time::Instant;

use crate::proto::statistics::Statistics;

pub(super) struct Publisher;

#[expect(clippy::unused_self, clippy::needless_pass_by_ref_mut, reason = "as the other one")]
impl Publisher {
    pub(super) const fn new(_name: Option<&str>) -> Self {
        Self
    }

    pub(super) const fn due(&self) -> Option<Instant> {
        None
    }

    pub(super) const fn is_due(&mut self, _now: Instant) -> bool {
        false
    }

    pub(super) const fn tell(&mut self, _now: Statistics) {}
}

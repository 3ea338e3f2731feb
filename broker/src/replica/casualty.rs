//! Why a replica ended. The Raft library tells it in words; what was meant is kept here.

use std::sync::{Arc, OnceLock};

use super::trouble::Trouble;

/// The first trouble of log and store, for which the library stops. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Casualty(Arc<OnceLock<Trouble>>);

impl Casualty {
    /// Notes it, unless there was one before.
    pub(super) fn note(&self, trouble: Trouble) -> Trouble {
        self.0.get_or_init(|| trouble.clone());
        trouble
    }

    /// What was meant by what the library says.
    pub(super) fn or_as_told(&self, told: &dyn std::fmt::Display) -> Trouble {
        self.0.get().cloned().unwrap_or_else(|| Trouble::Io(told.to_string()))
    }
}

//! What all connections share.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::{engine_task::Event, outbox::Owed, unfinished::Unfinished};
use crate::config::ServerLimits;

/// What there is to say of the broker while it serves.
#[derive(Debug)]
pub(crate) struct Master {
    /// The broker's name.
    pub(crate) name: String,
    /// Which time of being the master this is.
    pub(crate) term: u64,
}

/// Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    pub(super) limits: ServerLimits,
    pub(super) events: mpsc::Sender<Event>,
    pub(super) owed: Arc<Owed>,
    pub(super) unfinished: Arc<Unfinished>,
    pub(super) master: Arc<Master>,
}

impl Shared {
    pub(super) fn new(limits: ServerLimits, events: mpsc::Sender<Event>, master: Master) -> Self {
        let unfinished = Arc::new(Unfinished::new(limits.unfinished_bytes));
        let owed = Arc::new(Owed::new(limits.outbound_memory_bytes));
        Self { limits, events, owed, unfinished, master: Arc::new(master) }
    }
}

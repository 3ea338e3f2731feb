//! What all connections share.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::{engine_task::Event, outbox::Owed, unfinished::Unfinished};
use crate::config::ServerLimits;

/// Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    pub(super) limits: ServerLimits,
    pub(super) events: mpsc::Sender<Event>,
    pub(super) owed: Arc<Owed>,
    pub(super) unfinished: Arc<Unfinished>,
}

impl Shared {
    pub(super) fn new(limits: ServerLimits, events: mpsc::Sender<Event>) -> Self {
        let unfinished = Arc::new(Unfinished::new(limits.unfinished_bytes));
        let owed = Arc::new(Owed::new(limits.outbound_memory_bytes));
        Self { limits, events, owed, unfinished }
    }
}

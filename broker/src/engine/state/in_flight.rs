//! A message on its way to a consumer.

use std::sync::Arc;

use relaismq_openwire::{MessageId, TransactionId};

use crate::engine::state::{entry::Entry, slab::LineId};

/// A message on its way.
#[derive(Clone, Debug)]
pub(crate) struct InFlight {
    pub(crate) entry: Entry,
    pub(crate) line: LineId,
    /// Counts dispatches: the order of what is in flight.
    pub(crate) order: u64,
    /// Acknowledged in this open transaction.
    pub(crate) transaction: Option<Arc<TransactionId>>,
    /// It has left for the client. What has not is behind all that has.
    pub(crate) sent: bool,
    /// How often the client has redelivered it by itself.
    pub(crate) rolled_back: i32,
    /// The client had it before it was dispatched, see [`super::range`].
    pub(crate) ahead: bool,
}

impl InFlight {
    pub(crate) const fn new(line: LineId, entry: Entry, order: u64, sent: bool) -> Self {
        let (transaction, rolled_back, ahead) = (None, 0, false);
        Self { entry, line, order, transaction, sent, rolled_back, ahead }
    }

    /// Taken out of its line, and given to nobody.
    pub(crate) const fn never(line: LineId, entry: Entry) -> Self {
        Self::new(line, entry, 0, false)
    }

    pub(crate) fn belongs_to(&self, id: &TransactionId) -> bool {
        self.transaction.as_deref() == Some(id)
    }

    pub(crate) fn is(&self, id: &MessageId) -> bool {
        self.entry.id() == Some(id)
    }

    /// How often the application had it, before the last rollback.
    pub(crate) fn attempts(&self) -> i32 {
        self.entry.counter.saturating_add(self.rolled_back)
    }

    /// It is open, or acknowledged in this transaction.
    pub(crate) fn counts_in(&self, within: Option<&TransactionId>) -> bool {
        self.transaction.is_none() || within.is_some_and(|id| self.belongs_to(id))
    }
}

//! Whatever leaves the engine: `sending` to clients, `holding` back senders, `storing` batches, and `retrying`
//! those that have found no room.

pub(crate) mod holding;
pub(crate) mod retrying;
pub(crate) mod sending;
pub(crate) mod storing;

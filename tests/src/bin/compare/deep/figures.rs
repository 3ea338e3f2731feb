//! What was found of one broker on one store.

use std::time::Duration;

/// Times, memory and disk. Memory is the resident memory of the broker's process; a database has its own.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Figures {
    pub(super) messages: u64,
    /// Until the last one was confirmed.
    pub(super) filling: Duration,
    /// Afterwards.
    pub(super) filled_bytes: u64,
    /// At most since the start.
    pub(super) filling_bytes: u64,
    /// From `kill -9` until the next process said that it serves.
    pub(super) ready: Duration,
    /// From `kill -9` until a client had received the first message from it.
    pub(super) served: Duration,
    /// Afterwards.
    pub(super) restarted_bytes: u64,
    /// From the first message to the last.
    pub(super) draining: Duration,
    /// At most since the restart, with all of the draining.
    pub(super) draining_bytes: u64,
    pub(super) disk: Disk,
}

/// What the store took on disk, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Disk {
    pub(super) empty: u64,
    pub(super) filled: u64,
    pub(super) drained: u64,
    /// A while later.
    pub(super) at_rest: u64,
}

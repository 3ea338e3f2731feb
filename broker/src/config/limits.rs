//! Bounds of the network side.

use std::time::Duration;

/// Bounds of the network side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerLimits {
    /// Client connections at once; further ones are closed at once. Default 1,000, the
    /// `maximumConnections` of ActiveMQ's stock configuration.
    pub max_connections: usize,
    /// Largest frame in bytes of a client that has logged in. Default 100 MiB, as ActiveMQ's stock
    /// configuration. Before the login it is 64 KiB.
    pub max_frame_bytes: u64,
    /// How long a new connection may take to introduce itself. Default 30 s, ActiveMQ's
    /// `connectAttemptTimeout`.
    pub handshake: Duration,
    /// A peer that says nothing for so long is taken for dead. Default 30 s, ActiveMQ's
    /// `maxInactivityDuration`; the smaller wish of both peers counts, zero switches it off.
    pub inactivity: Duration,
    /// Grace before the first look for a silent peer; the smaller wish of both peers counts. Default
    /// 10 s, ActiveMQ's `maxInactivityDurationInitalDelay`.
    pub initial_delay: Duration,
    /// A client that takes nothing of what is written to it for so long is cut off. Default 60 s;
    /// zero waits for ever.
    pub stalled: Duration,
    /// Memory of what is queued for a client that does not read, before nothing more is read from it
    /// either. Default 16 MiB; 64 KiB before it has logged in.
    pub max_outbound_bytes: usize,
    /// The same for all clients together, before none may have more than 256 KiB queued. Default
    /// 32 MiB.
    pub outbound_memory_bytes: usize,
    /// Memory of large frames that are being read, of all clients together; further ones wait. One
    /// that is larger than this has it for itself. Default 32 MiB.
    pub unfinished_bytes: usize,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            max_connections: 1000,
            max_frame_bytes: 100 * 1024 * 1024,
            handshake: Duration::from_secs(30),
            inactivity: Duration::from_secs(30),
            initial_delay: Duration::from_secs(10),
            stalled: Duration::from_secs(60),
            max_outbound_bytes: 16 * 1024 * 1024,
            outbound_memory_bytes: 32 * 1024 * 1024,
            unfinished_bytes: 32 * 1024 * 1024,
        }
    }
}

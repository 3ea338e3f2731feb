//! What a proxy does with bytes.

/// One of the two ways through the proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the client to the broker.
    Upstream,
    /// From the broker to the client.
    Downstream,
}

/// What happens to bytes on their way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// They pass.
    Pass,
    /// They are not read: the sender's buffers fill up, as before a peer that hangs.
    Stall,
    /// They are read and thrown away, as answers that are lost with their connection; on that nothing
    /// passes any more afterwards.
    Swallow,
    /// The receiver is told that no more will come, and no more comes; the other way stays open.
    HalfClose,
}

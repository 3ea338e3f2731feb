//! What two peers have agreed about their frames.

/// How frames are written on one connection, in both directions.
///
/// The default is what holds before negotiation: loose, uncached, with size prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WireFormat {
    /// OpenWire version, 1 to 12.
    pub version: u8,
    /// Tight encoding (bits first, short integers) instead of loose.
    pub tight: bool,
    /// Slots of the marshal cache of each direction; `None` without a cache.
    pub cache_slots: Option<u16>,
    /// Exceptions carry their stack trace and cause.
    pub stack_traces: bool,
    /// Frames begin with their size.
    pub size_prefix: bool,
}

impl Default for WireFormat {
    fn default() -> Self {
        Self { version: 1, tight: false, cache_slots: None, stack_traces: false, size_prefix: true }
    }
}

impl WireFormat {
    /// Newest version that exists.
    pub const MAX_VERSION: u8 = 12;
    /// The version in which ActiveMQ stores messages.
    pub const STORE_VERSION: u8 = 11;
    /// Cache slots when a size of 0 is agreed: half of what a short can count.
    pub const DEFAULT_CACHE_SLOTS: u16 = 16_383;
}

//! What two peers tell each other first, and what follows from it.
//!
//! Each side sends a `WireFormatInfo` at once: always loose, uncached and with a size prefix. All
//! frames after it, in both directions, follow what both sides can agree on.

mod agreed;
mod peer;
mod preferences;

pub use self::{agreed::Agreed, preferences::Preferences};

/// What `WireFormatInfo.magic` must be.
const MAGIC: [u8; 8] = *b"ActiveMQ";

/// Keys of the property map, spelled as ActiveMQ spells them.
mod key {
    pub(super) const STACK_TRACE: &str = "StackTraceEnabled";
    pub(super) const TCP_NO_DELAY: &str = "TcpNoDelayEnabled";
    pub(super) const CACHE: &str = "CacheEnabled";
    pub(super) const TIGHT: &str = "TightEncodingEnabled";
    pub(super) const NO_SIZE_PREFIX: &str = "SizePrefixDisabled";
    pub(super) const CACHE_SIZE: &str = "CacheSize";
    pub(super) const MAX_FRAME_SIZE: &str = "MaxFrameSize";
    pub(super) const MAX_FRAME_SIZE_ENABLED: &str = "MaxFrameSizeEnabled";
    pub(super) const INACTIVITY: &str = "MaxInactivityDuration";
    pub(super) const INITIAL_DELAY: &str = "MaxInactivityDurationInitalDelay";
    pub(super) const HOST: &str = "Host";
    pub(super) const PROVIDER_NAME: &str = "ProviderName";
    pub(super) const PROVIDER_VERSION: &str = "ProviderVersion";
    pub(super) const PLATFORM: &str = "PlatformDetails";
}

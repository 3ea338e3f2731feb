//! What two peers tell each other first, and what follows from it.
//!
//! Each side sends a `WireFormatInfo` at once: always loose, uncached and with a size prefix. All
//! frames after it, in both directions, follow what both sides can agree on.

use std::time::Duration;

use crate::{
    body::{PrimitiveMap, Value},
    codec::{Decoder, Encoder},
    command::{Command, WireFormatInfo},
    error::{DecodeError, DecodeFault, EncodeError},
    format::WireFormat,
    limits::Limits,
    text::Text,
    wire::Nested,
};

/// What `WireFormatInfo.magic` must be.
const MAGIC: [u8; 8] = *b"ActiveMQ";
/// Cache sizes at which Java's encoder never comes back: it keeps 100 slots free.
const HANGING_CACHE_SIZES: std::ops::Range<u16> = 1..101;

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

/// What one side would like. The defaults are ActiveMQ's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preferences {
    /// Highest OpenWire version to speak. Default 12; the lower one of both sides holds.
    pub version: u8,
    /// Send stack traces with exceptions. Default true; both sides must want it.
    pub stack_traces: bool,
    /// Turn Nagle's algorithm off. Default true; both sides must want it.
    pub tcp_no_delay: bool,
    /// Use the marshal cache. Default true; both sides must want it.
    pub cache: bool,
    /// Slots of the cache. Default 1024; the smaller one holds; 0 stands for 16,383.
    pub cache_slots: u16,
    /// Use the tight encoding. Default true; both sides must want it.
    pub tight: bool,
    /// Leave out the size of frames. Default false; both sides must want it. Streams cannot be
    /// decoded then, see [`Decoder::decode`].
    pub size_prefix_disabled: bool,
    /// Largest frame; 0 is no opinion. The smaller one holds. Default `i64::MAX`; 100 MiB in
    /// brokers, as in ActiveMQ's stock configuration.
    pub max_frame_bytes: u64,
    /// Enforce the frame limit on this side. Default true.
    pub max_frame_enforced: bool,
    /// Drop the connection after so long a silence. Default 30 s; the smaller one holds; zero turns
    /// the check off. Sent in milliseconds.
    pub max_inactivity: Duration,
    /// Time before the first check of inactivity. Default 10 s; the smaller one holds.
    pub initial_delay: Duration,
    /// The host that a client meant to reach. Default none.
    pub host: Option<Text>,
    /// Who made this peer.
    pub provider_name: Text,
    /// Which version of it.
    pub provider_version: Text,
    /// What it runs on.
    pub platform: Text,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            version: WireFormat::MAX_VERSION,
            stack_traces: true,
            tcp_no_delay: true,
            cache: true,
            cache_slots: 1024,
            tight: true,
            size_prefix_disabled: false,
            max_frame_bytes: i64::MAX.unsigned_abs(),
            max_frame_enforced: true,
            max_inactivity: Duration::from_secs(30),
            initial_delay: Duration::from_secs(10),
            host: None,
            provider_name: "RelaisMQ".into(),
            provider_version: env!("CARGO_PKG_VERSION").into(),
            platform: concat!("Rust, ", env!("CARGO_PKG_NAME")).into(),
        }
    }
}

impl Preferences {
    /// Those of a client that means to reach `host`.
    pub fn client(host: impl Into<Text>) -> Self {
        Self { host: Some(host.into()), ..Self::default() }
    }

    /// Those of a broker.
    pub fn broker() -> Self {
        Self { max_frame_bytes: Limits::default().max_frame_bytes, ..Self::default() }
    }

    /// The frame that tells the peer. Cache sizes on which Java peers hang are not offered: the
    /// cache is turned off then.
    ///
    /// # Errors
    /// [`EncodeError`] if one of the texts is longer than 65,535 bytes.
    pub fn to_info(&self) -> Result<WireFormatInfo, EncodeError> {
        let mut properties: PrimitiveMap = [
            (key::STACK_TRACE, self.stack_traces),
            (key::TCP_NO_DELAY, self.tcp_no_delay),
            (key::CACHE, self.offers_cache()),
            (key::TIGHT, self.tight),
            (key::NO_SIZE_PREFIX, self.size_prefix_disabled),
            (key::MAX_FRAME_SIZE_ENABLED, self.max_frame_enforced),
        ]
        .into_iter()
        .collect();
        properties.insert(key::CACHE_SIZE, i32::from(self.cache_slots));
        properties.insert(key::MAX_FRAME_SIZE, clamp(self.max_frame_bytes));
        properties.insert(key::INACTIVITY, millis(self.max_inactivity));
        properties.insert(key::INITIAL_DELAY, millis(self.initial_delay));
        properties.extend(self.host.clone().map(|host| (key::HOST, host)));
        properties.insert(key::PROVIDER_NAME, self.provider_name.clone());
        properties.insert(key::PROVIDER_VERSION, self.provider_version.clone());
        properties.insert(key::PLATFORM, self.platform.clone());
        Ok(WireFormatInfo {
            magic: MAGIC,
            version: self.version.into(),
            marshalled_properties: Some(properties.encode()?),
        })
    }

    /// What holds on the connection with a peer that sent `remote`.
    ///
    /// # Errors
    /// [`DecodeError`] if the peer does not speak OpenWire, or not any version of it that is known
    /// here, or if its properties are malformed.
    pub fn negotiate(&self, remote: &WireFormatInfo) -> Result<Agreed, DecodeError> {
        if remote.magic != MAGIC {
            return Err(DecodeError::new(DecodeFault::BadMagic, 0));
        }
        let version = match u8::try_from(remote.version) {
            Ok(version @ 1..) => version.min(self.version).min(WireFormat::MAX_VERSION),
            Err(_) if remote.version > 0 => self.version.min(WireFormat::MAX_VERSION),
            _ => return Err(DecodeError::new(DecodeFault::BadVersion(remote.version), 0)),
        };
        let theirs = Theirs::of(remote)?;
        let cache = self.offers_cache() && theirs.flag(key::CACHE)?;
        Ok(Agreed {
            format: WireFormat {
                version,
                tight: self.tight && theirs.flag(key::TIGHT)?,
                cache_slots: self.cache_slots(theirs.int(key::CACHE_SIZE)?).filter(|_| cache),
                stack_traces: self.stack_traces && theirs.flag(key::STACK_TRACE)?,
                size_prefix: !(self.size_prefix_disabled && theirs.flag(key::NO_SIZE_PREFIX)?),
            },
            tcp_no_delay: self.tcp_no_delay && theirs.flag(key::TCP_NO_DELAY)?,
            max_frame_bytes: self.max_frame_bytes(theirs.long(key::MAX_FRAME_SIZE)?),
            max_inactivity: theirs.duration(key::INACTIVITY)?.min(self.max_inactivity),
            initial_delay: theirs.duration(key::INITIAL_DELAY)?.min(self.initial_delay),
            provider_name: theirs.text(key::PROVIDER_NAME),
            provider_version: theirs.text(key::PROVIDER_VERSION),
            platform: theirs.text(key::PLATFORM),
            host: theirs.text(key::HOST),
        })
    }

    fn offers_cache(&self) -> bool {
        self.cache && !HANGING_CACHE_SIZES.contains(&self.cache_slots)
    }

    /// The smaller number of slots, where 0 and less stand for the default.
    fn cache_slots(&self, theirs: i32) -> Option<u16> {
        let most = i16::MAX.unsigned_abs();
        match u16::try_from(theirs).unwrap_or(if theirs < 0 { 0 } else { most }) {
            0 => Some(WireFormat::DEFAULT_CACHE_SLOTS),
            theirs => Some(match self.cache_slots.min(theirs).min(most) {
                0 => WireFormat::DEFAULT_CACHE_SLOTS,
                slots => slots,
            }),
        }
    }

    /// The smaller limit, where one of 0 or less is no opinion; none at all if it is not enforced.
    fn max_frame_bytes(&self, theirs: i64) -> u64 {
        let limits = [self.max_frame_bytes, theirs.try_into().unwrap_or(0)];
        let smallest = limits.into_iter().filter(|limit| *limit > 0).min();
        smallest.filter(|_| self.max_frame_enforced).unwrap_or(u64::MAX)
    }
}

/// What holds on a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// How frames are written in both directions.
    pub format: WireFormat,
    /// Turn Nagle's algorithm off.
    pub tcp_no_delay: bool,
    /// Largest frame; `u64::MAX` if neither side has an opinion or this side does not enforce it.
    pub max_frame_bytes: u64,
    /// Silence after which the connection is dropped; a keep-alive is due after a third of it. Zero:
    /// never.
    pub max_inactivity: Duration,
    /// Time before the first check of inactivity.
    pub initial_delay: Duration,
    /// Who made the peer.
    pub provider_name: Option<Text>,
    /// Which version of it.
    pub provider_version: Option<Text>,
    /// What it runs on.
    pub platform: Option<Text>,
    /// The host that the peer meant to reach.
    pub host: Option<Text>,
}

impl Agreed {
    /// An encoder for this connection, with an empty cache.
    pub fn encoder(&self) -> Encoder {
        Encoder::new(self.format, self.max_frame_bytes)
    }

    /// A decoder for this connection, with an empty cache.
    pub fn decoder(&self) -> Decoder {
        Decoder::new(self.format, self.limits())
    }

    /// The default limits, with the frame limit agreed. A peer's larger limit never raises ours: the
    /// smaller one of both was agreed.
    pub fn limits(&self) -> Limits {
        Limits { max_frame_bytes: self.max_frame_bytes, ..Limits::default() }
    }
}

impl WireFormatInfo {
    /// The first command of a peer, which must be this one.
    ///
    /// # Errors
    /// [`DecodeFault::NotNegotiated`] if it is another.
    pub fn from_first(command: Command) -> Result<Self, DecodeError> {
        match command {
            Command::WireFormatInfo(info) => Ok(info),
            other => Err(DecodeError::new(DecodeFault::NotNegotiated(other.name()), 0)),
        }
    }

    /// The properties that the peer sent.
    ///
    /// # Errors
    /// [`DecodeError`] if they are malformed.
    pub fn properties(&self) -> Result<PrimitiveMap, DecodeError> {
        match &self.marshalled_properties {
            Some(bytes) => PrimitiveMap::decode(bytes),
            None => Ok(PrimitiveMap::new()),
        }
    }
}

/// The properties of a peer. What is absent is false or 0; Java fails on wrong types, so do we.
struct Theirs(PrimitiveMap);

impl Theirs {
    fn of(info: &WireFormatInfo) -> Result<Self, DecodeError> {
        info.properties()
            .map(Self)
            .map_err(|error| error.within(WireFormatInfo::EXPECTED, "marshalledProperties"))
    }

    fn typed<T: Default>(
        &self,
        key: &'static str,
        take: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<T, DecodeError> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(T::default()),
            Some(value) => {
                take(value).ok_or_else(|| DecodeError::new(DecodeFault::BadProperty { key }, 0))
            }
        }
    }

    fn flag(&self, key: &'static str) -> Result<bool, DecodeError> {
        self.typed(key, Value::as_bool)
    }

    fn int(&self, key: &'static str) -> Result<i32, DecodeError> {
        self.typed(key, |value| match value {
            Value::Int(value) => Some(*value),
            _ => None,
        })
    }

    fn long(&self, key: &'static str) -> Result<i64, DecodeError> {
        self.typed(key, |value| match value {
            Value::Long(value) => Some(*value),
            _ => None,
        })
    }

    /// Milliseconds; less than none are none.
    fn duration(&self, key: &'static str) -> Result<Duration, DecodeError> {
        self.long(key).map(|millis| Duration::from_millis(millis.try_into().unwrap_or(0)))
    }

    /// For information only, so that a wrong type does no harm.
    fn text(&self, key: &'static str) -> Option<Text> {
        self.0.get(key).and_then(Value::as_text).cloned()
    }
}

fn clamp(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

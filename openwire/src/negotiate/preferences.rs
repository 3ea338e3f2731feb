//! What this side would like.

use std::time::Duration;

use super::{Agreed, MAGIC, key, peer::Theirs};
use crate::{
    body::PrimitiveMap,
    command::WireFormatInfo,
    error::{DecodeError, EncodeError},
    format::WireFormat,
    limits::Limits,
    text::Text,
};

/// Cache sizes at which Java's encoder never comes back: it keeps 100 slots free.
const HANGING_CACHE_SIZES: std::ops::Range<u16> = 1..101;

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
    /// decoded then, see [`Decoder::decode`](crate::Decoder::decode).
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
        let theirs = Theirs::of(remote)?;
        let cache = self.offers_cache() && theirs.flag(key::CACHE)?;
        Ok(Agreed {
            format: WireFormat {
                version: self.version.clamp(1, theirs.version),
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

/// What the sender of an info prefers: for whoever looks on at a connection of others.
impl TryFrom<&WireFormatInfo> for Preferences {
    type Error = DecodeError;

    fn try_from(info: &WireFormatInfo) -> Result<Self, DecodeError> {
        let theirs = Theirs::of(info)?;
        let slots = theirs.int(key::CACHE_SIZE)?;
        Ok(Self {
            version: theirs.version,
            stack_traces: theirs.flag(key::STACK_TRACE)?,
            tcp_no_delay: theirs.flag(key::TCP_NO_DELAY)?,
            cache: theirs.flag(key::CACHE)?,
            cache_slots: slots.clamp(0, i16::MAX.into()).try_into().unwrap_or_default(),
            tight: theirs.flag(key::TIGHT)?,
            size_prefix_disabled: theirs.flag(key::NO_SIZE_PREFIX)?,
            max_frame_bytes: theirs.long(key::MAX_FRAME_SIZE)?.try_into().unwrap_or(0),
            max_frame_enforced: theirs.flag(key::MAX_FRAME_SIZE_ENABLED)?,
            max_inactivity: theirs.duration(key::INACTIVITY)?,
            initial_delay: theirs.duration(key::INITIAL_DELAY)?,
            host: theirs.text(key::HOST),
            provider_name: theirs.text(key::PROVIDER_NAME).unwrap_or_default(),
            provider_version: theirs.text(key::PROVIDER_VERSION).unwrap_or_default(),
            platform: theirs.text(key::PLATFORM).unwrap_or_default(),
        })
    }
}

fn clamp(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{body::Value, error::DecodeFault};

    fn info(properties: &[(&str, Value)]) -> WireFormatInfo {
        let properties: PrimitiveMap = properties.iter().cloned().collect();
        WireFormatInfo {
            magic: MAGIC,
            version: 12,
            marshalled_properties: Some(properties.encode().unwrap()),
        }
    }

    #[test]
    fn two_sides_of_this_library_agree_on_the_defaults_of_activemq() {
        let client = Preferences::client("host").to_info().unwrap();
        let agreed = Preferences::broker().negotiate(&client).unwrap();
        assert_eq!(
            agreed.format,
            WireFormat {
                version: 12,
                tight: true,
                cache_slots: Some(1024),
                stack_traces: true,
                size_prefix: true,
            }
        );
        assert_eq!(agreed.max_frame_bytes, 100 * 1024 * 1024);
        assert_eq!(agreed.max_inactivity, Duration::from_secs(30));
        assert_eq!(agreed.initial_delay, Duration::from_secs(10));
        assert_eq!(agreed.host.as_deref(), Some("host"));
        assert_eq!(Preferences::try_from(&client).unwrap(), Preferences::client("host"));
    }

    #[test]
    fn a_peer_that_says_nothing_gets_the_plainest_format() {
        let silent = WireFormatInfo { magic: MAGIC, version: 3, marshalled_properties: None };
        let agreed = Preferences::default().negotiate(&silent).unwrap();
        assert_eq!(agreed.format, WireFormat { version: 3, ..WireFormat::default() });
        assert_eq!(agreed.max_inactivity, Duration::ZERO);
    }

    #[test]
    fn cache_sizes_on_which_java_hangs_are_not_offered() {
        for cache_slots in [1, 50, 100] {
            let preferences = Preferences { cache_slots, ..Preferences::default() };
            let offered = preferences.to_info().unwrap().properties().unwrap();
            assert_eq!(offered.get(key::CACHE), Some(&Value::Boolean(false)));
            let remote = Preferences::default().to_info().unwrap();
            assert_eq!(preferences.negotiate(&remote).unwrap().format.cache_slots, None);
        }
    }

    #[test]
    fn properties_of_a_wrong_type_are_named() {
        for (key, value) in [
            (key::CACHE_SIZE, Value::Long(1024)),
            (key::MAX_FRAME_SIZE, Value::Int(1024)),
            (key::TIGHT, Value::from("true")),
        ] {
            let error = Preferences::default().negotiate(&info(&[(key, value)])).unwrap_err();
            assert_eq!(error.fault(), &DecodeFault::BadProperty { key });
        }
    }

    #[test]
    fn strangers_are_told_apart_from_old_peers() {
        let fault = |info: &WireFormatInfo| {
            Preferences::default().negotiate(info).unwrap_err().fault().clone()
        };
        let stranger = WireFormatInfo { magic: *b"HTTP/1.1", ..info(&[]) };
        assert_eq!(fault(&stranger), DecodeFault::BadMagic);
        let ancient = WireFormatInfo { version: 0, ..info(&[]) };
        assert_eq!(fault(&ancient), DecodeFault::BadVersion(0));
    }
}

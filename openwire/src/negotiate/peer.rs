//! What the other side has said.

use std::time::Duration;

use super::MAGIC;
use crate::{
    body::{PrimitiveMap, Value},
    command::{Command, WireFormatInfo},
    error::{DecodeError, DecodeFault},
    format::WireFormat,
    text::Text,
    wire::Nested,
};

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

/// What a peer has said. Properties that are absent are false or 0; Java fails on those of a wrong
/// type, and so does this.
pub(super) struct Theirs {
    /// At most the newest that is known here.
    pub(super) version: u8,
    properties: PrimitiveMap,
}

impl Theirs {
    pub(super) fn of(info: &WireFormatInfo) -> Result<Self, DecodeError> {
        if info.magic != MAGIC {
            return Err(DecodeError::new(DecodeFault::BadMagic, 0));
        }
        if info.version < 1 {
            return Err(DecodeError::new(DecodeFault::BadVersion(info.version), 0));
        }
        let version = info.version.min(WireFormat::MAX_VERSION.into());
        let properties = info
            .properties()
            .map_err(|error| error.within(WireFormatInfo::EXPECTED, "marshalledProperties"))?;
        Ok(Self { version: version.try_into().unwrap_or(WireFormat::MAX_VERSION), properties })
    }

    fn typed<T: Default>(
        &self,
        key: &'static str,
        take: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<T, DecodeError> {
        match self.properties.get(key) {
            None | Some(Value::Null) => Ok(T::default()),
            Some(value) => {
                take(value).ok_or_else(|| DecodeError::new(DecodeFault::BadProperty { key }, 0))
            }
        }
    }

    pub(super) fn flag(&self, key: &'static str) -> Result<bool, DecodeError> {
        self.typed(key, Value::as_bool)
    }

    pub(super) fn int(&self, key: &'static str) -> Result<i32, DecodeError> {
        self.typed(key, |value| match value {
            Value::Int(value) => Some(*value),
            _ => None,
        })
    }

    pub(super) fn long(&self, key: &'static str) -> Result<i64, DecodeError> {
        self.typed(key, |value| match value {
            Value::Long(value) => Some(*value),
            _ => None,
        })
    }

    /// Milliseconds; less than none are none.
    pub(super) fn duration(&self, key: &'static str) -> Result<Duration, DecodeError> {
        self.long(key).map(|millis| Duration::from_millis(millis.try_into().unwrap_or(0)))
    }

    /// For information only, so that a wrong type does no harm.
    pub(super) fn text(&self, key: &'static str) -> Option<Text> {
        self.properties.get(key).and_then(Value::as_text).cloned()
    }
}

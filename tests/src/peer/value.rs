//! JMS values with their types.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// A property, or an entry of a map or stream body. Compares bit by bit, so that NaN equals itself.
#[derive(Debug, Clone)]
pub enum JmsValue {
    /// No value.
    Null,
    /// `boolean`
    Boolean(bool),
    /// `byte`
    Byte(i8),
    /// `short`
    Short(i16),
    /// `int`
    Int(i32),
    /// `long`
    Long(i64),
    /// `float`
    Float(f32),
    /// `double`
    Double(f64),
    /// `char`, a UTF-16 code unit.
    Char(u16),
    /// `String`
    String(String),
    /// `byte[]`
    Bytes(Vec<u8>),
    /// `Map`, an extension of ActiveMQ.
    Map(BTreeMap<String, Self>),
    /// `List`, an extension of ActiveMQ.
    List(Vec<Self>),
}

impl JmsValue {
    /// The pair of type and value that the Java side reads.
    pub(crate) fn to_json(&self) -> Value {
        match self {
            Self::Null => json!(["null", null]),
            Self::Boolean(value) => json!(["boolean", value]),
            Self::Byte(value) => json!(["byte", value]),
            Self::Short(value) => json!(["short", value]),
            Self::Int(value) => json!(["int", value]),
            Self::Long(value) => json!(["long", value]),
            Self::Float(value) => json!(["float", java_float(f64::from(*value), value)]),
            Self::Double(value) => json!(["double", java_float(*value, value)]),
            Self::Char(value) => json!(["char", value]),
            Self::String(value) => json!(["string", value]),
            Self::Bytes(value) => json!(["bytes", to_hex(value)]),
            Self::Map(entries) => json!(["map", named(entries)]),
            Self::List(values) => {
                json!(["list", values.iter().map(Self::to_json).collect::<Vec<_>>()])
            }
        }
    }

    /// Reads such a pair; `None` when it is none.
    pub(crate) fn from_json(pair: &Value) -> Option<Self> {
        let value = pair.get(1)?;
        Some(match pair.get(0)?.as_str()? {
            "null" => Self::Null,
            "boolean" => Self::Boolean(value.as_bool()?),
            "byte" => Self::Byte(integer(value)?),
            "short" => Self::Short(integer(value)?),
            "int" => Self::Int(integer(value)?),
            "long" => Self::Long(integer(value)?),
            "float" => Self::Float(value.as_str()?.parse().ok()?),
            "double" => Self::Double(value.as_str()?.parse().ok()?),
            "char" => Self::Char(integer(value)?),
            "string" => Self::String(value.as_str()?.to_owned()),
            "bytes" => Self::Bytes(from_hex(value.as_str()?)?),
            "map" => Self::Map(values(value)?),
            "list" => {
                Self::List(value.as_array()?.iter().map(Self::from_json).collect::<Option<_>>()?)
            }
            _ => return None,
        })
    }
}

impl PartialEq for JmsValue {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Boolean(one), Self::Boolean(two)) => one == two,
            (Self::Byte(one), Self::Byte(two)) => one == two,
            (Self::Short(one), Self::Short(two)) => one == two,
            (Self::Int(one), Self::Int(two)) => one == two,
            (Self::Long(one), Self::Long(two)) => one == two,
            (Self::Float(one), Self::Float(two)) => one.to_bits() == two.to_bits(),
            (Self::Double(one), Self::Double(two)) => one.to_bits() == two.to_bits(),
            (Self::Char(one), Self::Char(two)) => one == two,
            (Self::String(one), Self::String(two)) => one == two,
            (Self::Bytes(one), Self::Bytes(two)) => one == two,
            (Self::Map(one), Self::Map(two)) => one == two,
            (Self::List(one), Self::List(two)) => one == two,
            _ => false,
        }
    }
}

impl From<&str> for JmsValue {
    fn from(value: &str) -> Self {
        Self::String(value.to_owned())
    }
}

impl From<i32> for JmsValue {
    fn from(value: i32) -> Self {
        Self::Int(value)
    }
}

impl From<bool> for JmsValue {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

fn integer<T: TryFrom<i64>>(value: &Value) -> Option<T> {
    T::try_from(value.as_i64()?).ok()
}

/// Java reads `Infinity` where Rust writes `inf`; finite numbers and `NaN` look alike.
fn java_float(value: f64, text: &impl std::fmt::Display) -> String {
    match (value.is_infinite(), value > 0.0) {
        (false, _) => text.to_string(),
        (true, true) => "Infinity".to_owned(),
        (true, false) => "-Infinity".to_owned(),
    }
}

pub(crate) fn named(values: &BTreeMap<String, JmsValue>) -> Value {
    values.iter().map(|(name, value)| (name.clone(), value.to_json())).collect::<Map<_, _>>().into()
}

pub(crate) fn values(object: &Value) -> Option<BTreeMap<String, JmsValue>> {
    let entries = object.as_object()?.iter();
    entries.map(|(name, pair)| Some((name.clone(), JmsValue::from_json(pair)?))).collect()
}

pub(crate) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| match pair {
            [high, low] => u8::try_from(digit(high)? * 16 + digit(low)?).ok(),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_survives_json() {
        let values = [
            JmsValue::Null,
            JmsValue::Boolean(true),
            JmsValue::Byte(i8::MIN),
            JmsValue::Short(i16::MAX),
            JmsValue::Int(i32::MIN),
            JmsValue::Long(i64::MAX),
            JmsValue::Float(f32::MIN_POSITIVE),
            JmsValue::Double(f64::NAN),
            JmsValue::Double(f64::NEG_INFINITY),
            JmsValue::Char(0xd83d),
            JmsValue::String("é€😀\0".to_owned()),
            JmsValue::Bytes(vec![0, 0xff, 0x10]),
            JmsValue::List(vec![JmsValue::Map([("a".to_owned(), JmsValue::Null)].into())]),
        ];
        for value in values {
            assert_eq!(JmsValue::from_json(&value.to_json()), Some(value));
        }
    }

    #[test]
    fn odd_or_foreign_digits_are_no_bytes() {
        assert_eq!(from_hex("0"), None);
        assert_eq!(from_hex("0g"), None);
        assert_eq!(from_hex(""), Some(Vec::new()));
    }
}

//! Values as the types an application wants, converted as JMS converts them.

use bytes::Bytes;
use relaismq_openwire::{Text, Value};

/// A type that a property or value can be had as.
///
/// Conversions are those of JMS: numbers widen and never narrow, numbers and truth values are read
/// from text, and everything but bytes can be shown as text. Not to be implemented outside.
pub trait FromValue: Sized + sealed::Sealed {
    /// The value as this type, or `None` if it cannot be had so.
    fn from_value(value: &Value) -> Option<Self>;
}

mod sealed {
    #[expect(unnameable_types, reason = "what cannot be named cannot be implemented")]
    pub trait Sealed {}
}

macro_rules! from_value {
    ($($type:ty: |$value:ident| $convert:expr;)*) => { $(
        impl sealed::Sealed for $type {}
        impl FromValue for $type {
            fn from_value($value: &Value) -> Option<Self> {
                $convert
            }
        }
    )* };
}

from_value! {
    Value: |value| Some(value.clone());
    bool: |value| match value {
        Value::Boolean(it) => Some(*it),
        Value::Text(text) => Some(text.eq_ignore_ascii_case("true")),
        _ => None,
    };
    i8: |value| match value {
        Value::Byte(it) => Some(*it),
        other => parsed(other),
    };
    i16: |value| match value {
        Value::Byte(it) => Some((*it).into()),
        Value::Short(it) => Some(*it),
        other => parsed(other),
    };
    i32: |value| match value {
        Value::Byte(it) => Some((*it).into()),
        Value::Short(it) => Some((*it).into()),
        Value::Int(it) => Some(*it),
        other => parsed(other),
    };
    i64: |value| value.as_i64().or_else(|| parsed(value));
    f32: |value| match value {
        Value::Float(it) => Some(*it),
        other => parsed(other),
    };
    f64: |value| match value {
        Value::Float(it) => Some((*it).into()),
        Value::Double(it) => Some(*it),
        other => parsed(other),
    };
    Bytes: |value| match value {
        Value::Bytes(bytes) => Some(bytes.clone()),
        _ => None,
    };
    Text: |value| match value {
        Value::Text(text) => Some(text.clone()),
        other => shown(other).map(Self::from),
    };
    String: |value| match value {
        Value::Text(text) => Some(text.as_str().to_owned()),
        other => shown(other),
    };
}

fn parsed<T: std::str::FromStr>(value: &Value) -> Option<T> {
    value.as_text()?.trim().parse().ok()
}

fn shown(value: &Value) -> Option<String> {
    Some(match value {
        Value::Boolean(it) => it.to_string(),
        Value::Byte(it) => it.to_string(),
        Value::Short(it) => it.to_string(),
        Value::Int(it) => it.to_string(),
        Value::Long(it) => it.to_string(),
        Value::Float(it) => it.to_string(),
        Value::Double(it) => it.to_string(),
        Value::Char(unit) => String::from_utf16_lossy(&[*unit]),
        Value::Text(text) => text.as_str().to_owned(),
        Value::Null | Value::Bytes(_) | Value::Map(_) | Value::List(_) => return None,
    })
}

//! Values that name their own type: properties, entries of map messages, items of stream messages.

use bytes::Bytes;

use super::map::PrimitiveMap;
use crate::text::Text;

/// A typed value.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// Java's null.
    #[default]
    Null,
    /// True or false.
    Boolean(bool),
    /// 8 bits.
    Byte(i8),
    /// One UTF-16 unit.
    Char(u16),
    /// 16 bits.
    Short(i16),
    /// 32 bits.
    Int(i32),
    /// 64 bits.
    Long(i64),
    /// Single precision; the bits of a NaN are kept.
    Float(f32),
    /// Double precision; the bits of a NaN are kept.
    Double(f64),
    /// Text of any length.
    Text(Text),
    /// Raw bytes.
    Bytes(Bytes),
    /// Named values.
    Map(PrimitiveMap),
    /// A sequence of values.
    List(Vec<Self>),
}

impl Value {
    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&Text> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A whole number of any width.
    pub fn as_i64(&self) -> Option<i64> {
        match *self {
            Self::Byte(value) => Some(value.into()),
            Self::Short(value) => Some(value.into()),
            Self::Int(value) => Some(value.into()),
            Self::Long(value) => Some(value),
            _ => None,
        }
    }

    /// The truth value, if it is one.
    pub const fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Boolean(value) => Some(*value),
            _ => None,
        }
    }
}

/// Values out of plain Rust values.
macro_rules! values_from {
    ($($type:ty => $variant:ident),* $(,)?) => { $(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(value.into())
            }
        }
    )* };
}

values_from!(
    bool => Boolean, i8 => Byte, i16 => Short, i32 => Int, i64 => Long, f32 => Float, f64 => Double,
    &str => Text, String => Text, Text => Text, Bytes => Bytes, Vec<u8> => Bytes,
    PrimitiveMap => Map, Vec<Self> => List,
);

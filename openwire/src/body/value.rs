//! Values that name their own type: properties, entries of map messages, items of stream messages;
//! and maps of names to them, as they stand in properties, map messages and `WireFormatInfo`.

use bytes::Bytes;

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

/// Named values in the order of their sender. Small: a name is found by looking at each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PrimitiveMap {
    pub(super) entries: Vec<(Text, Value)>,
}

impl PrimitiveMap {
    /// An empty map.
    pub fn new() -> Self {
        Self::default()
    }

    /// The value called `name`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        // The last of a name counts, as when Java fills its map.
        self.entries.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// Sets a value, in the place of an earlier one of that name, or at the end.
    pub fn insert(&mut self, name: impl Into<Text>, value: impl Into<Value>) {
        let (name, value) = (name.into(), value.into());
        match self.entries.iter_mut().rev().find(|(key, _)| *key == name) {
            Some((_, place)) => *place = value,
            None => self.entries.push((name, value)),
        }
    }

    /// Takes a value out.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let found = self.get(name).cloned();
        self.entries.retain(|(key, _)| key != name);
        found
    }

    /// Names and values in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Text, &Value)> {
        self.entries.iter().map(|(name, value)| (name, value))
    }

    /// Number of entries.
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// No entries.
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl<N: Into<Text>, V: Into<Value>> FromIterator<(N, V)> for PrimitiveMap {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        map.extend(entries);
        map
    }
}

impl<N: Into<Text>, V: Into<Value>> Extend<(N, V)> for PrimitiveMap {
    fn extend<I: IntoIterator<Item = (N, V)>>(&mut self, entries: I) {
        for (name, value) in entries {
            self.insert(name, value);
        }
    }
}

impl IntoIterator for PrimitiveMap {
    type Item = (Text, Value);
    type IntoIter = std::vec::IntoIter<(Text, Value)>;
    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

//! Maps of names to values, as they stand in properties, map messages and `WireFormatInfo`.

use bytes::{Bytes, BytesMut};

use super::{
    coding::{put_count, read_short_text, write_short_text},
    value::Value,
};
use crate::{
    error::{DecodeError, EncodeError},
    text::{self, Text},
    wire::cursor::Cursor,
};

/// Fewest bytes of an entry: the length of its name, and a tag.
const MIN_ENTRY: usize = 3;

/// Named values in the order of their sender. Small: a name is found by looking at each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PrimitiveMap {
    entries: Vec<(Text, Value)>,
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

    /// The map as bytes.
    ///
    /// # Errors
    /// [`EncodeError`] for a name of more than 65,535 bytes.
    pub fn encode(&self) -> Result<Bytes, EncodeError> {
        let mut out = BytesMut::new();
        self.write(&mut out)?;
        Ok(out.freeze())
    }

    /// Reads a map; Java's null map is empty here. Bytes behind the map are not looked at.
    ///
    /// # Errors
    /// [`DecodeError`] with the offset from the start of `bytes`.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Ok(Self::read(&mut Cursor::new(bytes), 0)?.unwrap_or_default())
    }

    /// The value called `name` in an encoded map, without decoding the others.
    pub(crate) fn find(bytes: &[u8], name: &str) -> Result<Option<Value>, DecodeError> {
        let mut cursor = Cursor::new(bytes);
        let mut found = None;
        for _ in 0..cursor.optional_count(MIN_ENTRY)?.unwrap_or_default() {
            let length = cursor.u16()?;
            let key = cursor.take(length.into())?;
            if is_name(key, name) {
                found = Some(Value::read(&mut cursor, 0)?);
            } else {
                Value::skip(&mut cursor, 0)?;
            }
        }
        Ok(found)
    }

    pub(crate) fn write(&self, out: &mut BytesMut) -> Result<(), EncodeError> {
        put_count(self.entries.len(), out)?;
        self.entries.iter().try_for_each(|(name, value)| {
            write_short_text("the name of a value", name, out)?;
            value.write(out)
        })
    }

    /// `None` for the null map.
    pub(crate) fn read(cursor: &mut Cursor<'_>, depth: usize) -> Result<Option<Self>, DecodeError> {
        let Some(count) = cursor.optional_count(MIN_ENTRY)? else { return Ok(None) };
        let mut entries = Vec::with_capacity(count.min(64));
        for _ in 0..count {
            let name = read_short_text(cursor)?;
            entries.push((name, Value::read(cursor, depth)?));
        }
        Ok(Some(Self { entries }))
    }
}

/// Compares without decoding where the bytes allow it. Java reads overlong forms, so that a plain name
/// may be written in other bytes than its own.
fn is_name(key: &[u8], name: &str) -> bool {
    if key.is_ascii() {
        return key == name.as_bytes();
    }
    text::read_either_utf8(key).is_some_and(|key| key == name)
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

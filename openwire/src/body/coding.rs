//! Values as bytes: a tag, then data; and maps of them: each name, then its value.

use bytes::{BufMut, Bytes, BytesMut};

use super::{
    counted::{put_count, read_long_text, read_short_text, write_long_text, write_short_text},
    value::{PrimitiveMap, Value},
};
use crate::{
    error::{DecodeError, DecodeFault, EncodeError},
    text,
    wire::{cursor::Cursor, put_sized},
};

/// Maps and lists inside one another, at most. Source: ActiveMQ's limit for messages.
const MAX_DEPTH: usize = 127;
/// From so many UTF-16 units on, Java writes text with a 32-bit length.
const BIG_TEXT_UNITS: usize = 8_191;

/// Fewest bytes of an entry of a map: the length of its name, and a tag.
const MIN_ENTRY: usize = 3;

/// The byte in front of a value.
mod tag {
    pub(super) const NULL: u8 = 0;
    pub(super) const BOOLEAN: u8 = 1;
    pub(super) const BYTE: u8 = 2;
    pub(super) const CHAR: u8 = 3;
    pub(super) const SHORT: u8 = 4;
    pub(super) const INT: u8 = 5;
    pub(super) const LONG: u8 = 6;
    pub(super) const DOUBLE: u8 = 7;
    pub(super) const FLOAT: u8 = 8;
    pub(super) const TEXT: u8 = 9;
    pub(super) const BYTES: u8 = 10;
    pub(super) const MAP: u8 = 11;
    pub(super) const LIST: u8 = 12;
    pub(super) const BIG_TEXT: u8 = 13;
}

impl Value {
    /// Appends tag and data.
    pub(crate) fn write(&self, out: &mut BytesMut) -> Result<(), EncodeError> {
        out.put_u8(self.tag());
        match self {
            Self::Null => {}
            Self::Boolean(value) => out.put_u8((*value).into()),
            Self::Byte(value) => out.put_i8(*value),
            Self::Char(value) => out.put_u16(*value),
            Self::Short(value) => out.put_i16(*value),
            Self::Int(value) => out.put_i32(*value),
            Self::Long(value) => out.put_i64(*value),
            Self::Float(value) => out.put_f32(*value),
            Self::Double(value) => out.put_f64(*value),
            Self::Text(value) if is_big(value) => return write_long_text(value, out),
            Self::Text(value) => return write_short_text("a text value", value, out),
            Self::Bytes(value) => return put_sized(out, value),
            Self::Map(map) => return map.write(out),
            Self::List(values) => {
                put_count(values.len(), out)?;
                return values.iter().try_for_each(|value| value.write(out));
            }
        }
        Ok(())
    }

    fn tag(&self) -> u8 {
        match self {
            Self::Null => tag::NULL,
            Self::Boolean(_) => tag::BOOLEAN,
            Self::Byte(_) => tag::BYTE,
            Self::Char(_) => tag::CHAR,
            Self::Short(_) => tag::SHORT,
            Self::Int(_) => tag::INT,
            Self::Long(_) => tag::LONG,
            Self::Float(_) => tag::FLOAT,
            Self::Double(_) => tag::DOUBLE,
            Self::Text(value) if is_big(value) => tag::BIG_TEXT,
            Self::Text(_) => tag::TEXT,
            Self::Bytes(_) => tag::BYTES,
            Self::Map(_) => tag::MAP,
            Self::List(_) => tag::LIST,
        }
    }

    /// Reads tag and data; `depth` maps and lists are around it already.
    pub(crate) fn read(cursor: &mut Cursor<'_>, depth: usize) -> Result<Self, DecodeError> {
        let at = cursor.position();
        Ok(match cursor.u8()? {
            tag::NULL => Self::Null,
            tag::BOOLEAN => Self::Boolean(cursor.u8()? != 0),
            tag::BYTE => Self::Byte(i8::from_be_bytes(cursor.array()?)),
            tag::CHAR => Self::Char(cursor.u16()?),
            tag::SHORT => Self::Short(cursor.i16()?),
            tag::INT => Self::Int(cursor.i32()?),
            tag::LONG => Self::Long(cursor.i64()?),
            tag::FLOAT => Self::Float(f32::from_bits(cursor.u32()?)),
            tag::DOUBLE => Self::Double(f64::from_be_bytes(cursor.array()?)),
            tag::TEXT => Self::Text(read_short_text(cursor)?),
            tag::BIG_TEXT => Self::Text(read_long_text(cursor)?),
            tag::BYTES => Self::Bytes(Bytes::copy_from_slice(cursor.sized()?)),
            tag::MAP => {
                PrimitiveMap::read(cursor, deeper(cursor, depth)?)?.map_or(Self::Null, Self::Map)
            }
            tag::LIST => Self::read_list(cursor, deeper(cursor, depth)?)?,
            unknown => return Err(DecodeError::new(DecodeFault::UnknownTag(unknown), at)),
        })
    }

    fn read_list(cursor: &mut Cursor<'_>, depth: usize) -> Result<Self, DecodeError> {
        let count = cursor.count(1)?;
        let mut values = Vec::with_capacity(count.min(64));
        for _ in 0..count {
            values.push(Self::read(cursor, depth)?);
        }
        Ok(Self::List(values))
    }

    /// Passes over tag and data.
    pub(crate) fn skip(cursor: &mut Cursor<'_>, depth: usize) -> Result<(), DecodeError> {
        let at = cursor.position();
        let length = match cursor.u8()? {
            tag::NULL => 0,
            tag::BOOLEAN | tag::BYTE => 1,
            tag::CHAR | tag::SHORT => 2,
            tag::INT | tag::FLOAT => 4,
            tag::LONG | tag::DOUBLE => 8,
            tag::TEXT => cursor.u16()?.into(),
            tag::BIG_TEXT | tag::BYTES => cursor.length()?,
            tag::MAP => {
                return PrimitiveMap::read(cursor, deeper(cursor, depth)?).map(|_| ());
            }
            tag::LIST => return Self::read_list(cursor, deeper(cursor, depth)?).map(|_| ()),
            unknown => return Err(DecodeError::new(DecodeFault::UnknownTag(unknown), at)),
        };
        cursor.take(length).map(|_| ())
    }
}

impl PrimitiveMap {
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

fn deeper(cursor: &Cursor<'_>, depth: usize) -> Result<usize, DecodeError> {
    if depth >= MAX_DEPTH {
        return Err(cursor.error(DecodeFault::TooDeep { limit: MAX_DEPTH }));
    }
    Ok(depth + 1)
}

/// Counts UTF-16 units only where the number of bytes leaves the answer open.
fn is_big(text: &str) -> bool {
    text.len() >= BIG_TEXT_UNITS && text.encode_utf16().count() >= BIG_TEXT_UNITS
}

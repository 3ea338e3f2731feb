//! Texts behind their length, and the counts of lists and maps.

use bytes::{BufMut, BytesMut};

use crate::{
    error::{DecodeError, DecodeFault, EncodeError},
    text::{self, Modified, Text},
    wire::cursor::Cursor,
};

pub(super) fn put_count(count: usize, out: &mut BytesMut) -> Result<(), EncodeError> {
    let limit = i32::MAX.unsigned_abs() as usize;
    let error = EncodeError::ArrayTooLong { field: "a list or map", length: count, limit };
    out.put_i32(i32::try_from(count).map_err(|_| error)?);
    Ok(())
}

/// Appends text behind a 16-bit length.
pub(super) fn write_short_text(
    field: &'static str,
    value: &str,
    out: &mut BytesMut,
) -> Result<(), EncodeError> {
    let value = Modified::new(value);
    let length = value.len();
    let Ok(prefix) = u16::try_from(length) else {
        return Err(EncodeError::TextTooLong { field, length, limit: u16::MAX.into() });
    };
    out.put_u16(prefix);
    value.write(out);
    Ok(())
}

/// Appends text behind a 32-bit length.
pub(super) fn write_long_text(value: &str, out: &mut BytesMut) -> Result<(), EncodeError> {
    let value = Modified::new(value);
    let length = value.len();
    let Ok(prefix) = i32::try_from(length) else {
        let limit = i32::MAX.unsigned_abs() as usize;
        return Err(EncodeError::TextTooLong { field: "a text value", length, limit });
    };
    out.put_i32(prefix);
    value.write(out);
    Ok(())
}

pub(super) fn read_short_text(cursor: &mut Cursor<'_>) -> Result<Text, DecodeError> {
    let length = cursor.u16()?;
    read_text(cursor, length.into())
}

pub(super) fn read_long_text(cursor: &mut Cursor<'_>) -> Result<Text, DecodeError> {
    let length = cursor.length()?;
    read_text(cursor, length)
}

/// Takes text in either form of UTF-8, since Java writes one and reads the other here.
pub(super) fn read_text(cursor: &mut Cursor<'_>, length: usize) -> Result<Text, DecodeError> {
    let at = cursor.position();
    text::read_either_utf8(cursor.take(length)?)
        .map(Text::from)
        .ok_or_else(|| DecodeError::new(DecodeFault::BadText, at))
}

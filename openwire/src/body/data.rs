//! The values inside a bytes message, in the format of Java's `DataOutput`: without tags, so that
//! the reader must know what the writer wrote.

use bytes::{BufMut, Bytes, BytesMut};

use super::counted::write_short_text;
use crate::{
    error::{DecodeError, DecodeFault, EncodeError},
    text::{self, Text},
    wire::cursor::Cursor,
};

/// Writes values one after the other.
#[derive(Clone, Debug, Default)]
pub struct DataWriter {
    out: BytesMut,
}

impl DataWriter {
    /// An empty body.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends one byte, 0 or 1.
    pub fn boolean(&mut self, value: bool) -> &mut Self {
        self.byte(value.into())
    }

    /// Appends one byte.
    pub fn byte(&mut self, value: i8) -> &mut Self {
        self.out.put_i8(value);
        self
    }

    /// Appends one UTF-16 unit.
    pub fn char(&mut self, value: u16) -> &mut Self {
        self.out.put_u16(value);
        self
    }

    /// Appends two bytes.
    pub fn short(&mut self, value: i16) -> &mut Self {
        self.out.put_i16(value);
        self
    }

    /// Appends four bytes.
    pub fn int(&mut self, value: i32) -> &mut Self {
        self.out.put_i32(value);
        self
    }

    /// Appends eight bytes.
    pub fn long(&mut self, value: i64) -> &mut Self {
        self.out.put_i64(value);
        self
    }

    /// Appends four bytes.
    pub fn float(&mut self, value: f32) -> &mut Self {
        self.out.put_f32(value);
        self
    }

    /// Appends eight bytes.
    pub fn double(&mut self, value: f64) -> &mut Self {
        self.out.put_f64(value);
        self
    }

    /// Appends bytes without their length.
    pub fn bytes(&mut self, value: &[u8]) -> &mut Self {
        self.out.put_slice(value);
        self
    }

    /// Appends text in modified UTF-8, as Java's `writeUTF`.
    ///
    /// # Errors
    /// [`EncodeError::TextTooLong`] above 65,535 bytes.
    pub fn text(&mut self, value: &str) -> Result<&mut Self, EncodeError> {
        write_short_text("a text", value, &mut self.out)?;
        Ok(self)
    }

    /// The body.
    pub fn finish(self) -> Bytes {
        self.out.freeze()
    }
}

/// Reads what a [`DataWriter`] or Java wrote. A failed read consumes nothing.
#[derive(Debug)]
pub struct DataReader<'a> {
    cursor: Cursor<'a>,
}

impl<'a> DataReader<'a> {
    /// Reads from the start of a body.
    pub const fn new(body: &'a [u8]) -> Self {
        Self { cursor: Cursor::new(body) }
    }

    /// Bytes not read yet.
    pub const fn remaining(&self) -> usize {
        self.cursor.remaining()
    }

    /// One byte; any but 0 is true.
    ///
    /// # Errors
    /// [`DecodeFault::Truncated`] at the end of the body, like all reads here.
    pub fn boolean(&mut self) -> Result<bool, DecodeError> {
        Ok(self.cursor.u8()? != 0)
    }

    /// One byte.
    ///
    /// # Errors
    /// At the end of the body.
    pub fn byte(&mut self) -> Result<i8, DecodeError> {
        self.cursor.array().map(i8::from_be_bytes)
    }

    /// One UTF-16 unit.
    ///
    /// # Errors
    /// At the end of the body.
    pub fn char(&mut self) -> Result<u16, DecodeError> {
        self.cursor.u16()
    }

    /// Two bytes.
    ///
    /// # Errors
    /// At the end of the body.
    pub fn short(&mut self) -> Result<i16, DecodeError> {
        self.cursor.i16()
    }

    /// Four bytes.
    ///
    /// # Errors
    /// At the end of the body.
    pub fn int(&mut self) -> Result<i32, DecodeError> {
        self.cursor.i32()
    }

    /// Eight bytes.
    ///
    /// # Errors
    /// At the end of the body.
    pub fn long(&mut self) -> Result<i64, DecodeError> {
        self.cursor.i64()
    }

    /// Four bytes.
    ///
    /// # Errors
    /// At the end of the body.
    pub fn float(&mut self) -> Result<f32, DecodeError> {
        self.cursor.u32().map(f32::from_bits)
    }

    /// Eight bytes.
    ///
    /// # Errors
    /// At the end of the body.
    pub fn double(&mut self) -> Result<f64, DecodeError> {
        self.cursor.array().map(f64::from_be_bytes)
    }

    /// So many bytes.
    ///
    /// # Errors
    /// At the end of the body.
    pub fn bytes(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        self.cursor.take(length)
    }

    /// Text as of Java's `writeUTF`.
    ///
    /// # Errors
    /// At the end of the body, and [`DecodeFault::BadText`].
    pub fn text(&mut self) -> Result<Text, DecodeError> {
        let mut ahead = self.cursor.clone();
        let length = ahead.u16()?;
        let bytes = ahead.take(length.into())?;
        let text = text::read_modified_utf8(bytes)
            .ok_or_else(|| self.cursor.error(DecodeFault::BadText))?;
        self.cursor = ahead;
        Ok(text.into())
    }
}

//! The loose encoding: every field inline, in order.

use bytes::{BufMut, Bytes, BytesMut};

use super::{
    Nested, Sink, Source, cursor::Cursor, read_element_count, read_throwable_elements,
    write_throwable,
};
use crate::{
    cache::{Cached, ReceiveCache, SendCache},
    command::Throwable,
    error::{DecodeError, DecodeFault, EncodeError},
    format::WireFormat,
    limits::Budget,
    text::{self, Text},
};

/// Longest string: its length is an unsigned short.
const MAX_TEXT: usize = 65_535;

/// Writes fields to a buffer.
#[derive(Debug)]
pub(crate) struct LooseWriter<'a> {
    pub(crate) out: &'a mut BytesMut,
    pub(crate) format: &'a WireFormat,
    pub(crate) cache: Option<&'a mut SendCache>,
}

impl Sink for LooseWriter<'_> {
    fn version(&self) -> u8 {
        self.format.version
    }

    fn stack_traces(&self) -> bool {
        self.format.stack_traces
    }

    fn boolean(&mut self, _: &'static str, value: bool) -> Result<(), EncodeError> {
        self.out.put_u8(value.into());
        Ok(())
    }

    fn byte(&mut self, _: &'static str, value: i8) -> Result<(), EncodeError> {
        self.out.put_i8(value);
        Ok(())
    }

    fn short(&mut self, value: i16) {
        self.out.put_i16(value);
    }

    fn int(&mut self, _: &'static str, value: i32) -> Result<(), EncodeError> {
        self.out.put_i32(value);
        Ok(())
    }

    fn long(&mut self, _: &'static str, value: i64) -> Result<(), EncodeError> {
        self.out.put_i64(value);
        Ok(())
    }

    fn text(&mut self, field: &'static str, value: Option<&Text>) -> Result<(), EncodeError> {
        self.present(value.is_some());
        let Some(value) = value else { return Ok(()) };
        let length = text::modified_utf8_len(value);
        let Ok(prefix) = u16::try_from(length) else {
            return Err(EncodeError::TextTooLong { field, length, limit: MAX_TEXT });
        };
        self.out.put_u16(prefix);
        text::write_modified_utf8(value, self.out);
        Ok(())
    }

    fn bytes(&mut self, _: &'static str, value: Option<&Bytes>) -> Result<(), EncodeError> {
        self.present(value.is_some());
        if let Some(value) = value {
            super::put_sized(self.out, value)?;
        }
        Ok(())
    }

    fn fixed(&mut self, _: &'static str, value: &[u8; 8]) -> Result<(), EncodeError> {
        self.out.put_slice(value);
        Ok(())
    }

    fn nested<T: Nested>(&mut self, _: &'static str, value: Option<&T>) -> Result<(), EncodeError> {
        self.present(value.is_some());
        let Some(value) = value else { return Ok(()) };
        let code = value.type_code();
        super::check_version(code, self.format.version)?;
        self.out.put_u8(code);
        value.write_fields(self)
    }

    fn cached<T: Cached>(
        &mut self,
        field: &'static str,
        value: Option<&T>,
    ) -> Result<(), EncodeError> {
        let Some(cache) = &mut self.cache else { return self.nested(field, value) };
        let key = cache.key_of(value);
        let known = cache.slot(&key);
        // Java numbers the outer value before the inner ones here; tight does it the other way.
        let slot = known.unwrap_or_else(|| cache.add(key));
        self.present(known.is_none());
        self.out.put_i16(slot);
        match known {
            Some(_) => Ok(()),
            None => self.nested(field, value),
        }
    }

    fn array<T: Nested>(
        &mut self,
        field: &'static str,
        value: Option<&[Option<T>]>,
    ) -> Result<(), EncodeError> {
        self.present(value.is_some());
        let Some(value) = value else { return Ok(()) };
        self.out.put_i16(super::array_length(field, value.len())?);
        value.iter().try_for_each(|element| self.nested(field, element.as_ref()))
    }

    fn throwable(&mut self, _: &'static str, value: Option<&Throwable>) -> Result<(), EncodeError> {
        self.present(value.is_some());
        value.map_or(Ok(()), |value| write_throwable(self, value))
    }
}

impl LooseWriter<'_> {
    fn present(&mut self, present: bool) {
        self.out.put_u8(present.into());
    }
}

/// Reads fields from a frame.
#[derive(Debug)]
pub(crate) struct LooseReader<'a, 'f> {
    pub(crate) cursor: Cursor<'f>,
    pub(crate) format: &'a WireFormat,
    pub(crate) cache: Option<&'a mut ReceiveCache>,
    pub(crate) budget: Budget,
}

impl LooseReader<'_, '_> {
    fn present(&mut self) -> Result<bool, DecodeError> {
        Ok(self.cursor.u8()? != 0)
    }
}

impl Source for LooseReader<'_, '_> {
    fn version(&self) -> u8 {
        self.format.version
    }

    fn stack_traces(&self) -> bool {
        self.format.stack_traces
    }

    fn offset(&self) -> usize {
        self.cursor.position()
    }

    fn budget(&mut self) -> &mut Budget {
        &mut self.budget
    }

    fn boolean(&mut self) -> Result<bool, DecodeError> {
        self.present()
    }

    fn byte(&mut self) -> Result<i8, DecodeError> {
        self.cursor.array().map(i8::from_be_bytes)
    }

    fn short(&mut self) -> Result<i16, DecodeError> {
        self.cursor.i16()
    }

    fn int(&mut self) -> Result<i32, DecodeError> {
        self.cursor.i32()
    }

    fn long(&mut self) -> Result<i64, DecodeError> {
        self.cursor.i64()
    }

    fn text(&mut self) -> Result<Option<Text>, DecodeError> {
        if !self.present()? {
            return Ok(None);
        }
        let length = self.cursor.u16()?;
        super::take_text(&mut self.cursor, length.into()).map(Some)
    }

    fn bytes(&mut self) -> Result<Option<Bytes>, DecodeError> {
        if !self.present()? {
            return Ok(None);
        }
        self.cursor.sized().map(|bytes| Some(Bytes::copy_from_slice(bytes)))
    }

    fn fixed(&mut self) -> Result<[u8; 8], DecodeError> {
        self.cursor.array()
    }

    fn nested<T: Nested>(&mut self) -> Result<Option<T>, DecodeError> {
        if !self.present()? {
            return Ok(None);
        }
        super::descend(self, |source| {
            let code = source.cursor.u8()?;
            T::read_fields(code, source).map(Some)
        })
    }

    fn cached<T: Cached>(&mut self) -> Result<Option<T>, DecodeError> {
        if self.cache.is_none() {
            return self.nested();
        }
        let new = self.present()?;
        let slot = self.cursor.i16()?;
        let value = if new { self.nested::<T>()? } else { None };
        let at = self.cursor.position();
        let Some(cache) = &mut self.cache else { return Ok(value) };
        super::resolve(cache, new, slot, value)
            .map_err(|fault: DecodeFault| DecodeError::new(fault, at))
    }

    fn array<T: Nested>(&mut self) -> Result<Option<Vec<Option<T>>>, DecodeError> {
        if !self.present()? {
            return Ok(None);
        }
        let count = read_element_count(self)?;
        // One byte per element at least.
        let mut elements = Vec::with_capacity(count.min(self.cursor.remaining()));
        for _ in 0..count {
            elements.push(self.nested()?);
        }
        Ok(Some(elements))
    }

    fn throwable(&mut self) -> Result<Option<Throwable>, DecodeError> {
        if !self.present()? {
            return Ok(None);
        }
        super::descend(self, read_throwable_elements).map(Some)
    }
}

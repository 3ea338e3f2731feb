//! Fields to bytes.

use bytes::{BufMut, Bytes, BytesMut};

use crate::{
    cache::{Cached, Found, SendCache},
    command::Throwable,
    error::EncodeError,
    format::WireFormat,
    text::{Modified, Text},
    wire::{Nested, Sink, array_length, check_version, put_sized, throwable::write_throwable},
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

    #[inline]
    fn boolean(&mut self, _: &'static str, value: bool) -> Result<(), EncodeError> {
        self.out.put_u8(value.into());
        Ok(())
    }

    #[inline]
    fn byte(&mut self, _: &'static str, value: i8) -> Result<(), EncodeError> {
        self.out.put_i8(value);
        Ok(())
    }

    fn short(&mut self, value: i16) {
        self.out.put_i16(value);
    }

    #[inline]
    fn int(&mut self, _: &'static str, value: i32) -> Result<(), EncodeError> {
        self.out.put_i32(value);
        Ok(())
    }

    #[inline]
    fn long(&mut self, _: &'static str, value: i64) -> Result<(), EncodeError> {
        self.out.put_i64(value);
        Ok(())
    }

    #[inline]
    fn text(&mut self, field: &'static str, value: Option<&Text>) -> Result<(), EncodeError> {
        self.present(value.is_some());
        let Some(value) = value else { return Ok(()) };
        let value = Modified::new(value);
        let length = value.len();
        let Ok(prefix) = u16::try_from(length) else {
            return Err(EncodeError::TextTooLong { field, length, limit: MAX_TEXT });
        };
        self.out.put_u16(prefix);
        value.write(self.out);
        Ok(())
    }

    #[inline]
    fn bytes(&mut self, _: &'static str, value: Option<&Bytes>) -> Result<(), EncodeError> {
        self.present(value.is_some());
        if let Some(value) = value {
            put_sized(self.out, value)?;
        }
        Ok(())
    }

    fn fixed(&mut self, _: &'static str, value: &[u8; 8]) -> Result<(), EncodeError> {
        self.out.put_slice(value);
        Ok(())
    }

    #[inline]
    fn nested<T: Nested>(&mut self, _: &'static str, value: Option<&T>) -> Result<(), EncodeError> {
        self.present(value.is_some());
        let Some(value) = value else { return Ok(()) };
        let code = value.type_code();
        check_version(code, self.format.version)?;
        self.out.put_u8(code);
        value.write_fields(self)
    }

    fn cached<T: Cached>(
        &mut self,
        field: &'static str,
        value: Option<&T>,
    ) -> Result<(), EncodeError> {
        let Some(cache) = &mut self.cache else { return self.nested(field, value) };
        let (slot, new) = match cache.find(value) {
            Found::At(slot) => (slot, false),
            // Java numbers the outer value before the inner ones here; tight does it the other way.
            Found::New(key) => (cache.add(key), true),
        };
        self.present(new);
        self.out.put_i16(slot);
        if new { self.nested(field, value) } else { Ok(()) }
    }

    fn array<T: Nested>(
        &mut self,
        field: &'static str,
        value: Option<&[Option<T>]>,
    ) -> Result<(), EncodeError> {
        self.present(value.is_some());
        let Some(value) = value else { return Ok(()) };
        self.out.put_i16(array_length(field, value.len())?);
        value.iter().try_for_each(|element| self.nested(field, element.as_ref()))
    }

    fn throwable(&mut self, _: &'static str, value: Option<&Throwable>) -> Result<(), EncodeError> {
        self.present(value.is_some());
        value.map_or(Ok(()), |value| write_throwable(self, value))
    }
}

impl LooseWriter<'_> {
    #[inline]
    fn present(&mut self, present: bool) {
        self.out.put_u8(present.into());
    }
}

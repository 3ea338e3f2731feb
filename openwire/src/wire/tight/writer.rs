//! Fields to bits and bytes.

use bytes::{BufMut, Bytes, BytesMut};

use crate::{
    cache::{Cached, Found, SendCache},
    command::Throwable,
    error::EncodeError,
    format::WireFormat,
    text::{Modified, Text},
    wire::{
        Nested, Sink, array_length, bits::BitWriter, check_version, marshal_aware, put_sized,
        throwable::write_throwable,
    },
};

/// Longest string: Java's writer refuses 32,767 bytes and more.
const MAX_TEXT: usize = 32_766;

/// Collects the bits of one frame and appends its body in a single walk.
#[derive(Debug)]
pub(crate) struct TightWriter<'a> {
    pub(crate) bits: &'a mut BitWriter,
    pub(crate) body: &'a mut BytesMut,
    pub(crate) format: &'a WireFormat,
    pub(crate) cache: Option<&'a mut SendCache>,
}

impl TightWriter<'_> {
    /// Pushes a null marker and passes on what is there.
    fn present<'v, T: ?Sized>(&mut self, value: Option<&'v T>) -> Option<&'v T> {
        self.bits.push(value.is_some());
        value
    }
}

/// Inlined where the field lists are walked: most fields of most frames are a bit.
impl Sink for TightWriter<'_> {
    fn version(&self) -> u8 {
        self.format.version
    }

    fn stack_traces(&self) -> bool {
        self.format.stack_traces
    }

    #[inline]
    fn boolean(&mut self, _: &'static str, value: bool) -> Result<(), EncodeError> {
        self.bits.push(value);
        Ok(())
    }

    #[inline]
    fn byte(&mut self, _: &'static str, value: i8) -> Result<(), EncodeError> {
        self.body.put_i8(value);
        Ok(())
    }

    fn short(&mut self, value: i16) {
        self.body.put_i16(value);
    }

    #[inline]
    fn int(&mut self, _: &'static str, value: i32) -> Result<(), EncodeError> {
        self.body.put_i32(value);
        Ok(())
    }

    #[inline]
    fn long(&mut self, _: &'static str, value: i64) -> Result<(), EncodeError> {
        // Two bits choose the width: none, 16 bits, 32 bits, 64 bits; magnitudes are unsigned.
        if value == 0 {
            self.bits.push(false);
            self.bits.push(false);
            return Ok(());
        }
        let (wide, odd) = match (u16::try_from(value), u32::try_from(value)) {
            (Ok(short), _) => {
                self.body.put_u16(short);
                (false, true)
            }
            (Err(_), Ok(int)) => {
                self.body.put_u32(int);
                (true, false)
            }
            (Err(_), Err(_)) => {
                self.body.put_i64(value);
                (true, true)
            }
        };
        self.bits.push(wide);
        self.bits.push(odd);
        Ok(())
    }

    #[inline]
    fn text(&mut self, field: &'static str, value: Option<&Text>) -> Result<(), EncodeError> {
        let Some(value) = self.present(value) else { return Ok(()) };
        let value = Modified::new(value);
        self.bits.push(value.is_plain());
        let length = value.len();
        let prefix = u16::try_from(length).ok().filter(|_| length <= MAX_TEXT);
        let too_long = EncodeError::TextTooLong { field, length, limit: MAX_TEXT };
        self.body.put_u16(prefix.ok_or(too_long)?);
        value.write(self.body);
        Ok(())
    }

    #[inline]
    fn bytes(&mut self, _: &'static str, value: Option<&Bytes>) -> Result<(), EncodeError> {
        self.present(value).map_or(Ok(()), |value| put_sized(self.body, value))
    }

    fn fixed(&mut self, _: &'static str, value: &[u8; 8]) -> Result<(), EncodeError> {
        self.body.put_slice(value);
        Ok(())
    }

    #[inline]
    fn nested<T: Nested>(&mut self, _: &'static str, value: Option<&T>) -> Result<(), EncodeError> {
        let Some(value) = self.present(value) else { return Ok(()) };
        let code = value.type_code();
        check_version(code, self.format.version)?;
        if marshal_aware(code) {
            // No remembered bytes follow.
            self.bits.push(false);
        }
        self.body.put_u8(code);
        value.write_fields(self)
    }

    fn cached<T: Cached>(
        &mut self,
        field: &'static str,
        value: Option<&T>,
    ) -> Result<(), EncodeError> {
        let Some(cache) = &mut self.cache else { return self.nested(field, value) };
        let key = match cache.find(value) {
            Found::At(slot) => {
                self.bits.push(false);
                self.body.put_i16(slot);
                return Ok(());
            }
            Found::New(key) => key,
        };
        self.bits.push(true);
        // The slot stands before the value, but is chosen after the values inside it.
        let hole = self.body.len();
        self.body.put_i16(0);
        self.nested(field, value)?;
        let slot = self.cache.as_mut().map_or(-1, |cache| cache.add(key));
        if let Some(hole) = self.body.get_mut(hole..hole + 2) {
            hole.copy_from_slice(&slot.to_be_bytes());
        }
        Ok(())
    }

    fn array<T: Nested>(
        &mut self,
        field: &'static str,
        value: Option<&[Option<T>]>,
    ) -> Result<(), EncodeError> {
        let Some(value) = self.present(value) else { return Ok(()) };
        self.body.put_i16(array_length(field, value.len())?);
        value.iter().try_for_each(|element| self.nested(field, element.as_ref()))
    }

    fn throwable(&mut self, _: &'static str, value: Option<&Throwable>) -> Result<(), EncodeError> {
        self.present(value).map_or(Ok(()), |value| write_throwable(self, value))
    }
}

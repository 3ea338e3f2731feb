//! The tight encoding: all booleans, null markers and number widths as bits in front, then the
//! values in as few bytes as they need.

use bytes::{BufMut, Bytes, BytesMut};

use super::{
    Nested, Sink, Source,
    bits::{BitReader, BitWriter},
    cursor::Cursor,
    marshal_aware, read_element_count, read_throwable_elements, write_throwable,
};
use crate::{
    cache::{Cached, ReceiveCache, SendCache},
    command::Throwable,
    error::{DecodeError, DecodeFault, EncodeError},
    format::WireFormat,
    limits::Budget,
    text::{self, Text},
};

/// Longest string: Java's writer refuses 32,767 bytes and more.
const MAX_TEXT: usize = 32_766;

/// Collects bits and body of one frame in a single walk.
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

impl Sink for TightWriter<'_> {
    fn version(&self) -> u8 {
        self.format.version
    }

    fn stack_traces(&self) -> bool {
        self.format.stack_traces
    }

    fn boolean(&mut self, _: &'static str, value: bool) -> Result<(), EncodeError> {
        self.bits.push(value);
        Ok(())
    }

    fn byte(&mut self, _: &'static str, value: i8) -> Result<(), EncodeError> {
        self.body.put_i8(value);
        Ok(())
    }

    fn short(&mut self, value: i16) {
        self.body.put_i16(value);
    }

    fn int(&mut self, _: &'static str, value: i32) -> Result<(), EncodeError> {
        self.body.put_i32(value);
        Ok(())
    }

    fn long(&mut self, _: &'static str, value: i64) -> Result<(), EncodeError> {
        // Two bits choose the width: none, 16 bits, 32 bits, 64 bits; magnitudes are unsigned.
        let (wide, odd) = match (u16::try_from(value), u32::try_from(value)) {
            (Ok(0), _) => (false, false),
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

    fn text(&mut self, field: &'static str, value: Option<&Text>) -> Result<(), EncodeError> {
        let Some(value) = self.present(value) else { return Ok(()) };
        let plain = text::is_plain(value);
        self.bits.push(plain);
        let length = if plain { value.len() } else { text::modified_utf8_len(value) };
        let prefix = u16::try_from(length).ok().filter(|_| length <= MAX_TEXT);
        let too_long = EncodeError::TextTooLong { field, length, limit: MAX_TEXT };
        self.body.put_u16(prefix.ok_or(too_long)?);
        text::write_modified_utf8(value, self.body);
        Ok(())
    }

    fn bytes(&mut self, _: &'static str, value: Option<&Bytes>) -> Result<(), EncodeError> {
        self.present(value).map_or(Ok(()), |value| super::put_sized(self.body, value))
    }

    fn fixed(&mut self, _: &'static str, value: &[u8; 8]) -> Result<(), EncodeError> {
        self.body.put_slice(value);
        Ok(())
    }

    fn nested<T: Nested>(&mut self, _: &'static str, value: Option<&T>) -> Result<(), EncodeError> {
        let Some(value) = self.present(value) else { return Ok(()) };
        let code = value.type_code();
        super::check_version(code, self.format.version)?;
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
        let key = cache.key_of(value);
        let known = cache.slot(&key);
        self.bits.push(known.is_none());
        if let Some(slot) = known {
            self.body.put_i16(slot);
            return Ok(());
        }
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
        self.body.put_i16(super::array_length(field, value.len())?);
        value.iter().try_for_each(|element| self.nested(field, element.as_ref()))
    }

    fn throwable(&mut self, _: &'static str, value: Option<&Throwable>) -> Result<(), EncodeError> {
        self.present(value).map_or(Ok(()), |value| write_throwable(self, value))
    }
}

/// Reads bits and body of one frame side by side.
#[derive(Debug)]
pub(crate) struct TightReader<'a, 'f> {
    pub(crate) bits: BitReader<'f>,
    pub(crate) cursor: Cursor<'f>,
    pub(crate) format: &'a WireFormat,
    pub(crate) cache: Option<&'a mut ReceiveCache>,
    pub(crate) budget: Budget,
}

impl<'a, 'f> TightReader<'a, 'f> {
    pub(crate) fn new(
        mut cursor: Cursor<'f>,
        format: &'a WireFormat,
        cache: Option<&'a mut ReceiveCache>,
        budget: Budget,
    ) -> Result<Self, DecodeError> {
        Ok(Self { bits: BitReader::read(&mut cursor)?, cursor, format, cache, budget })
    }

    fn bit(&mut self) -> Result<bool, DecodeError> {
        self.bits.pop().ok_or_else(|| self.cursor.error(DecodeFault::BitsExhausted))
    }

    /// A nested object that its sender remembered in marshalled form: size, type, own bits, body.
    fn remembered<T: Nested>(&mut self) -> Result<T, DecodeError> {
        self.cursor.length()?;
        let code = self.cursor.u8()?;
        let own_bits = BitReader::read(&mut self.cursor)?;
        let outer_bits = std::mem::replace(&mut self.bits, own_bits);
        let value = T::read_fields(code, self)?;
        self.bits = outer_bits;
        Ok(value)
    }
}

impl Source for TightReader<'_, '_> {
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
        self.bit()
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
        match (self.bit()?, self.bit()?) {
            (false, false) => Ok(0),
            (false, true) => self.cursor.u16().map(i64::from),
            (true, false) => self.cursor.u32().map(i64::from),
            (true, true) => self.cursor.i64(),
        }
    }

    fn text(&mut self) -> Result<Option<Text>, DecodeError> {
        if !self.bit()? {
            return Ok(None);
        }
        let plain = self.bit()?;
        let length = usize::from(self.cursor.u16()?);
        if plain {
            // Java reads these bytes as Latin-1; its writers only send ASCII this way.
            let bytes = self.cursor.take(length)?;
            return Ok(Some(match std::str::from_utf8(bytes) {
                Ok(text) if text.is_ascii() => text.into(),
                _ => bytes.iter().copied().map(char::from).collect::<String>().into(),
            }));
        }
        super::take_text(&mut self.cursor, length).map(Some)
    }

    fn bytes(&mut self) -> Result<Option<Bytes>, DecodeError> {
        if !self.bit()? {
            return Ok(None);
        }
        self.cursor.sized().map(|bytes| Some(Bytes::copy_from_slice(bytes)))
    }

    fn fixed(&mut self) -> Result<[u8; 8], DecodeError> {
        self.cursor.array()
    }

    fn nested<T: Nested>(&mut self) -> Result<Option<T>, DecodeError> {
        if !self.bit()? {
            return Ok(None);
        }
        super::descend(self, |source| {
            let code = source.cursor.u8()?;
            if marshal_aware(code) && source.bit()? {
                return source.remembered().map(Some);
            }
            T::read_fields(code, source).map(Some)
        })
    }

    fn cached<T: Cached>(&mut self) -> Result<Option<T>, DecodeError> {
        if self.cache.is_none() {
            return self.nested();
        }
        let new = self.bit()?;
        let slot = self.cursor.i16()?;
        let value = if new { self.nested::<T>()? } else { None };
        let at = self.cursor.position();
        let Some(cache) = &mut self.cache else { return Ok(value) };
        super::resolve(cache, new, slot, value).map_err(|fault| DecodeError::new(fault, at))
    }

    fn array<T: Nested>(&mut self) -> Result<Option<Vec<Option<T>>>, DecodeError> {
        if !self.bit()? {
            return Ok(None);
        }
        let count = read_element_count(self)?;
        // One bit per element at least.
        let mut elements = Vec::with_capacity(count.min(self.bits.remaining()));
        for _ in 0..count {
            elements.push(self.nested()?);
        }
        Ok(Some(elements))
    }

    fn throwable(&mut self) -> Result<Option<Throwable>, DecodeError> {
        if !self.bit()? {
            return Ok(None);
        }
        super::descend(self, read_throwable_elements).map(Some)
    }
}

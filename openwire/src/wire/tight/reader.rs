//! Bits and bytes to fields.

use bytes::Bytes;

use crate::{
    cache::{Cached, ReceiveCache},
    command::Throwable,
    error::{DecodeError, DecodeFault},
    format::WireFormat,
    limits::Budget,
    text::Text,
    wire::{
        Nested, Source, bits::BitReader, cursor::Cursor, descend, marshal_aware,
        read_element_count, recall, remember, take_text, throwable::read_throwable,
    },
};

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

    #[inline]
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

    #[inline]
    fn boolean(&mut self) -> Result<bool, DecodeError> {
        self.bit()
    }

    #[inline]
    fn byte(&mut self) -> Result<i8, DecodeError> {
        self.cursor.array().map(i8::from_be_bytes)
    }

    fn short(&mut self) -> Result<i16, DecodeError> {
        self.cursor.i16()
    }

    #[inline]
    fn int(&mut self) -> Result<i32, DecodeError> {
        self.cursor.i32()
    }

    #[inline]
    fn long(&mut self) -> Result<i64, DecodeError> {
        match (self.bit()?, self.bit()?) {
            (false, false) => Ok(0),
            (false, true) => self.cursor.u16().map(i64::from),
            (true, false) => self.cursor.u32().map(i64::from),
            (true, true) => self.cursor.i64(),
        }
    }

    #[inline]
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
        take_text(&mut self.cursor, length).map(Some)
    }

    #[inline]
    fn bytes(&mut self) -> Result<Option<Bytes>, DecodeError> {
        if !self.bit()? {
            return Ok(None);
        }
        self.cursor.sized().map(|bytes| Some(Bytes::copy_from_slice(bytes)))
    }

    fn fixed(&mut self) -> Result<[u8; 8], DecodeError> {
        self.cursor.array()
    }

    #[inline]
    fn nested<T: Nested>(&mut self) -> Result<Option<T>, DecodeError> {
        if !self.bit()? {
            return Ok(None);
        }
        descend(self, |source| {
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
        if !new {
            return recall(self.cache.as_deref(), slot, self.cursor.position());
        }
        let value = self.nested::<T>()?;
        remember(self.cache.as_deref_mut(), slot, value.as_ref(), self.cursor.position())?;
        Ok(value)
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
        descend(self, read_throwable).map(Some)
    }
}

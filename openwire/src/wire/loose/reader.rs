//! Bytes to fields.

use bytes::Bytes;

use crate::{
    cache::{Cached, ReceiveCache},
    command::Throwable,
    error::DecodeError,
    format::WireFormat,
    limits::Budget,
    text::Text,
    wire::{
        Nested, Source, cursor::Cursor, descend, read_element_count, recall, remember, take_text,
        throwable::read_throwable,
    },
};

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
        take_text(&mut self.cursor, length.into()).map(Some)
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
        descend(self, |source| {
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
        if !new {
            return recall(self.cache.as_deref(), slot, self.cursor.position());
        }
        let value = self.nested::<T>()?;
        remember(self.cache.as_deref_mut(), slot, value.as_ref(), self.cursor.position())?;
        Ok(value)
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
        descend(self, read_throwable).map(Some)
    }
}

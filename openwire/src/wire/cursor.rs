//! A cursor over one frame that cannot run past its end.

use crate::error::{DecodeError, DecodeFault};

/// Reads big-endian values from a slice; every failure knows its offset.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'a> {
    data: &'a [u8],
    position: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) const fn new(data: &'a [u8]) -> Self {
        Self { data, position: 0 }
    }

    pub(crate) const fn position(&self) -> usize {
        self.position
    }

    pub(crate) const fn remaining(&self) -> usize {
        self.data.len() - self.position
    }

    pub(crate) fn error(&self, fault: DecodeFault) -> DecodeError {
        DecodeError::new(fault, self.position)
    }

    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let rest = self.data.get(self.position..).unwrap_or_default();
        match rest.get(..length) {
            Some(bytes) => {
                self.position += length;
                Ok(bytes)
            }
            None => Err(self.error(DecodeFault::Truncated { missing: length - rest.len() })),
        }
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let at = self.position;
        let bytes = self.take(N)?;
        bytes.try_into().map_err(|_| DecodeError::new(DecodeFault::Truncated { missing: N }, at))
    }

    pub(crate) fn u8(&mut self) -> Result<u8, DecodeError> {
        self.array().map(u8::from_be_bytes)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, DecodeError> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn i16(&mut self) -> Result<i16, DecodeError> {
        self.array().map(i16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, DecodeError> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn i32(&mut self) -> Result<i32, DecodeError> {
        self.array().map(i32::from_be_bytes)
    }

    pub(crate) fn i64(&mut self) -> Result<i64, DecodeError> {
        self.array().map(i64::from_be_bytes)
    }

    /// A 32-bit length that must be covered by what is left of the frame.
    pub(crate) fn length(&mut self) -> Result<usize, DecodeError> {
        let at = self.position;
        let length = self.i32()?;
        usize::try_from(length)
            .map_err(|_| DecodeError::new(DecodeFault::NegativeLength(length.into()), at))
    }

    /// As [`Self::length`], where a negative length means null.
    pub(crate) fn optional_length(&mut self) -> Result<Option<usize>, DecodeError> {
        Ok(usize::try_from(self.i32()?).ok())
    }

    /// A 32-bit number of things of at least `size` bytes, which must fit into what is left.
    pub(crate) fn count(&mut self, size: usize) -> Result<usize, DecodeError> {
        let count = self.length()?;
        self.covered(count, size)
    }

    /// As [`Self::count`], where a negative number means null.
    pub(crate) fn optional_count(&mut self, size: usize) -> Result<Option<usize>, DecodeError> {
        match self.optional_length()? {
            Some(count) => self.covered(count, size).map(Some),
            None => Ok(None),
        }
    }

    fn covered(&self, count: usize, size: usize) -> Result<usize, DecodeError> {
        let needed = count.saturating_mul(size);
        if needed > self.remaining() {
            let missing = needed - self.remaining();
            return Err(self.error(DecodeFault::Truncated { missing }));
        }
        Ok(count)
    }

    /// Bytes behind a 32-bit length.
    pub(crate) fn sized(&mut self) -> Result<&'a [u8], DecodeError> {
        let length = self.length()?;
        self.take(length)
    }

    /// Fails unless everything was read.
    pub(crate) fn finish(&self) -> Result<(), DecodeError> {
        match self.remaining() {
            0 => Ok(()),
            extra => Err(self.error(DecodeFault::Trailing { extra })),
        }
    }
}

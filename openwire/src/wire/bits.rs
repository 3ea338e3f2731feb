//! The boolean stream of tight frames: bits packed from the lowest, behind a length.

use bytes::{BufMut, BytesMut};

use super::cursor::Cursor;
use crate::error::{DecodeError, DecodeFault};

/// Length byte that announces a one-byte length.
const LENGTH_IN_BYTE: u8 = 0xc0;
/// Length byte that announces a two-byte length.
const LENGTH_IN_SHORT: u8 = 0x80;

/// Collects bits while a structure is walked.
#[derive(Debug, Default)]
pub(crate) struct BitWriter {
    bytes: Vec<u8>,
    used: u8,
}

impl BitWriter {
    pub(crate) fn push(&mut self, bit: bool) {
        if self.used == 0 {
            self.bytes.push(0);
        }
        if let Some(last) = self.bytes.last_mut() {
            *last |= u8::from(bit) << self.used;
        }
        self.used = (self.used + 1) % 8;
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.used = 0;
    }

    /// Appends length and bits. `None` if there are more bits than the length can say.
    pub(crate) fn write(&self, out: &mut BytesMut) -> Option<()> {
        match u8::try_from(self.bytes.len()) {
            Ok(short @ 0..64) => out.put_u8(short),
            Ok(byte) => out.put_slice(&[LENGTH_IN_BYTE, byte]),
            Err(_) => {
                out.put_u8(LENGTH_IN_SHORT);
                out.put_i16(i16::try_from(self.bytes.len()).ok()?);
            }
        }
        out.put_slice(&self.bytes);
        Some(())
    }
}

/// Hands out the bits of a frame.
#[derive(Debug)]
pub(crate) struct BitReader<'a> {
    bytes: &'a [u8],
    next: usize,
}

impl<'a> BitReader<'a> {
    pub(crate) fn read(cursor: &mut Cursor<'a>) -> Result<Self, DecodeError> {
        let at = cursor.position();
        let length = match cursor.u8()? {
            LENGTH_IN_BYTE => usize::from(cursor.u8()?),
            LENGTH_IN_SHORT => {
                let length = cursor.i16()?;
                usize::try_from(length)
                    .map_err(|_| DecodeError::new(DecodeFault::NegativeLength(length.into()), at))?
            }
            short => usize::from(short),
        };
        Ok(Self { bytes: cursor.take(length)?, next: 0 })
    }

    /// The next bit; `None` when there is none left.
    pub(crate) fn pop(&mut self) -> Option<bool> {
        let byte = self.bytes.get(self.next / 8)?;
        let bit = byte >> (self.next % 8) & 1;
        self.next += 1;
        Some(bit == 1)
    }

    /// Bits not handed out yet.
    pub(crate) const fn remaining(&self) -> usize {
        self.bytes.len() * 8 - self.next
    }
}

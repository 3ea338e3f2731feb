//! The boolean stream of tight frames: bits packed from the lowest, behind a length.

use bytes::BytesMut;

use super::cursor::Cursor;
use crate::error::{DecodeError, DecodeFault};

/// Length byte that announces a one-byte length.
const LENGTH_IN_BYTE: u8 = 0xc0;
/// Length byte that announces a two-byte length.
const LENGTH_IN_SHORT: u8 = 0x80;

/// Collects bits while a structure is walked.
#[derive(Debug, Default)]
pub(crate) struct BitWriter {
    /// Whole words before the present one.
    bytes: Vec<u8>,
    word: u64,
    used: u32,
}

impl BitWriter {
    pub(crate) fn push(&mut self, bit: bool) {
        self.word |= u64::from(bit) << self.used;
        self.used += 1;
        if self.used == u64::BITS {
            self.next_word();
        }
    }

    #[cold]
    fn next_word(&mut self) {
        self.bytes.extend(self.word.to_le_bytes());
        (self.word, self.used) = (0, 0);
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        (self.word, self.used) = (0, 0);
    }

    /// Puts length and bits at `at`, where `room` bytes have been left for them; what follows moves if
    /// they take another number. Returns that number, or `None` if there are more bits than the length
    /// can say.
    pub(crate) fn place(&mut self, out: &mut BytesMut, at: usize, room: usize) -> Option<usize> {
        self.finish();
        let (length, used) = self.length()?;
        let needed = used + self.bytes.len();
        if needed != room {
            let tail = at + room..out.len();
            out.resize((out.len() + needed).max(tail.end), 0);
            out.copy_within(tail.clone(), at + needed);
            out.truncate(at + needed + tail.len());
        }
        let (head, bits) = out.get_mut(at..at + needed)?.split_at_mut_checked(used)?;
        head.copy_from_slice(length.get(..used)?);
        bits.copy_from_slice(&self.bytes);
        Some(needed)
    }

    fn finish(&mut self) {
        let rest = usize::try_from(self.used.div_ceil(8)).unwrap_or_default();
        self.bytes.extend(self.word.to_le_bytes().iter().take(rest));
        (self.word, self.used) = (0, 0);
    }

    /// The length as it is written, and how many bytes of it.
    fn length(&self) -> Option<([u8; 3], usize)> {
        Some(match u8::try_from(self.bytes.len()) {
            Ok(short @ 0..64) => ([short, 0, 0], 1),
            Ok(byte) => ([LENGTH_IN_BYTE, byte, 0], 2),
            Err(_) => {
                let [high, low] = i16::try_from(self.bytes.len()).ok()?.to_be_bytes();
                ([LENGTH_IN_SHORT, high, low], 3)
            }
        })
    }
}

/// Hands out the bits of a frame.
#[derive(Debug)]
pub(crate) struct BitReader<'a> {
    /// After the present word.
    bytes: &'a [u8],
    word: u64,
    left: u32,
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
        Ok(Self { bytes: cursor.take(length)?, word: 0, left: 0 })
    }

    /// The next bit; `None` when there is none left.
    pub(crate) fn pop(&mut self) -> Option<bool> {
        if self.left == 0 {
            self.next_word()?;
        }
        let bit = self.word & 1 == 1;
        self.word >>= 1;
        self.left -= 1;
        Some(bit)
    }

    #[cold]
    fn next_word(&mut self) -> Option<()> {
        let (word, rest) = self.bytes.split_at(self.bytes.len().min(size_of::<u64>()));
        let mut bytes = [0; size_of::<u64>()];
        bytes.get_mut(..word.len())?.copy_from_slice(word);
        self.word = u64::from_le_bytes(bytes);
        self.left = u32::try_from(word.len()).ok()? * u8::BITS;
        self.bytes = rest;
        (self.left > 0).then_some(())
    }

    /// Bits not handed out yet.
    pub(crate) fn remaining(&self) -> usize {
        self.bytes.len() * 8 + usize::try_from(self.left).unwrap_or_default()
    }
}

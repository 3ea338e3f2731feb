//! Frames to commands.

use std::ops::Range;

use bytes::{Buf, BytesMut};

use super::PREFIX;
use crate::{
    cache::ReceiveCache,
    command::Command,
    error::{DecodeError, DecodeFault},
    format::WireFormat,
    limits::{Budget, Limits},
    wire::{Nested, cursor::Cursor, loose::LooseReader, tight::TightReader},
};

/// The type byte of a frame that says nothing.
const NULL_TYPE: u8 = 0;

/// Turns frames into commands.
#[derive(Debug)]
pub struct Decoder {
    format: WireFormat,
    limits: Limits,
    cache: Option<ReceiveCache>,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new(WireFormat::default(), Limits::default())
    }
}

impl Decoder {
    /// A decoder with an empty cache.
    pub fn new(format: WireFormat, limits: Limits) -> Self {
        let cache = |slots| ReceiveCache::new(slots, limits.max_cached_bytes);
        Self { format, limits, cache: format.cache_slots.map(cache) }
    }

    /// Other limits from now on: a peer that has proven who it is may do more. A frame that was
    /// refused as [`DecodeFault::FrameTooLarge`] has not been touched, and may be tried again.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
        if let Some(cache) = &mut self.cache {
            cache.set_max_bytes(limits.max_cached_bytes);
        }
    }

    /// Takes one whole frame off the front of `input`, if there is one, and decodes it. Frames that
    /// say nothing are passed over.
    ///
    /// If the peers agreed on frames without size, only whatever carries them can tell where they
    /// end: all of `input` is taken for one frame then.
    ///
    /// # Errors
    /// [`DecodeError`]: the connection cannot be used any further, since what the frame would have
    /// put into the cache is lost.
    pub fn decode(&mut self, input: &mut BytesMut) -> Result<Option<Command>, DecodeError> {
        while let Some(frame) = self.frame(input)? {
            let end = frame.end;
            let payload = input.get(frame).unwrap_or_default();
            let command = decode_payload(payload, &self.format, self.limits, self.cache.as_mut());
            input.advance(end);
            if let Some(command) = command? {
                return Ok(Some(command));
            }
        }
        Ok(None)
    }

    /// Bytes that must arrive before [`Self::decode`] can give anything; 0 if unknown.
    pub fn missing(&self, input: &[u8]) -> usize {
        match self.frame_size(input) {
            Ok(Some(size)) => (PREFIX + size).saturating_sub(input.len()),
            _ => 0,
        }
    }

    /// Where the payload of the first frame is, if all of it is there.
    fn frame(&self, input: &[u8]) -> Result<Option<Range<usize>>, DecodeError> {
        if !self.format.size_prefix {
            return Ok(Some(0..input.len()).filter(|all| !all.is_empty()));
        }
        let frame = self.frame_size(input)?.map(|size| PREFIX..PREFIX + size);
        Ok(frame.filter(|frame| frame.end <= input.len()))
    }

    /// Decodes the payload of one frame: what follows the size prefix. `None` for a frame that says
    /// nothing.
    ///
    /// # Errors
    /// As [`Self::decode`].
    pub fn decode_payload(&mut self, payload: &[u8]) -> Result<Option<Command>, DecodeError> {
        decode_payload(payload, &self.format, self.limits, self.cache.as_mut())
    }

    fn frame_size(&self, input: &[u8]) -> Result<Option<usize>, DecodeError> {
        let Some(prefix) = input.first_chunk::<PREFIX>() else { return Ok(None) };
        let size = i32::from_be_bytes(*prefix);
        let fault = match usize::try_from(size) {
            Ok(0) => DecodeFault::Truncated { missing: 1 },
            Ok(size) if size as u64 <= self.limits.max_frame_bytes => return Ok(Some(size)),
            Ok(size) => {
                DecodeFault::FrameTooLarge { size: size as u64, limit: self.limits.max_frame_bytes }
            }
            Err(_) => DecodeFault::NegativeLength(size.into()),
        };
        Err(DecodeError::new(fault, 0))
    }
}

fn decode_payload(
    payload: &[u8],
    format: &WireFormat,
    limits: Limits,
    cache: Option<&mut ReceiveCache>,
) -> Result<Option<Command>, DecodeError> {
    let mut cursor = Cursor::new(payload);
    let code = cursor.u8()?;
    if code == NULL_TYPE {
        return cursor.finish().map(|()| None);
    }
    if Command::name_of(code, format.version).is_none() {
        let fault = DecodeFault::UnknownType { code, version: format.version };
        return Err(DecodeError::new(fault, 0));
    }
    let budget = Budget::new(limits);
    let (command, cursor) = if format.tight {
        let mut reader = TightReader::new(cursor, format, cache, budget)?;
        (Command::read_fields(code, &mut reader)?, reader.cursor)
    } else {
        let mut reader = LooseReader { cursor, format, cache, budget };
        (Command::read_fields(code, &mut reader)?, reader.cursor)
    };
    cursor.finish().map(|()| Some(command))
}

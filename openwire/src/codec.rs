//! Frames to commands and back, for one connection: the encoder and the decoder remember what their
//! direction has cached.

use std::ops::Range;

use bytes::{Buf, BufMut, BytesMut};

use crate::{
    cache::{ReceiveCache, SendCache},
    command::Command,
    error::{DecodeError, DecodeFault, EncodeError},
    format::WireFormat,
    limits::{Budget, Limits},
    wire::{
        Nested,
        bits::BitWriter,
        check_version,
        cursor::Cursor,
        loose::{LooseReader, LooseWriter},
        tight::{TightReader, TightWriter},
    },
};

/// Bytes of the size prefix.
const PREFIX: usize = 4;
/// Working memory that an encoder keeps between frames, so that one large message does not cost for
/// the rest of a connection.
const KEPT: usize = 64 * 1024;
/// The type byte of a frame that says nothing.
const NULL_TYPE: u8 = 0;

/// Turns commands into frames.
#[derive(Debug)]
pub struct Encoder {
    format: WireFormat,
    max_frame_bytes: u64,
    cache: Option<SendCache>,
    bits: BitWriter,
    body: BytesMut,
}

impl Default for Encoder {
    fn default() -> Self {
        Self::new(WireFormat::default(), u64::MAX)
    }
}

impl Encoder {
    /// An encoder with an empty cache. Larger frames than `max_frame_bytes` are refused.
    pub fn new(format: WireFormat, max_frame_bytes: u64) -> Self {
        Self {
            format,
            max_frame_bytes,
            cache: format.cache_slots.map(SendCache::new),
            bits: BitWriter::default(),
            body: BytesMut::new(),
        }
    }

    /// Appends one frame to `out`.
    ///
    /// # Errors
    /// [`EncodeError`] if a value does not fit; `out` and the cache are as before then.
    pub fn encode(&mut self, command: &Command, out: &mut BytesMut) -> Result<(), EncodeError> {
        let start = out.len();
        if let Some(cache) = &mut self.cache {
            cache.begin_frame();
        }
        let result = self.write(command, out, start);
        if result.is_err() {
            out.truncate(start);
            if let Some(cache) = &mut self.cache {
                cache.undo_frame();
            }
        }
        result
    }

    fn write(
        &mut self,
        command: &Command,
        out: &mut BytesMut,
        start: usize,
    ) -> Result<(), EncodeError> {
        check_version(command.type_code(), self.format.version)?;
        if self.format.size_prefix {
            out.put_i32(0);
        }
        let after_prefix = out.len();
        out.put_u8(command.type_code());
        if self.format.tight {
            self.write_tight(command, out)
        } else {
            self.write_loose(command, out)
        }?;
        let size = (out.len() - after_prefix) as u64;
        let limit = self.max_frame_bytes.min(i32::MAX.unsigned_abs().into());
        match i32::try_from(size) {
            Ok(size_field) if size <= limit => {
                if let Some(prefix) = out.get_mut(start..after_prefix) {
                    prefix.copy_from_slice(
                        size_field.to_be_bytes().get(..prefix.len()).unwrap_or_default(),
                    );
                }
                Ok(())
            }
            _ => Err(EncodeError::FrameTooLarge { size, limit }),
        }
    }

    fn write_loose(&mut self, command: &Command, out: &mut BytesMut) -> Result<(), EncodeError> {
        let cache = self.cache.as_mut();
        command.write_fields(&mut LooseWriter { out, format: &self.format, cache })
    }

    fn write_tight(&mut self, command: &Command, out: &mut BytesMut) -> Result<(), EncodeError> {
        self.bits.clear();
        self.body.clear();
        command.write_fields(&mut TightWriter {
            bits: &mut self.bits,
            body: &mut self.body,
            format: &self.format,
            cache: self.cache.as_mut(),
        })?;
        self.bits.write(out).ok_or(EncodeError::ArrayTooLong {
            field: "the boolean stream",
            length: usize::MAX,
            limit: i16::MAX.unsigned_abs().into(),
        })?;
        out.put_slice(&self.body);
        if self.body.capacity() > KEPT {
            self.body = BytesMut::new();
        }
        Ok(())
    }
}

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
        Self { format, limits, cache: format.cache_slots.map(ReceiveCache::new) }
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

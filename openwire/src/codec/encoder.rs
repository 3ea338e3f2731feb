//! Commands to frames.

use bytes::{BufMut, BytesMut};

use crate::{
    cache::SendCache,
    command::Command,
    error::EncodeError,
    format::WireFormat,
    wire::{Nested, bits::BitWriter, check_version, loose::LooseWriter, tight::TightWriter},
};

/// Type bytes.
const TYPES: usize = 256;

/// Turns commands into frames.
#[derive(Debug)]
pub struct Encoder {
    format: WireFormat,
    max_frame_bytes: u64,
    cache: Option<SendCache>,
    bits: BitWriter,
    /// What the bits of the last frame of each type took: mostly what those of the next one will take.
    room: Box<[u16; TYPES]>,
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
            room: Box::new([0; TYPES]),
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
        let at = out.len();
        let code = usize::from(command.type_code());
        let room = self.room.get(code).copied().unwrap_or_default().into();
        out.put_bytes(0, room);
        command.write_fields(&mut TightWriter {
            bits: &mut self.bits,
            body: out,
            format: &self.format,
            cache: self.cache.as_mut(),
        })?;
        let needed = self.bits.place(out, at, room).ok_or(EncodeError::ArrayTooLong {
            field: "the boolean stream",
            length: usize::MAX,
            limit: i16::MAX.unsigned_abs().into(),
        })?;
        if let (Some(room), Ok(needed)) = (self.room.get_mut(code), u16::try_from(needed)) {
            *room = needed;
        }
        Ok(())
    }
}

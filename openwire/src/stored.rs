//! The form in which ActiveMQ stores messages: size, then loose OpenWire of a fixed version,
//! without cache and stack traces. Stores of either side can be read by the other.

use bytes::{BufMut, Bytes, BytesMut};

use crate::{
    codec::{Decoder, Encoder},
    command::{Command, Message},
    error::{DecodeError, DecodeFault, EncodeError},
    format::WireFormat,
    limits::Limits,
    wire::loose::LooseWriter,
};

const FORMAT: WireFormat = WireFormat {
    version: WireFormat::STORE_VERSION,
    tight: false,
    cache_slots: None,
    stack_traces: false,
    size_prefix: true,
};

/// Roughly what the fields of a message take besides its content.
const HEADERS: usize = 512;

/// A message as it is stored.
///
/// # Errors
/// [`EncodeError`] if a value does not fit its length field.
pub fn encode_stored(message: &Message) -> Result<Bytes, EncodeError> {
    let content = message.content.as_ref().map_or(0, Bytes::len);
    let mut out = BytesMut::with_capacity(content + HEADERS);
    out.put_i32(0);
    out.put_u8(message.kind.code());
    message.write_all(&mut LooseWriter { out: &mut out, format: &FORMAT, cache: None })?;
    let size = out.len() - 4;
    let Ok(prefix) = i32::try_from(size) else {
        let limit = i32::MAX.unsigned_abs().into();
        return Err(EncodeError::FrameTooLarge { size: size as u64, limit });
    };
    for (place, byte) in out.iter_mut().zip(prefix.to_be_bytes()) {
        *place = byte;
    }
    Ok(out.freeze())
}

/// Reads a stored message.
///
/// # Errors
/// [`DecodeError`] if it is damaged, or something else than a message.
pub fn decode_stored(bytes: &[u8]) -> Result<Message, DecodeError> {
    match decode_stored_command(bytes)? {
        Command::Message(message) => {
            Ok(std::sync::Arc::try_unwrap(message).unwrap_or_else(|shared| (*shared).clone()))
        }
        other => {
            let fault = DecodeFault::WrongType { expected: "a message", found: other.name() };
            Err(DecodeError::new(fault, 0))
        }
    }
}

/// Any command as ActiveMQ's stores keep it: subscriptions, transaction ids, acknowledgements.
///
/// # Errors
/// As [`encode_stored`].
pub fn encode_stored_command(command: &Command) -> Result<Bytes, EncodeError> {
    let mut out = BytesMut::new();
    Encoder::new(FORMAT, u64::MAX).encode(command, &mut out)?;
    Ok(out.freeze())
}

/// Reads what [`encode_stored_command`] wrote.
///
/// # Errors
/// [`DecodeError`] if it is damaged.
pub fn decode_stored_command(bytes: &[u8]) -> Result<Command, DecodeError> {
    let limits = Limits { max_frame_bytes: u64::MAX, ..Limits::default() };
    let mut decoder = Decoder::new(FORMAT, limits);
    let payload = bytes.get(4..).unwrap_or_default();
    let nothing = || DecodeError::new(DecodeFault::Truncated { missing: 1 }, 0);
    // The size is redundant: whoever stored the bytes knows their length.
    decoder.decode_payload(payload)?.ok_or_else(nothing)
}

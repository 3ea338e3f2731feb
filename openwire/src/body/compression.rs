//! Compressed content: zlib streams, unpacked only within a bound.

use std::io::{Read, Write};

use bytes::{BufMut, Bytes, BytesMut};
use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};

use crate::{
    error::{DecodeError, DecodeFault},
    wire::cursor::Cursor,
};

/// A zlib stream of `content`.
pub(super) fn deflate(content: &[u8]) -> Bytes {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing to memory cannot fail; empty bytes would show up at once as a damaged stream.
    let written = encoder.write_all(content).and_then(|()| encoder.finish());
    written.map_or_else(|_| Bytes::new(), Bytes::from)
}

/// The content of bytes messages: their length, then a zlib stream.
pub(super) fn deflate_sized(content: &[u8]) -> Bytes {
    let mut out = BytesMut::new();
    out.put_i32(i32::try_from(content.len()).unwrap_or(i32::MAX));
    out.put_slice(&deflate(content));
    out.freeze()
}

/// Unpacks a whole zlib stream, which may hold `limit` bytes.
pub(super) fn inflate(content: &[u8], limit: usize) -> Result<Bytes, DecodeError> {
    let unpacked = inflate_up_to(content, limit.saturating_add(1))?;
    if unpacked.len() > limit {
        return Err(DecodeError::new(DecodeFault::InflatedTooLarge { limit }, 0));
    }
    Ok(unpacked.into())
}

/// Unpacks a zlib stream whose content says at its beginning how long it is, as that of a text does. It
/// needs no end then: Artemis packs texts anew and leaves it out.
pub(super) fn inflate_announced(content: &[u8], limit: usize) -> Result<Bytes, DecodeError> {
    let mut unpacked = Vec::new();
    let most = limit.saturating_add(1) as u64;
    let whole = ZlibDecoder::new(content).take(most).read_to_end(&mut unpacked);
    if unpacked.len() > limit {
        return Err(DecodeError::new(DecodeFault::InflatedTooLarge { limit }, 0));
    }
    if let Err(error) = whole {
        let mut cursor = Cursor::new(&unpacked);
        let announced = cursor.length().and_then(|length| cursor.take(length));
        announced.map_err(|_| DecodeError::new(DecodeFault::Inflate(error.to_string()), 0))?;
    }
    Ok(unpacked.into())
}

/// Unpacks the content of a bytes message. Java deflates its whole buffer, so the stream may go on
/// behind the length in front; only that many bytes are the body.
pub(super) fn inflate_sized(content: &[u8], limit: usize) -> Result<Bytes, DecodeError> {
    let mut cursor = Cursor::new(content);
    let length = cursor.length()?;
    if length > limit {
        return Err(DecodeError::new(DecodeFault::InflatedTooLarge { limit }, 0));
    }
    let unpacked = inflate_up_to(cursor.take(cursor.remaining())?, length)?;
    if unpacked.len() < length {
        let missing = length - unpacked.len();
        return Err(DecodeError::new(DecodeFault::Truncated { missing }, content.len()));
    }
    Ok(unpacked.into())
}

fn inflate_up_to(stream: &[u8], most: usize) -> Result<Vec<u8>, DecodeError> {
    let mut unpacked = Vec::new();
    let result = ZlibDecoder::new(stream).take(most as u64).read_to_end(&mut unpacked);
    result.map_err(|error| DecodeError::new(DecodeFault::Inflate(error.to_string()), 0))?;
    Ok(unpacked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bombs_are_not_unpacked_beyond_the_limit() {
        let bomb = deflate(&vec![0; 10_000_000]);
        assert!(bomb.len() < 20_000);
        let error = inflate(&bomb, 1_000).unwrap_err();
        assert_eq!(error.fault(), &DecodeFault::InflatedTooLarge { limit: 1_000 });
        assert_eq!(inflate(&bomb, 10_000_000).unwrap().len(), 10_000_000);
        let error = inflate_sized(&deflate_sized(&[0; 5_000]), 1_000).unwrap_err();
        assert_eq!(error.fault(), &DecodeFault::InflatedTooLarge { limit: 1_000 });
    }

    #[test]
    fn a_length_in_front_that_nothing_follows_allocates_nothing() {
        let mut content = BytesMut::new();
        content.put_i32(i32::MAX);
        content.put_slice(&deflate(b"short"));
        let error = inflate_sized(&content, usize::MAX).unwrap_err();
        assert!(matches!(error.fault(), DecodeFault::Truncated { .. }));
    }

    /// As Artemis sends texts: flushed so that everything is there, and without an end.
    fn endless(content: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content).unwrap();
        encoder.flush().unwrap();
        encoder.get_ref().clone()
    }

    #[test]
    fn a_text_whose_stream_has_no_end_is_whole_if_its_length_says_so() {
        let text = [&[0, 0, 0, 5][..], b"hello"].concat();
        let packed = endless(&text);
        assert!(inflate(&packed, 100).is_err());
        assert_eq!(inflate_announced(&packed, 100).unwrap(), text);
        assert_eq!(inflate_announced(&deflate(&text), 100).unwrap(), text);
        for cut in 0..packed.len() - 5 {
            assert!(inflate_announced(&packed[..cut], 100).is_err(), "{cut} bytes");
        }
        let error = inflate_announced(&packed, 5).unwrap_err();
        assert_eq!(error.fault(), &DecodeFault::InflatedTooLarge { limit: 5 });
        let lie = endless(&[&[0, 0, 0, 6][..], b"hello"].concat());
        assert!(matches!(
            inflate_announced(&lie, 100).unwrap_err().fault(),
            DecodeFault::Inflate(_)
        ));
    }

    #[test]
    fn damaged_streams_are_refused() {
        assert!(inflate(b"no zlib", 100).is_err());
        let whole = deflate(&[7; 500]);
        assert!(inflate(&whole[..whole.len() / 2], 1_000).is_err());
    }
}

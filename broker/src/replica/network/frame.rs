//! Pieces of bounded length on a connection: length u32 (big-endian), then so many bytes.

use std::io;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Writes one.
pub(super) async fn write(stream: &mut (impl AsyncWrite + Unpin), frame: &[u8]) -> io::Result<()> {
    let too_long = |_| io::Error::other(format!("{} bytes are too many for a frame", frame.len()));
    let len = u32::try_from(frame.len()).map_err(too_long)?;
    if len > MOST_BYTES {
        return Err(io::Error::other(format!("{len} bytes are too many for a frame")));
    }
    stream.write_u32(len).await?;
    stream.write_all(frame).await?;
    stream.flush().await
}

/// Reads one. `None` when the other side has ended in between.
pub(super) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Bytes>> {
    let len = match stream.read_u32().await {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    };
    if len > MOST_BYTES {
        return Err(io::Error::other(format!(
            "a frame of {len} bytes is announced, {MOST_BYTES} are the most"
        )));
    }
    // What is announced and does not come takes no memory.
    let mut frame = Vec::with_capacity(usize::try_from(len.min(FIRST_BYTES)).unwrap_or(0));
    stream.take(len.into()).read_to_end(&mut frame).await?;
    if frame.len() < len as usize {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some(frame.into()))
}

/// A message of the largest size and what is around it.
const MOST_BYTES: u32 = 64 << 20;
const FIRST_BYTES: u32 = 1 << 20;

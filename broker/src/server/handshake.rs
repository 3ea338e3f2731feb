//! The first frame of each side: who speaks what.

use std::time::Duration;

use bytes::BytesMut;
use relaismq_openwire::{
    Command, DecodeError, Decoder, EncodeError, Encoder, Limits, Preferences, WireFormatInfo,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{
    reader::STRANGER,
    stream::{Stream, set_nodelay},
};
use crate::config::ServerLimits;

/// A client and what was agreed with it.
#[derive(Debug)]
pub(crate) struct Introduced {
    pub(crate) encoder: Encoder,
    /// With a stranger's limits.
    pub(crate) decoder: Decoder,
    /// Those of whoever has logged in.
    pub(crate) limits: Limits,
    /// Silence that means death; zero switches it off.
    pub(crate) inactivity: Duration,
    /// Grace before the first look.
    pub(crate) initial_delay: Duration,
    /// What came behind the first frame.
    pub(crate) received: BytesMut,
}

/// Why a connection ended before it began.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HandshakeError {
    #[error("the peer closed the connection before it introduced itself")]
    PeerClosed,
    #[error("no WireFormatInfo within {0:?}")]
    Late(Duration),
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Unreadable(#[from] DecodeError),
    #[error("this is an OpenWire port, but the peer sent \"{0}\"")]
    OtherProtocol(String),
    #[error("{0}")]
    Unwritable(#[from] EncodeError),
}

impl HandshakeError {
    /// Somebody has looked whether the port is open, and said nothing.
    pub(crate) const fn is_a_probe(&self) -> bool {
        matches!(self, Self::PeerClosed | Self::Late(_) | Self::Io(_))
    }
}

/// Sends our `WireFormatInfo`, waits for the peer's and agrees.
pub(crate) async fn introduce(
    socket: &mut dyn Stream,
    limits: &ServerLimits,
) -> Result<Introduced, HandshakeError> {
    set_nodelay(socket, true)?;
    tokio::time::timeout(limits.handshake, exchange(socket, limits))
        .await
        .unwrap_or(Err(HandshakeError::Late(limits.handshake)))
}

async fn exchange(
    socket: &mut dyn Stream,
    limits: &ServerLimits,
) -> Result<Introduced, HandshakeError> {
    let ours = preferences(limits);
    let mut frame = BytesMut::new();
    Encoder::default().encode(&ours.to_info()?.into(), &mut frame)?;
    socket.write_all(&frame).await?;
    socket.flush().await?;
    let mut received = BytesMut::with_capacity(4096);
    let first = first_frame(socket, &mut received).await?;
    let agreed = ours.negotiate(&WireFormatInfo::from_first(first)?)?;
    set_nodelay(socket, agreed.tcp_no_delay)?;
    Ok(Introduced {
        encoder: agreed.encoder(),
        decoder: Decoder::new(agreed.format, STRANGER),
        limits: agreed.limits(),
        inactivity: agreed.max_inactivity,
        initial_delay: agreed.initial_delay,
        received,
    })
}

async fn first_frame(
    socket: &mut dyn Stream,
    received: &mut BytesMut,
) -> Result<Command, HandshakeError> {
    let mut decoder = Decoder::new(relaismq_openwire::WireFormat::default(), STRANGER);
    loop {
        match decoder.decode(received) {
            Ok(Some(command)) => return Ok(command),
            Ok(None) => {}
            Err(error) => return Err(explain(error, received)),
        }
        if socket.read_buf(received).await? == 0 {
            return Err(HandshakeError::PeerClosed);
        }
    }
}

/// Text where a frame should be is another protocol on the wrong port.
fn explain(error: DecodeError, received: &[u8]) -> HandshakeError {
    let start: Vec<u8> = received.iter().copied().take(20).collect();
    let is_text = start.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\r' | b'\n' | b'\t'));
    match String::from_utf8(start) {
        Ok(text) if is_text => HandshakeError::OtherProtocol(text.trim_end().to_owned()),
        _ => error.into(),
    }
}

fn preferences(limits: &ServerLimits) -> Preferences {
    let mut ours = Preferences::broker();
    ours.max_frame_bytes = limits.max_frame_bytes;
    ours.max_inactivity = limits.inactivity;
    ours.initial_delay = limits.initial_delay;
    ours
}

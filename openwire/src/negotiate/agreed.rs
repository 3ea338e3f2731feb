//! What both sides can agree on.

use std::time::Duration;

use crate::{
    codec::{Decoder, Encoder},
    format::WireFormat,
    limits::Limits,
    text::Text,
};

/// What holds on a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// How frames are written in both directions.
    pub format: WireFormat,
    /// Turn Nagle's algorithm off.
    pub tcp_no_delay: bool,
    /// Largest frame; `u64::MAX` if neither side has an opinion or this side does not enforce it.
    pub max_frame_bytes: u64,
    /// Silence after which the connection is dropped; a keep-alive is due after a third of it. Zero:
    /// never.
    pub max_inactivity: Duration,
    /// Time before the first check of inactivity.
    pub initial_delay: Duration,
    /// Who made the peer.
    pub provider_name: Option<Text>,
    /// Which version of it.
    pub provider_version: Option<Text>,
    /// What it runs on.
    pub platform: Option<Text>,
    /// The host that the peer meant to reach.
    pub host: Option<Text>,
}

impl Agreed {
    /// An encoder for this connection, with an empty cache.
    pub fn encoder(&self) -> Encoder {
        Encoder::new(self.format, self.max_frame_bytes)
    }

    /// A decoder for this connection, with an empty cache.
    pub fn decoder(&self) -> Decoder {
        Decoder::new(self.format, self.limits())
    }

    /// The default limits, with the frame limit agreed. A peer's larger limit never raises ours: the
    /// smaller one of both was agreed.
    pub fn limits(&self) -> Limits {
        Limits { max_frame_bytes: self.max_frame_bytes, ..Limits::default() }
    }
}

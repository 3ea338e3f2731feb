//! Frames to commands and back, for one connection: the encoder and the decoder remember what their
//! direction has cached.

mod decoder;
mod encoder;

pub use self::{decoder::Decoder, encoder::Encoder};

/// Bytes of the size prefix.
const PREFIX: usize = 4;

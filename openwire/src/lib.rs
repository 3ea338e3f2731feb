//! OpenWire, the native protocol of Apache ActiveMQ: bytes to commands and back, for all 63 types
//! and versions 1 to 12. No I/O, no clock.
//!
//! ```text
//! frame = [ i32 size ] u8 type  payload
//! loose payload = fields in order
//! tight payload = bits, then the fields' bytes
//! ```

mod body;
mod cache;
mod codec;
mod command;
pub mod destination;
mod error;
mod format;
mod ids;
mod limits;
mod negotiate;
mod stored;
mod text;
mod wire;

pub use self::{
    body::{DataReader, DataWriter, PrimitiveMap, PropertyError, Value},
    codec::{Decoder, Encoder},
    command::*,
    destination::Destination,
    error::{DecodeError, DecodeFault, EncodeError},
    format::WireFormat,
    ids::{
        BrokerId, ConnectionId, ConsumerId, LocalTransactionId, MessageId, ParseIdError,
        ProducerId, SessionId, TransactionId, XaTransactionId,
    },
    limits::Limits,
    negotiate::{Agreed, Preferences},
    stored::{decode_stored, decode_stored_command, encode_stored, encode_stored_command},
    text::Text,
};

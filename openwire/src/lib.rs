//! OpenWire, the native protocol of Apache ActiveMQ: bytes to commands and back, for all 63 types
//! and versions 1 to 12. No I/O, no clock: whoever owns the socket moves the bytes.
//!
//! # A connection
//!
//! Both sides first send a [`WireFormatInfo`], in a form that is always the same, and from the two
//! follows the form of everything else. [`Preferences`] are what one side would like; negotiated with
//! the peer's info they become [`Agreed`], which makes an [`Encoder`] and a [`Decoder`].
//!
//! ```
//! use bytes::BytesMut;
//! use relaismq_openwire::{
//!     Command, Decoder, Destination, Encoder, Message, Preferences, WireFormatInfo,
//! };
//!
//! // What each side does first. The default coders are those for the first frame.
//! let (client, broker) = (Preferences::client("localhost"), Preferences::broker());
//! let mut wire = BytesMut::new();
//! Encoder::default().encode(&client.to_info()?.into(), &mut wire)?;
//!
//! // What the broker makes of it.
//! let first = Decoder::default().decode(&mut wire)?.ok_or("more bytes are needed")?;
//! let agreed = broker.negotiate(&WireFormatInfo::from_first(first)?)?;
//!
//! // From here on.
//! let mut message = Message::new_text("hello")?;
//! message.destination = Some(Destination::queue("GREETINGS"));
//! agreed.encoder().encode(&message.into(), &mut wire)?;
//! let Some(Command::Message(received)) = agreed.decoder().decode(&mut wire)? else {
//!     return Err("a message was sent".into());
//! };
//! assert_eq!(received.body_text()?.as_deref(), Some("hello"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Frames
//!
//! ```text
//! frame = [ i32 size ] u8 type  payload
//! loose payload = fields in order
//! tight payload = bits, then the fields' bytes
//! ```
//!
//! Every type has one list of fields, in the order of the wire, with the version in which each
//! appeared. The encodings are ways to walk such a list, in either direction; a third way is
//! [`describe()`], which makes a tree of names and values to look at. There is no code per version.
//!
//! With the marshal cache agreed, ids and destinations that a direction has carried before are sent
//! as numbers. The numbers are handed out exactly as Java does, so that frames are the same byte for
//! byte. It also means that a frame which cannot be decoded ends its connection.
//!
//! # Messages
//!
//! A [`Message`] keeps content and properties as the bytes that came in, and a broker passes them on
//! untouched. They are decoded when somebody asks: [`Message::body_text`] and its like,
//! [`Message::properties`], or [`Message::property`] for a single one.
//!
//! # Strangers
//!
//! Bytes from a peer produce a command or a [`DecodeError`] that names the offset, the type and the
//! field, and never a panic. Lengths and counts are checked against the bytes that are there before
//! anything is allocated; [`Limits`] bound the rest.

mod body;
mod cache;
mod codec;
mod command;
mod describe;
pub mod destination;
mod error;
mod footprint;
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
    describe::{Described, Field, describe},
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

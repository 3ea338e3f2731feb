//! A message that came from the broker.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use relaismq_openwire::{
    self as openwire, DecodeError, Destination, MessageId, MessageKind, PrimitiveMap, Text, Value,
};

use super::FromValue;
use crate::trace::{PARENT, STATE, TraceContext};

/// A message that came from the broker: its body, properties and headers.
///
/// Cheap to clone. The body is decoded (and unpacked if it is compressed, to at most 100 MiB) each
/// time it is asked for.
#[derive(Clone)]
pub struct Received {
    wire: Arc<openwire::Message>,
    redeliveries: u32,
}

/// What the body of a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BodyKind {
    /// No body.
    Empty,
    /// [`Received::text`].
    Text,
    /// [`Received::bytes`].
    Bytes,
    /// [`Received::map`].
    Map,
    /// [`Received::stream`].
    Stream,
    /// [`Received::object_bytes`].
    Object,
    /// A reference to a body elsewhere, which is not supported.
    Blob,
}

impl BodyKind {
    pub(super) const fn of(kind: &MessageKind) -> Self {
        match kind {
            MessageKind::Plain => Self::Empty,
            MessageKind::Bytes => Self::Bytes,
            MessageKind::Map => Self::Map,
            MessageKind::Object => Self::Object,
            MessageKind::Stream => Self::Stream,
            MessageKind::Text => Self::Text,
            MessageKind::Blob(_) => Self::Blob,
        }
    }
}

impl fmt::Display for BodyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "empty",
            Self::Text => "text",
            Self::Bytes => "bytes",
            Self::Map => "map",
            Self::Stream => "stream",
            Self::Object => "object",
            Self::Blob => "blob",
        })
    }
}

/// Why a body cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BodyError {
    /// The body is of another kind than asked for.
    #[error("the body is {actual}, not {wanted}; read it as what kind() says")]
    WrongKind {
        /// What was asked for.
        wanted: BodyKind,
        /// What it is.
        actual: BodyKind,
    },
    /// The body is damaged, or too large when unpacked.
    #[error("the body cannot be decoded: {0}")]
    Malformed(#[from] DecodeError),
}

/// The body.
impl Received {
    pub(crate) fn new(wire: Arc<openwire::Message>, redeliveries: u32) -> Self {
        Self { wire, redeliveries }
    }

    /// What the body is.
    #[must_use]
    pub fn kind(&self) -> BodyKind {
        BodyKind::of(&self.wire.kind)
    }

    /// The text; Java's null text is empty here.
    ///
    /// # Errors
    /// [`BodyError`], also if the body is of another kind.
    pub fn text(&self) -> Result<Text, BodyError> {
        self.expect(BodyKind::Text)?;
        Ok(self.wire.body_text()?.unwrap_or_default())
    }

    /// The bytes.
    ///
    /// # Errors
    /// [`BodyError`], also if the body is of another kind.
    pub fn bytes(&self) -> Result<Bytes, BodyError> {
        self.expect(BodyKind::Bytes)?;
        Ok(self.wire.body_bytes()?)
    }

    /// The named values.
    ///
    /// # Errors
    /// [`BodyError`], also if the body is of another kind.
    pub fn map(&self) -> Result<PrimitiveMap, BodyError> {
        self.expect(BodyKind::Map)?;
        Ok(self.wire.body_map()?)
    }

    /// The values in order.
    ///
    /// # Errors
    /// [`BodyError`], also if the body is of another kind.
    pub fn stream(&self) -> Result<Vec<Value>, BodyError> {
        self.expect(BodyKind::Stream)?;
        Ok(self.wire.body_stream()?)
    }

    /// A Java object as Java serialized it; empty for null. It is never instantiated.
    ///
    /// # Errors
    /// [`BodyError`], also if the body is of another kind.
    pub fn object_bytes(&self) -> Result<Bytes, BodyError> {
        self.expect(BodyKind::Object)?;
        Ok(self.wire.body_object()?.unwrap_or_default())
    }

    fn expect(&self, wanted: BodyKind) -> Result<(), BodyError> {
        let actual = self.kind();
        if actual == wanted { Ok(()) } else { Err(BodyError::WrongKind { wanted, actual }) }
    }
}

/// Properties and headers.
impl Received {
    /// A property, converted as JMS converts; `None` if it is missing or cannot be had as a `T`. The
    /// names JMS reserves (`JMSXGroupID`, `JMSXGroupSeq`, `JMSXDeliveryCount`, ...) read the header they
    /// stand for.
    ///
    /// ```no_run
    /// # fn show(message: relaismq::Received) {
    /// let region: Option<String> = message.property("region");
    /// let attempt = message.property::<i64>("attempt").unwrap_or(1);
    /// # }
    /// ```
    #[must_use]
    pub fn property<T: FromValue>(&self, name: &str) -> Option<T> {
        let value = match name {
            // The client counts deliveries that the broker does not know of.
            "JMSXDeliveryCount" => Some(Value::from(as_int(self.delivery_count()))),
            "JMSRedelivered" => Some(Value::from(self.redelivered())),
            _ => self.wire.selectable(name).ok().flatten(),
        };
        value.as_ref().and_then(T::from_value)
    }

    /// The trace that the message was sent in; `None` if it has none, or what it has is no `traceparent`.
    #[must_use]
    pub fn trace_context(&self) -> Option<TraceContext> {
        let context = TraceContext::new(self.property::<String>(PARENT)?).ok()?;
        Some(context.with_state(self.property::<String>(STATE).unwrap_or_default()))
    }

    /// All properties, without those that are headers.
    ///
    /// # Errors
    /// [`DecodeError`] if they are malformed.
    pub fn properties(&self) -> Result<PrimitiveMap, DecodeError> {
        self.wire.properties()
    }

    /// The id that the sender gave it.
    #[must_use]
    pub fn message_id(&self) -> Option<&MessageId> {
        self.wire.message_id.as_ref()
    }

    /// Where it was sent.
    #[must_use]
    pub fn destination(&self) -> Option<&Destination> {
        self.wire.destination.as_ref()
    }

    /// Where it was sent first, if the broker moved it, such as to a dead letter queue.
    #[must_use]
    pub fn original_destination(&self) -> Option<&Destination> {
        self.wire.original_destination.as_ref()
    }

    /// What it answers, or what its answer should quote.
    #[must_use]
    pub fn correlation_id(&self) -> Option<&str> {
        self.wire.correlation_id.as_deref()
    }

    /// Where an answer is expected.
    #[must_use]
    pub fn reply_to(&self) -> Option<&Destination> {
        self.wire.reply_to.as_ref()
    }

    /// The sender's word on what it is (`JMSType`).
    #[must_use]
    pub fn message_type(&self) -> Option<&str> {
        self.wire.jms_type.as_deref()
    }

    /// 0 to 9, where 4 is normal.
    #[must_use]
    pub fn priority(&self) -> u8 {
        u8::try_from(self.wire.priority).unwrap_or(0)
    }

    /// The broker keeps it over a restart.
    #[must_use]
    pub fn persistent(&self) -> bool {
        self.wire.persistent
    }

    /// It may have been delivered before, to this or another consumer.
    #[must_use]
    pub fn redelivered(&self) -> bool {
        self.redeliveries > 0
    }

    /// Which delivery of the message this is, counted from 1.
    #[must_use]
    pub fn delivery_count(&self) -> u32 {
        self.redeliveries.saturating_add(1)
    }

    /// When it was sent, by the sender's clock; `None` if the sender did not say.
    #[must_use]
    pub fn timestamp(&self) -> Option<SystemTime> {
        time(self.wire.timestamp)
    }

    /// When it expires; `None` if it does not.
    #[must_use]
    pub fn expiration(&self) -> Option<SystemTime> {
        time(self.wire.expiration)
    }

    /// The message group.
    #[must_use]
    pub fn group(&self) -> Option<&str> {
        self.wire.group_id.as_deref()
    }

    /// The place in the group; 0 if the sender gave none.
    #[must_use]
    pub fn group_sequence(&self) -> i32 {
        self.wire.group_sequence
    }

    /// Who sent it, if the broker fills that in (`populateJMSXUserID`).
    #[must_use]
    pub fn user_id(&self) -> Option<&str> {
        self.wire.user_id.as_deref()
    }

    /// The message as it came over the wire, for what has no accessor here.
    #[must_use]
    pub fn wire(&self) -> &openwire::Message {
        &self.wire
    }
}

/// Without the body and the properties, which may be confidential.
impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received")
            .field("kind", &self.kind())
            .field("message_id", &self.message_id().map(ToString::to_string))
            .field("destination", &self.destination())
            .field("delivery_count", &self.delivery_count())
            .finish_non_exhaustive()
    }
}

fn as_int(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

fn time(millis: i64) -> Option<SystemTime> {
    let millis = u64::try_from(millis).ok().filter(|millis| *millis > 0)?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(millis))
}

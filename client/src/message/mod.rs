//! Messages to send, messages received, and the values inside them.

mod received;
mod value;

use std::time::Duration;

use bytes::Bytes;
use relaismq_openwire::{self as openwire, Destination, EncodeError, PropertyError, Text};

pub use self::received::{BodyError, BodyKind, Received};
pub use self::value::FromValue;
pub use relaismq_openwire::{PrimitiveMap, Value};

/// A message to send: a body, properties and headers.
///
/// Made by one of the body constructors, then refined by chaining. Cheap to clone, so that one message
/// can be sent many times. Whatever cannot be encoded is reported by the send.
///
/// ```
/// use relaismq::Message;
///
/// let order = Message::text("<order id='7'/>")
///     .property("region", "EU")
///     .property("attempt", 1)
///     .correlation_id("order-7");
/// ```
#[derive(Clone, Debug)]
pub struct Message {
    wire: Box<openwire::Message>,
    properties: PrimitiveMap,
    fault: Option<MessageFault>,
}

/// Why a message cannot be encoded.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageFault {
    /// The body, a name or a text is too long for its length field.
    #[error("the message cannot be encoded: {0}")]
    Unencodable(#[from] EncodeError),
    /// A property whose name stands for a header has a value which that header cannot hold.
    #[error("bad property: {0}")]
    Property(#[from] PropertyError),
}

/// Constructors: one per kind of body.
impl Message {
    fn from_body(wire: Result<openwire::Message, EncodeError>) -> Self {
        let (wire, fault) = match wire {
            Ok(wire) => (wire, None),
            Err(error) => (openwire::Message::new_plain(), Some(error.into())),
        };
        Self { wire: Box::new(wire), properties: PrimitiveMap::new(), fault }
    }

    /// A message without body.
    #[must_use]
    pub fn empty() -> Self {
        Self::from_body(Ok(openwire::Message::new_plain()))
    }

    /// A text message.
    #[must_use]
    pub fn text(text: impl AsRef<str>) -> Self {
        Self::from_body(openwire::Message::new_text(text.as_ref()))
    }

    /// A bytes message.
    #[must_use]
    pub fn bytes(body: impl Into<Bytes>) -> Self {
        Self::from_body(Ok(openwire::Message::new_bytes(body)))
    }

    /// A map message: named values. Of two entries with one name the later one counts.
    ///
    /// ```
    /// use relaismq::{Message, Value};
    ///
    /// let reading = Message::map([("sensor", Value::from("t1")), ("celsius", Value::from(21.5))]);
    /// ```
    #[must_use]
    pub fn map<N, V>(entries: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<Text>,
        V: Into<Value>,
    {
        Self::from_body(openwire::Message::new_map(&entries.into_iter().collect()))
    }

    /// A stream message: values one after the other.
    #[must_use]
    pub fn stream(items: impl IntoIterator<Item = impl Into<Value>>) -> Self {
        Self::from_body(openwire::Message::new_stream(items.into_iter().map(Into::into)))
    }

    /// An object message, from what Java's `ObjectOutputStream` wrote. The bytes are not looked at.
    #[must_use]
    pub fn object(serialized: impl Into<Bytes>) -> Self {
        Self::from_body(Ok(openwire::Message::new_object(serialized)))
    }
}

/// Properties and headers.
impl Message {
    /// Sets a property that receivers can read and selectors can test.
    ///
    /// The names JMS reserves (`JMSXGroupID`, `JMSCorrelationID`, ...) set the header they stand for.
    #[must_use]
    pub fn property(mut self, name: impl Into<Text>, value: impl Into<Value>) -> Self {
        self.properties.insert(name, value);
        self
    }

    /// What this message answers, or what its answer should quote.
    #[must_use]
    pub fn correlation_id(self, id: impl Into<Text>) -> Self {
        self.with(|wire| wire.correlation_id = Some(id.into()))
    }

    /// Where answers are expected.
    #[must_use]
    pub fn reply_to(self, destination: impl Into<Destination>) -> Self {
        self.with(|wire| wire.reply_to = Some(destination.into()))
    }

    /// A word for the receiver on what the message is (`JMSType`).
    #[must_use]
    pub fn message_type(self, name: impl Into<Text>) -> Self {
        self.with(|wire| wire.jms_type = Some(name.into()))
    }

    /// The message group: all messages of one group go to one consumer, in order, while it lives.
    #[must_use]
    pub fn group(self, id: impl Into<Text>) -> Self {
        self.with(|wire| wire.group_id = Some(id.into()))
    }

    /// The place in the group, counted from 1; a negative one closes the group. Default 0: none given.
    #[must_use]
    pub fn group_sequence(self, sequence: i32) -> Self {
        self.with(|wire| wire.group_sequence = sequence)
    }

    /// Asks the broker to hold the message back for so long, in whole milliseconds. Only brokers with
    /// `schedulerSupport="true"` do; others deliver at once.
    #[must_use]
    pub fn delay(self, delay: Duration) -> Self {
        let millis = i64::try_from(delay.as_millis()).unwrap_or(i64::MAX);
        self.property("AMQ_SCHEDULED_DELAY", millis)
    }

    pub(crate) fn correlation(&self) -> Option<&str> {
        self.wire.correlation_id.as_deref()
    }

    fn with(mut self, change: impl FnOnce(&mut openwire::Message)) -> Self {
        change(&mut self.wire);
        self
    }

    /// The message as it travels, with its properties encoded and its body compressed if wanted.
    pub(crate) fn into_wire(self, compress: bool) -> Result<Box<openwire::Message>, MessageFault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let mut wire = self.wire;
        if !self.properties.is_empty() {
            set_properties(&mut wire, &self.properties)?;
        }
        if compress {
            wire.compress();
        }
        Ok(wire)
    }
}

/// To send it on: body, properties and the application's headers are kept; identity, destination,
/// times and delivery counts are not.
impl From<&Received> for Message {
    fn from(received: &Received) -> Self {
        let from = received.wire();
        let mut message = Self::from_body(Ok(openwire::Message {
            kind: from.kind.clone(),
            content: from.content.clone(),
            compressed: from.compressed,
            correlation_id: from.correlation_id.clone(),
            reply_to: from.reply_to.clone(),
            jms_type: from.jms_type.clone(),
            group_id: from.group_id.clone(),
            group_sequence: from.group_sequence,
            ..openwire::Message::default()
        }));
        // Malformed properties stay with the message that has them.
        message.properties = from.properties().unwrap_or_default();
        message
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

fn set_properties(
    wire: &mut openwire::Message,
    properties: &PrimitiveMap,
) -> Result<(), MessageFault> {
    let reserved = |name: &str| name.starts_with("JMS") || name.starts_with("AMQ_");
    if !properties.iter().any(|(name, _)| reserved(name)) {
        return Ok(wire.set_properties(properties)?);
    }
    let (special, plain): (Vec<_>, Vec<_>) =
        properties.iter().partition(|(name, _)| reserved(name));
    let plain = plain.into_iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    wire.set_properties(&plain)?;
    for (name, value) in special {
        wire.set_property(name, value.clone())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;

//! Messages to send, messages received, and the values inside them.

mod received;
mod value;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use relaismq_openwire::{
    self as openwire, DecodeError, Destination, EncodeError, PropertyError, Text,
};

use crate::trace::{PARENT, STATE, TraceContext};

pub use self::received::{BodyError, BodyKind, Received};
pub use self::value::FromValue;
pub use relaismq_openwire::{PrimitiveMap, Value};

/// A message to send: a body, properties and headers.
///
/// Made by one of the body constructors, or from a message that was [`Received`]; then refined by
/// chaining. Cheap to clone, so that one message can be sent many times. Whatever cannot be encoded is
/// reported by the send, which gives the message back.
///
/// ```
/// use relaismq::Message;
///
/// let order = Message::text("<order id='7'/>")
///     .property("region", "EU")
///     .property("attempt", 1)
///     .correlation_id("order-7");
/// ```
#[derive(Clone)]
pub struct Message {
    /// The very one that travels, unless somebody else has it as well when it is sent.
    wire: Arc<openwire::Message>,
    /// What few messages have.
    more: Option<Box<More>>,
}

#[derive(Clone, Default)]
struct More {
    properties: PrimitiveMap,
    fault: Option<MessageFault>,
}

/// A message as it travels.
pub(crate) struct Prepared {
    pub(crate) wire: Arc<openwire::Message>,
    pub(crate) rest: Rest,
}

/// What the message was made of besides, to make it again.
pub(crate) struct Rest(Option<Box<More>>);

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
    /// JMS has no names without a letter; other clients could not read it.
    #[error("a property, or an entry of a map message, has an empty name; give it one")]
    EmptyName,
    /// It was made from a received message whose properties cannot be read.
    #[error("the properties of the message that was received cannot be read: {0}")]
    Unreadable(DecodeError),
}

/// Constructors: one per kind of body.
impl Message {
    fn from_body(wire: Result<openwire::Message, EncodeError>) -> Self {
        match wire {
            Ok(wire) => Self { wire: Arc::new(wire), more: None },
            Err(error) => {
                let mut message = Self::empty();
                message.more().fault = Some(error.into());
                message
            }
        }
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
        let entries: PrimitiveMap = entries.into_iter().collect();
        let mut message = Self::from_body(openwire::Message::new_map(&entries));
        if has_empty_name(&entries) {
            message.more().fault.get_or_insert(MessageFault::EmptyName);
        }
        message
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
    /// The names JMS reserves (`JMSXGroupID`, `JMSXGroupSeq`, `JMSCorrelationID`, ...) set the header they
    /// stand for; [`Received::property`] reads it under the same name. An empty name is refused by the
    /// send.
    #[must_use]
    pub fn property(mut self, name: impl Into<Text>, value: impl Into<Value>) -> Self {
        self.more().properties.insert(name, value);
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

    /// Where the message belongs in a trace: the properties `traceparent` and `tracestate`, in place of those that it
    /// had.
    #[must_use]
    pub fn trace_context(mut self, context: &TraceContext) -> Self {
        let properties = &mut self.more().properties;
        properties.insert(PARENT, context.parent());
        if context.state().is_some() || properties.get(STATE).is_some() {
            properties.insert(STATE, context.state().unwrap_or_default());
        }
        self
    }

    pub(crate) fn correlation(&self) -> Option<&str> {
        self.wire.correlation_id.as_deref()
    }

    /// Changed if it is alone, or a copy of it.
    fn with(mut self, change: impl FnOnce(&mut openwire::Message)) -> Self {
        change(Arc::make_mut(&mut self.wire));
        self
    }

    fn more(&mut self) -> &mut More {
        self.more.get_or_insert_default()
    }

    /// As it travels, with its properties encoded and its body compressed if wanted. Where nobody else has
    /// the message, it is the same one.
    pub(crate) fn prepare(self, compress: bool) -> Result<Prepared, (MessageFault, Self)> {
        let Self { mut wire, more } = self;
        if let Some(More { properties, fault }) = more.as_deref() {
            let encoded = match fault {
                Some(fault) => Err(fault.clone()),
                None if properties.is_empty() => Ok(()),
                None => set_properties(Arc::make_mut(&mut wire), properties),
            };
            if let Err(fault) = encoded {
                return Err((fault, Self { wire, more }));
            }
        }
        if compress {
            Arc::make_mut(&mut wire).compress();
        }
        Ok(Prepared { wire, rest: Rest(more) })
    }

    /// As [`Self::prepare`], of a copy.
    #[cfg(test)]
    pub(crate) fn to_wire(&self, compress: bool) -> Result<Arc<openwire::Message>, MessageFault> {
        self.clone().prepare(compress).map(|it| it.wire).map_err(|(fault, _)| fault)
    }
}

/// The message again, without what the way to the broker has written on it.
impl From<Prepared> for Message {
    fn from(Prepared { mut wire, rest: Rest(more) }: Prepared) -> Self {
        let headers = Arc::make_mut(&mut wire);
        let plain = openwire::Message::default();
        headers.destination = plain.destination;
        (headers.persistent, headers.priority) = (plain.persistent, plain.priority);
        Self { wire, more }
    }
}

/// Without the body and the properties, which may be confidential.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more = self.more.as_deref();
        f.debug_struct("Message")
            .field("kind", &BodyKind::of(&self.wire.kind))
            .field("bytes", &self.wire.content.as_ref().map_or(0, Bytes::len))
            .field("properties", &more.map_or(0, |more| more.properties.len()))
            .field("fault", &more.and_then(|more| more.fault.as_ref()))
            .finish_non_exhaustive()
    }
}

/// To send it on: the body, the properties and the application's headers (correlation id, reply
/// destination, type, group) are kept. Identity, destination, times and delivery counts are not, nor
/// are the properties by which it was sent at a later time: that time has come.
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
        match from.properties() {
            Ok(properties) if properties.is_empty() => {}
            Ok(properties) => {
                let kept = properties.into_iter().filter(|(name, _)| !is_schedule(name));
                message.more().properties = kept.collect();
            }
            // To lose them silently would be worse than to refuse.
            Err(error) => message.more().fault = Some(MessageFault::Unreadable(error)),
        }
        message
    }
}

/// As from a reference.
impl From<Received> for Message {
    fn from(received: Received) -> Self {
        Self::from(&received)
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

fn is_schedule(name: &str) -> bool {
    name.starts_with("AMQ_SCHEDULED_") || name == "scheduledJobId"
}

fn has_empty_name(entries: &PrimitiveMap) -> bool {
    entries.iter().any(|(name, _)| name.is_empty())
}

fn set_properties(
    wire: &mut openwire::Message,
    properties: &PrimitiveMap,
) -> Result<(), MessageFault> {
    if has_empty_name(properties) {
        return Err(MessageFault::EmptyName);
    }
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

//! Messages as a test writes and reads them.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::value::{from_hex, named, to_hex, values};
use super::{JmsSession, JmsValue, PeerError};

/// A body of one of the JMS types.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// A plain message has none.
    None,
    /// Text, possibly null.
    Text(Option<String>),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Named values.
    Map(BTreeMap<String, JmsValue>),
    /// Values in order.
    Stream(Vec<JmsValue>),
    /// A serialized Java object as it is; never deserialized.
    Object(Vec<u8>),
}

/// A message to be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct JmsMessage {
    /// Its body.
    pub body: Body,
    /// Its properties.
    pub properties: BTreeMap<String, JmsValue>,
    headers: Map<String, Value>,
}

impl JmsMessage {
    /// A message with this body.
    #[must_use]
    pub fn new(body: Body) -> Self {
        Self { body, properties: BTreeMap::new(), headers: Map::new() }
    }

    /// A text message.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::new(Body::Text(Some(text.to_owned())))
    }

    /// Adds a property.
    #[must_use]
    pub fn property(mut self, name: &str, value: impl Into<JmsValue>) -> Self {
        self.properties.insert(name.to_owned(), value.into());
        self
    }

    /// Sets `JMSCorrelationID`.
    #[must_use]
    pub fn correlation_id(self, id: &str) -> Self {
        self.header("correlation_id", id)
    }

    /// Sets `JMSType`.
    #[must_use]
    pub fn message_type(self, name: &str) -> Self {
        self.header("type", name)
    }

    /// Sets `JMSReplyTo`, such as `queue://A` or `temp-queue://ID:...`.
    #[must_use]
    pub fn reply_to(self, destination: &str) -> Self {
        self.header("reply_to", destination)
    }

    fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn to_json(&self) -> Value {
        let (kind, body) = match &self.body {
            Body::None => ("message", Value::Null),
            Body::Text(text) => ("text", json!(text)),
            Body::Bytes(bytes) => ("bytes", json!(to_hex(bytes))),
            Body::Map(entries) => ("map", named(entries)),
            Body::Stream(values) => ("stream", values.iter().map(JmsValue::to_json).collect()),
            Body::Object(bytes) => ("object", json!(to_hex(bytes))),
        };
        let mut message = self.headers.clone();
        message.insert("kind".to_owned(), kind.into());
        message.insert("body".to_owned(), body);
        message.insert("properties".to_owned(), named(&self.properties));
        Value::Object(message)
    }
}

/// How a message is sent. The default is what JMS says: persistent, priority 4, no expiry.
#[derive(Debug, Clone, Default)]
pub struct SendOptions {
    /// Not to be kept over a restart of the broker.
    pub non_persistent: bool,
    /// 0 to 9.
    pub priority: Option<u8>,
    /// How long the message lives.
    pub time_to_live: Option<Duration>,
    /// Where to, for a producer that has no destination of its own.
    pub destination: Option<String>,
}

impl SendOptions {
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "persistent": !self.non_persistent,
            "priority": self.priority.unwrap_or(4),
            "ttl_ms": self.time_to_live.map_or(0, |time| time.as_millis().try_into().unwrap_or(u64::MAX)),
            "destination": self.destination,
        })
    }
}

/// What the client knows of a message once it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// `JMSMessageID`
    pub id: String,
    /// `JMSTimestamp`
    pub timestamp: i64,
    /// `JMSExpiration`
    pub expiration: i64,
}

impl Sent {
    pub(crate) fn from_json(answer: &Value) -> Option<Self> {
        Some(Self {
            id: answer.get("id")?.as_str()?.to_owned(),
            timestamp: answer.get("timestamp")?.as_i64()?,
            expiration: answer.get("expiration")?.as_i64()?,
        })
    }
}

/// A message that arrived.
#[derive(Debug, Clone)]
pub struct Received {
    /// Its body.
    pub body: Body,
    /// Its properties, those of JMSX included.
    pub properties: BTreeMap<String, JmsValue>,
    fields: Value,
}

impl Received {
    /// The text of a text message.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        match &self.body {
            Body::Text(text) => text.clone(),
            _ => None,
        }
    }

    /// A header that is text: `id`, `destination`, `reply_to`, `correlation_id`, `type`,
    /// `group`.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.fields.get(name)?.as_str()
    }

    /// A header that is a number: `delivery_mode`, `priority`, `timestamp`, `expiration`,
    /// `delivery_count`, `group_sequence`.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<i64> {
        self.fields.get(name)?.as_i64()
    }

    /// `JMSRedelivered`
    #[must_use]
    pub fn is_redelivered(&self) -> bool {
        self.fields.get("redelivered").and_then(Value::as_bool).unwrap_or(false)
    }

    /// Acknowledges it (and, depending on the mode, all before it) on its session.
    ///
    /// # Errors
    /// When the client throws.
    pub async fn acknowledge(&self, session: &JmsSession) -> Result<(), PeerError> {
        session.acknowledge(self.fields.get("handle").cloned().unwrap_or_default()).await
    }

    pub(crate) fn from_json(fields: &Value) -> Option<Self> {
        let content = fields.get("body")?;
        let body = match fields.get("kind")?.as_str()? {
            "text" => Body::Text(content.as_str().map(str::to_owned)),
            "bytes" => Body::Bytes(from_hex(content.as_str()?)?),
            "map" => Body::Map(values(content)?),
            "stream" => Body::Stream(
                content.as_array()?.iter().map(JmsValue::from_json).collect::<Option<_>>()?,
            ),
            "object" => Body::Object(from_hex(content.as_str().unwrap_or(""))?),
            _ => Body::None,
        };
        Some(Self { body, properties: values(fields.get("properties")?)?, fields: fields.clone() })
    }
}

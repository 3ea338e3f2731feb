//! Properties of messages: those in the map, and those that JMS keeps in header fields.

use super::{map::PrimitiveMap, value::Value};
use crate::{
    command::Message,
    destination::{Destination, Kind},
    error::{DecodeError, EncodeError},
    text::Text,
};

impl Message {
    /// All properties of the map.
    ///
    /// # Errors
    /// [`DecodeError`] if they are malformed.
    pub fn properties(&self) -> Result<PrimitiveMap, DecodeError> {
        match &self.marshalled_properties {
            Some(bytes) => PrimitiveMap::decode(bytes),
            None => Ok(PrimitiveMap::new()),
        }
    }

    /// Replaces the map; header fields stay as they are.
    ///
    /// # Errors
    /// [`EncodeError`] for a name of more than 65,535 bytes; nothing is changed then.
    pub fn set_properties(&mut self, properties: &PrimitiveMap) -> Result<(), EncodeError> {
        self.marshalled_properties =
            if properties.is_empty() { None } else { Some(properties.encode()?) };
        Ok(())
    }

    /// One property of the map, without decoding the others.
    ///
    /// # Errors
    /// [`DecodeError`] if the map is malformed.
    pub fn property(&self, name: &str) -> Result<Option<Value>, DecodeError> {
        match &self.marshalled_properties {
            Some(bytes) => PrimitiveMap::find(bytes, name),
            None => Ok(None),
        }
    }

    /// What a selector sees under `name`: a JMS header, or else a property. `None` and
    /// [`Value::Null`] are both SQL's NULL.
    ///
    /// # Errors
    /// [`DecodeError`] if the properties are malformed.
    pub fn selectable(&self, name: &str) -> Result<Option<Value>, DecodeError> {
        if name.starts_with("JMS")
            && let Some(value) = self.header(name)
        {
            return Ok(Some(value));
        }
        self.property(name)
    }

    /// The JMS header or JMSX property `name`, if that is kept in a field; null if not set.
    pub fn header(&self, name: &str) -> Option<Value> {
        let text = |text: &Option<Text>| text.clone().map_or(Value::Null, Value::Text);
        let shown = |it: Option<String>| it.map_or(Value::Null, Value::from);
        Some(match name {
            "JMSDestination" => shown(self.destination.as_ref().map(ToString::to_string)),
            "JMSReplyTo" => shown(self.reply_to.as_ref().map(ToString::to_string)),
            "JMSMessageID" => shown(self.message_id.as_ref().map(ToString::to_string)),
            "JMSCorrelationID" => text(&self.correlation_id),
            "JMSType" => text(&self.jms_type),
            "JMSDeliveryMode" if self.persistent => "PERSISTENT".into(),
            "JMSDeliveryMode" => "NON_PERSISTENT".into(),
            "JMSPriority" => i32::from(self.priority).into(),
            "JMSTimestamp" => self.timestamp.into(),
            "JMSExpiration" => self.expiration.into(),
            "JMSRedelivered" => (self.redelivery_counter > 0).into(),
            "JMSXDeliveryCount" => self.redelivery_counter.saturating_add(1).into(),
            "JMSXGroupID" => text(&self.group_id),
            "JMSXGroupSeq" => self.group_sequence.into(),
            "JMSXGroupFirstForConsumer" => self.group_first_for_consumer.into(),
            "JMSXProducerTXID" => shown(
                self.original_transaction_id
                    .as_ref()
                    .or(self.transaction_id.as_ref())
                    .map(ToString::to_string),
            ),
            "JMSXUserID" => match &self.user_id {
                Some(user) => Value::Text(user.clone()),
                // Unless a broker filled it in, it is an ordinary property.
                None => return None,
            },
            "JMSActiveMQBrokerInTime" => self.broker_in_time.into(),
            "JMSActiveMQBrokerOutTime" => self.broker_out_time.into(),
            _ => return None,
        })
    }

    /// Sets a property the way a JMS client does: some names set header fields, the scheduler's
    /// names take numbers in any form, all others go to the map.
    ///
    /// # Errors
    /// [`PropertyError`] if the value does not suit the name; nothing is changed then.
    pub fn set_property(
        &mut self,
        name: &str,
        value: impl Into<Value>,
    ) -> Result<(), PropertyError> {
        let value = value.into();
        let unsuited = |value| PropertyError::Unsuited { name: name.to_owned(), value };
        let value = match self.set_header(name, value) {
            Ok(()) => return Ok(()),
            Err(Refusal::Unsuited(value)) => return Err(unsuited(value)),
            Err(Refusal::NoHeader(value)) => value,
        };
        let value = scheduled(name, value).map_err(unsuited)?;
        let mut properties = self.properties()?;
        properties.insert(name, value);
        Ok(self.set_properties(&properties)?)
    }

    fn set_header(&mut self, name: &str, value: Value) -> Result<(), Refusal> {
        let text = |value: Value| match value {
            Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text)),
            other => Err(Refusal::Unsuited(other)),
        };
        match name {
            "JMSXGroupID" => self.group_id = text(value)?,
            "JMSCorrelationID" => self.correlation_id = text(value)?,
            "JMSType" => self.jms_type = text(value)?,
            "JMSReplyTo" => self.reply_to = destination(value)?,
            "JMSDeliveryMode" => self.persistent = persistence(value)?,
            "JMSRedelivered" => self.set_redelivered(truth(value)?),
            "JMSXGroupSeq" => self.group_sequence = small(value)?,
            "JMSXDeliveryCount" => self.redelivery_counter = small(value)?.saturating_sub(1),
            "JMSPriority" => {
                self.priority = i8::try_from(small(value)?.clamp(0, 9)).unwrap_or_default();
            }
            "JMSExpiration" => self.expiration = number(value)?,
            "JMSTimestamp" => self.timestamp = number(value)?,
            _ => return Err(Refusal::NoHeader(value)),
        }
        Ok(())
    }

    /// Says that the message was delivered before, or never.
    pub fn set_redelivered(&mut self, redelivered: bool) {
        self.redelivery_counter = match redelivered {
            true => self.redelivery_counter.max(1),
            false => 0,
        };
    }
}

/// Why a property could not be set.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PropertyError {
    /// The name stands for a header that holds something else.
    #[error("{name} cannot hold {value:?}")]
    Unsuited {
        /// Which property.
        name: String,
        /// What was to be put there.
        value: Value,
    },
    /// The properties that are there already are malformed.
    #[error("the existing properties are malformed")]
    Malformed(#[from] DecodeError),
    /// The new properties cannot be encoded.
    #[error("the properties cannot be encoded")]
    Unencodable(#[from] EncodeError),
}

enum Refusal {
    NoHeader(Value),
    Unsuited(Value),
}

/// A whole number, also one written as text, as Java converts them.
fn number(value: Value) -> Result<i64, Refusal> {
    let number = match &value {
        Value::Text(text) => text.trim().parse().ok(),
        other => other.as_i64(),
    };
    number.ok_or(Refusal::Unsuited(value))
}

fn small(value: Value) -> Result<i32, Refusal> {
    let number = number(value)?;
    i32::try_from(number).map_err(|_| Refusal::Unsuited(number.into()))
}

fn truth(value: Value) -> Result<bool, Refusal> {
    match &value {
        Value::Boolean(value) => Ok(*value),
        Value::Text(text) => Ok(text.eq_ignore_ascii_case("true")),
        _ => Err(Refusal::Unsuited(value)),
    }
}

fn persistence(value: Value) -> Result<bool, Refusal> {
    match &value {
        Value::Boolean(value) => Ok(*value),
        Value::Text(text) if text.eq_ignore_ascii_case("persistent") => Ok(true),
        Value::Text(text) if text.eq_ignore_ascii_case("non_persistent") => Ok(false),
        // JMS counts NON_PERSISTENT as 1 and PERSISTENT as 2.
        Value::Int(1) => Ok(false),
        Value::Int(2) => Ok(true),
        _ => Err(Refusal::Unsuited(value)),
    }
}

fn destination(value: Value) -> Result<Option<Destination>, Refusal> {
    match &value {
        Value::Null => Ok(None),
        Value::Text(text) => match Destination::parse(text, Kind::Queue) {
            Some(destination) => Ok(Some(destination)),
            None => Err(Refusal::Unsuited(value)),
        },
        _ => Err(Refusal::Unsuited(value)),
    }
}

/// The scheduler's numbers have fixed widths.
fn scheduled(name: &str, value: Value) -> Result<Value, Value> {
    let refused = |refusal| match refusal {
        Refusal::NoHeader(value) | Refusal::Unsuited(value) => value,
    };
    match name {
        "AMQ_SCHEDULED_DELAY" | "AMQ_SCHEDULED_PERIOD" => {
            number(value).map(Value::Long).map_err(refused)
        }
        "AMQ_SCHEDULED_REPEAT" => small(value).map(Value::Int).map_err(refused),
        _ => Ok(value),
    }
}

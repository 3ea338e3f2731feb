//! Properties of messages: those in the map, and those that JMS keeps in header fields.

use super::{
    conversion::{
        PropertyError, Refusal, destination, number, persistence, scheduled, small, text, truth,
    },
    value::{PrimitiveMap, Value},
};
use crate::{
    command::Message,
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
        let own = |text: &Option<Text>| text.clone().map_or(Value::Null, Value::Text);
        let shown = |it: Option<String>| it.map_or(Value::Null, Value::from);
        Some(match name {
            "JMSDestination" => shown(self.destination.as_ref().map(ToString::to_string)),
            "JMSReplyTo" => shown(self.reply_to.as_ref().map(ToString::to_string)),
            "JMSMessageID" => shown(self.message_id.as_ref().map(ToString::to_string)),
            "JMSCorrelationID" => own(&self.correlation_id),
            "JMSType" => own(&self.jms_type),
            "JMSDeliveryMode" if self.persistent => "PERSISTENT".into(),
            "JMSDeliveryMode" => "NON_PERSISTENT".into(),
            "JMSPriority" => i32::from(self.priority).into(),
            "JMSTimestamp" => self.timestamp.into(),
            "JMSExpiration" => self.expiration.into(),
            "JMSRedelivered" => (self.redelivery_counter > 0).into(),
            "JMSXDeliveryCount" => self.redelivery_counter.saturating_add(1).into(),
            "JMSXGroupID" => own(&self.group_id),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::destination::Destination;

    #[test]
    fn selectors_see_headers_before_properties() {
        let mut message = Message::new_plain();
        message.set_property("JMSType", "order").unwrap();
        message.set_property("color", "blue").unwrap();
        message.set_property("JMSReplyTo", "topic://answers").unwrap();
        message.set_property("JMSXUserID", "bob").unwrap();
        assert_eq!(message.reply_to, Some(Destination::topic("answers")));
        let sees = |name: &str| message.selectable(name).unwrap();
        assert_eq!(sees("JMSType"), Some("order".into()));
        assert_eq!(sees("color"), Some("blue".into()));
        assert_eq!(sees("JMSDeliveryMode"), Some("NON_PERSISTENT".into()));
        assert_eq!(sees("JMSCorrelationID"), Some(Value::Null));
        assert_eq!(sees("JMSXUserID"), Some("bob".into()));
        assert_eq!(sees("size"), None);
    }

    #[test]
    fn values_that_a_header_cannot_hold_change_nothing() {
        let mut message = Message::new_plain();
        for (name, value) in [
            ("JMSPriority", Value::from("high")),
            ("JMSType", Value::from(1)),
            ("JMSReplyTo", Value::from(" ")),
            ("AMQ_SCHEDULED_DELAY", Value::from("soon")),
        ] {
            let error = message.set_property(name, value).unwrap_err();
            assert!(matches!(error, PropertyError::Unsuited { .. }), "{name}");
        }
        assert_eq!(message, Message::new_plain());
    }

    #[test]
    fn setting_a_property_again_keeps_its_place() {
        let mut message = Message::new_plain();
        for (name, value) in [("a", 1), ("b", 2), ("a", 3)] {
            message.set_property(name, value).unwrap();
        }
        let expected: PrimitiveMap = [("a", 3), ("b", 2)].into_iter().collect();
        assert_eq!(message.properties().unwrap(), expected);
    }
}

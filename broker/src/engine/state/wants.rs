//! What consumers want of the messages that there are.

use std::borrow::Cow;

use relaismq_openwire::{ConnectionId, Message, Value as Wire};

use crate::selector::{Properties, Selector, Value};

/// What a durable subscription wants.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    pub(crate) selector: Option<Selector>,
    /// Leaves out what this connection publishes.
    pub(crate) not_from: Option<ConnectionId>,
}

impl Filter {
    pub(crate) fn accepts(&self, message: &Message) -> bool {
        let own = || {
            let producer = message.producer_id.as_ref().map(|id| &id.connection_id);
            self.not_from.as_ref().is_some_and(|not| producer == Some(&not.value))
        };
        !own() && self.selector.as_ref().is_none_or(|it| it.matches(&Selectable(message)))
    }
}

/// Headers under their JMS names, everything else a property.
pub(crate) struct Selectable<'a>(pub(crate) &'a Message);

impl Properties for Selectable<'_> {
    fn value(&self, name: &str) -> Option<Value<'_>> {
        // Unreadable properties match nothing.
        let value = self.0.selectable(name).ok().flatten()?;
        Some(match value {
            Wire::Null => return None,
            Wire::Boolean(it) => Value::Boolean(it),
            Wire::Byte(it) => Value::Byte(it),
            Wire::Char(it) => Value::Char(it),
            Wire::Short(it) => Value::Short(it),
            Wire::Int(it) => Value::Int(it),
            Wire::Long(it) => Value::Long(it),
            Wire::Float(it) => Value::Float(it),
            Wire::Double(it) => Value::Double(it),
            Wire::Text(it) => Value::String(Cow::Owned(it.to_string())),
            Wire::Bytes(_) | Wire::Map(_) | Wire::List(_) => Value::Opaque,
        })
    }

    fn body_text(&self) -> Option<Cow<'_, str>> {
        let text = self.0.body_text().ok().flatten()?;
        Some(Cow::Owned(text.to_string()))
    }
}

//! What a selector sees of an OpenWire message.

use std::borrow::Cow;

use relaismq_openwire::{Message, Value as Wire};

use crate::selector::{Properties, Value};

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

//! What all messages of a producer get.

use relaismq::{Destination, Message};

use crate::arguments::Property;

/// Headers and properties from the command line.
#[derive(Clone, Debug, Default)]
pub struct Stamp {
    /// `JMSXGroupID`.
    pub group: Option<String>,
    /// `JMSCorrelationID`.
    pub correlation_id: Option<String>,
    /// `JMSReplyTo`.
    pub reply_to: Option<Destination>,
    /// `JMSType`.
    pub message_type: Option<String>,
    /// Properties.
    pub properties: Vec<Property>,
}

impl Stamp {
    /// The message with all of it.
    pub(crate) fn on(&self, mut message: Message) -> Message {
        if let Some(group) = &self.group {
            message = message.group(group.as_str());
        }
        if let Some(id) = &self.correlation_id {
            message = message.correlation_id(id.as_str());
        }
        if let Some(destination) = &self.reply_to {
            message = message.reply_to(destination.clone());
        }
        if let Some(name) = &self.message_type {
            message = message.message_type(name.as_str());
        }
        for Property { name, value } in &self.properties {
            message = message.property(name.as_str(), value.clone());
        }
        message
    }
}

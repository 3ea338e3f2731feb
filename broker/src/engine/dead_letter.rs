//! Where messages go that nobody will take.

use std::sync::Arc;

use relaismq_openwire::{Destination, Message, Value};

use super::Engine;

/// Why.
#[derive(Clone, Debug)]
pub(crate) enum Cause {
    /// A consumer gave up.
    Poison(String),
    /// Its time is over.
    Expired,
}

impl Engine {
    /// Moves a copy to the dead letter queue. Non-persistent messages are dropped, as in ActiveMQ
    /// (`processNonPersistent` is off there by default); so is what is a dead letter already.
    pub(super) fn dead_letter(&mut self, message: &Arc<Message>, cause: Cause) {
        let queue = Destination::queue(self.settings.dead_letter_queue.as_str());
        if !message.persistent || message.destination.as_ref() == Some(&queue) {
            return;
        }
        let mut copy = (**message).clone();
        let text = match cause {
            Cause::Poison(text) => text,
            Cause::Expired => format!("Message Expired. Expiration:{}", copy.expiration),
        };
        copy.original_destination = copy.destination.replace(queue.clone());
        let expiration = std::mem::take(&mut copy.expiration);
        let notes = [
            ("dlqDeliveryFailureCause", Value::Text(text.into())),
            ("originalExpiration", Value::Long(expiration)),
        ];
        for (name, value) in notes {
            // Properties that cannot be read are left as they are.
            drop(copy.set_property(name, value));
        }
        if let Some(line) = self.queue(&queue) {
            self.enter(line, Arc::new(copy), 0);
        }
    }
}

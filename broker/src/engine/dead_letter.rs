//! Where messages go that nobody will take.

use relaismq_openwire::{Command, Destination, Message, Value};

use super::{Engine, advisory::about, buried::Cause, destinations::is_advisory};

impl Engine {
    /// Moves a copy to the dead letter queue; true if something was kept there. Non-persistent
    /// messages are dropped, as in ActiveMQ (`processNonPersistent` is off there by default); so is
    /// what is a dead letter already.
    pub(super) fn dead_letter(&mut self, message: &Message, cause: &Cause, held: bool) -> bool {
        if matches!(cause, Cause::Expired) {
            self.advise_expired(message);
        }
        let queue = Destination::queue(self.settings.dead_letter_queue.as_str());
        let dropped = !message.persistent || message.destination.as_ref() == Some(&queue);
        if dropped || !self.buried.note(message) {
            return false;
        }
        let mut copy = message.clone();
        let text = match cause {
            Cause::Poison(text) => text.clone(),
            // As Java prints the exception that ActiveMQ makes for it.
            Cause::Expired => {
                format!("java.lang.Throwable: Message Expired. Expiration:{}", copy.expiration)
            }
        };
        copy.original_destination = copy.destination.replace(queue.clone());
        copy.original_transaction_id = copy.transaction_id.take().or(copy.original_transaction_id);
        copy.group_first_for_consumer = false;
        let expiration = std::mem::take(&mut copy.expiration);
        let notes = [
            ("dlqDeliveryFailureCause", Value::Text(text.into())),
            ("originalExpiration", Value::Long(expiration)),
        ];
        for (name, value) in notes {
            // Properties that cannot be read are left as they are.
            drop(copy.set_property(name, value));
        }
        self.deliver_dead(&queue, copy, held);
        self.advise_dead(message);
        true
    }

    /// Monitors of Java applications listen for these two; ActiveMQ sends them without being asked.
    fn advise_expired(&mut self, message: &Message) {
        let Some(destination) = message.destination.as_ref().filter(|it| !is_advisory(it)) else {
            return;
        };
        let id = message.message_id.as_ref().map(ToString::to_string).unwrap_or_default();
        // So spelled in the protocol.
        let id = ("orignalMessageId", Value::Text(id.into()));
        self.advise(&about("Expired", destination), |_| (without_body(message), Some(id)));
    }

    fn advise_dead(&mut self, message: &Message) {
        if let Some(destination) = &message.destination {
            self.advise(&about("MessageDLQd", destination), |_| (without_body(message), None));
        }
    }
}

/// What an advisory tells of a message.
fn without_body(message: &Message) -> Command {
    Message { content: None, compressed: false, ..message.clone() }.into()
}

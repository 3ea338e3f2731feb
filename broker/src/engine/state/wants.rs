//! What consumers want of the messages that there are.

use relaismq_openwire::{ConnectionId, Message};

use crate::{selectable::Selectable, selector::Selector};

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

//! What a client has said that waits for room, in order.

use std::collections::VecDeque;

use relaismq_openwire::{Command, Message, SessionId, TransactionId};

/// What a client has sent that waits.
#[derive(Debug, Default)]
pub(crate) struct Behind {
    commands: VecDeque<Command>,
}

impl Behind {
    pub(crate) fn push(&mut self, command: Command) {
        self.commands.push_back(command);
    }

    pub(crate) fn first(&self) -> Option<&Command> {
        self.commands.front()
    }

    pub(crate) fn pop(&mut self) -> Option<Command> {
        self.commands.pop_front()
    }

    fn messages(&self) -> impl Iterator<Item = &Message> {
        self.commands.iter().filter_map(|command| match command {
            Command::Message(message) => Some(&**message),
            _ => None,
        })
    }

    /// Something that waits has to be done before it.
    pub(crate) fn is_before(&self, command: &Command) -> bool {
        let session = |wanted: &SessionId| {
            let of = |it: &Message| it.producer_id.as_ref().map(|id| id.session());
            self.messages().any(|it| of(it).as_ref() == Some(wanted))
        };
        let transaction = |wanted: &TransactionId| {
            self.messages().any(|it| it.transaction_id.as_ref() == Some(wanted))
        };
        match command {
            Command::Message(it) => {
                it.producer_id.as_ref().is_some_and(|id| session(&id.session()))
            }
            Command::TransactionInfo(it) => it.transaction_id.as_ref().is_some_and(transaction),
            Command::RemoveInfo(it) => match it.object_id.as_deref() {
                Some(Command::SessionId(id)) => session(id),
                Some(Command::ProducerId(id)) => session(&id.session()),
                Some(Command::ConnectionId(_)) => !self.commands.is_empty(),
                _ => false,
            },
            Command::ShutdownInfo(_) => !self.commands.is_empty(),
            _ => false,
        }
    }
}

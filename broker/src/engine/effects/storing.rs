//! Batches are handed to the store.

use relaismq_openwire::Message;

use crate::{
    engine::{
        Engine,
        io::{Effect, Link, Ticket},
        state::outcomes::{Answer, HandedOver, Then},
    },
    model::{Batch, Change, StoreError},
};

impl Engine {
    /// Hands a batch to the store, with messages of this sender.
    pub(crate) fn store(
        &mut self,
        batch: Batch,
        then: Vec<Then>,
        sender: Option<Link>,
    ) -> Option<Ticket> {
        if batch.changes.is_empty() && then.is_empty() {
            return None;
        }
        let ticket = self.outcomes.ticket();
        let bytes = batch.weight();
        let makes_room = self.room.is_wanted() && removes(&batch);
        self.outcomes.bytes += bytes;
        self.outcomes.waiting.insert(ticket, HandedOver { then, bytes, sender, makes_room });
        let knows = self.outcomes.failed;
        self.effects.push_back(Effect::Store { ticket, batch, knows });
        Some(ticket)
    }

    /// A batch that found no room left these removals behind: they go with the next one.
    pub(crate) fn remove_again(&mut self) {
        for (line, sequence) in std::mem::take(&mut self.outcomes.again) {
            let container =
                self.destinations.late_line(line).and_then(|line| line.container.clone());
            if let Some(container) = container {
                self.work.change(Change::Remove { container, sequence });
                self.work.later(Then::Removed(line, sequence));
            }
        }
    }

    pub(crate) fn settle(&mut self, ticket: Ticket) -> Option<HandedOver> {
        let waiting = self.outcomes.waiting.remove(&ticket)?;
        self.outcomes.bytes -= waiting.bytes;
        self.let_go_of_store();
        Some(waiting)
    }

    /// Answers together with a message that was sent before: when that is durable, if it is not
    /// yet, and with its failure, if it comes to that.
    pub(crate) fn answer_with(&mut self, message: &Message, link: Link, answer: Answer) {
        if let Some(then) = self.waiting_with(message) {
            then.push(Then::Answer(link, answer));
        } else {
            self.answer(link, answer);
        }
    }

    /// It has been handed to the store, and is not durable yet.
    pub(crate) fn is_under_way(&mut self, message: &Message) -> bool {
        self.waiting_with(message).is_some()
    }

    /// What waits together with a message that is on its way to the store.
    fn waiting_with(&mut self, message: &Message) -> Option<&mut Vec<Then>> {
        let id = message.message_id.as_ref()?;
        let is_it = |then: &Then| match then {
            Then::Sent(producer, sequence) => {
                *sequence == id.producer_sequence_id && Some(producer) == id.producer_id.as_ref()
            }
            _ => false,
        };
        let waiting = self.outcomes.waiting.values_mut().map(|waiting| &mut waiting.then);
        let waiting = waiting.chain(self.room.waiting()).chain([&mut self.work.then]);
        waiting.into_iter().find(|then| then.iter().any(is_it))
    }

    pub(crate) fn fail(&mut self, error: &StoreError) {
        self.failed = true;
        self.effects.push_back(Effect::Fail { reason: error.to_string() });
    }
}

/// Something in it gives room back.
fn removes(batch: &Batch) -> bool {
    let gives = |change: &Change| {
        matches!(change, Change::Remove { .. } | Change::DropQueue(_) | Change::DropSubscription(_))
    };
    batch.changes.iter().any(gives)
}

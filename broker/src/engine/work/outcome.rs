//! What happens when a batch is durable, or is not.

use crate::{
    engine::{
        Engine,
        io::{Report, Ticket},
        state::{
            outcomes::{HandedOver, Then},
            refusal::Refusal,
        },
    },
    model::{Batch, StoreError},
};

impl Engine {
    pub(crate) fn stored(&mut self, ticket: Ticket) {
        let (mut lines, mut browsers) = (Vec::new(), Vec::new());
        let Some(HandedOver { then, makes_room, .. }) = self.settle(ticket) else { return };
        for then in then {
            match then {
                Then::Answer(link, answer) => self.answer(link, answer),
                Then::Ready(id, sequence) => {
                    if let Some(line) = self.destinations.late_line_mut(id) {
                        line.confirm(sequence);
                        if lines.last() != Some(&id) {
                            lines.push(id);
                        }
                    }
                }
                Then::Marked(line, first, last) => self.marked(line, first, last),
                Then::Offered(sub, through) => self.offered(sub, through, true),
                Then::Browse(sub) => browsers.push(sub),
                Then::Voted(id) => self.voted(&id),
                Then::RolledBack(decided) => self.release(&decided.id, decided.branch),
                Then::Told(token, done) => self.say(token, Report::Done(done)),
                Then::Walked(id, done) => self.walk_on(id, done),
                Then::Spilled(id, sequence, _) => {
                    if let Some(line) = self.destinations.late_line_mut(id) {
                        line.tail.settle(sequence);
                        lines.push(id);
                    }
                }
                Then::Sent(..) | Then::Removed(..) | Then::Moved(..) | Then::Committed(_) => {}
            }
        }
        browsers.into_iter().for_each(|sub| self.begin_browse(sub));
        self.remove_again();
        self.look_again(ticket, makes_room);
        self.work.ready_each(lines);
    }

    /// No room: nothing of the batch has happened. Senders wait or are told. Anything else: this
    /// broker is done.
    pub(crate) fn store_failed(&mut self, ticket: Ticket, error: &StoreError, batch: Batch) {
        if !matches!(error, StoreError::Full { .. }) {
            self.fail(error);
            return;
        }
        self.outcomes.failed = ticket.max(self.outcomes.failed);
        let Some(HandedOver { then, sender, .. }) = self.settle(ticket) else { return };
        if ticket > self.outcomes.doomed {
            self.outcomes.doomed = Ticket(self.outcomes.last);
        }
        if let Some(then) = self.keep_for_later(ticket, sender, batch, then, error) {
            self.unwind(then, &Refusal::resources(error.to_string()));
        }
    }
}

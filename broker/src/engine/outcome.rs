//! What happens when a batch is durable, or is not.

use std::collections::BTreeMap;

use relaismq_openwire::{Message, ProducerAck, ProducerId};

use super::{
    Engine,
    ids::{LineId, SubId},
    io::{Effect, Link, Ticket},
    paging::Asked,
    refuse::Refusal,
    subscription::InFlight,
};
use crate::{
    model::{Batch, Change},
    store::StoreError,
};

/// Something that waits for durability.
#[derive(Debug)]
pub(crate) enum Then {
    /// Tell whoever sent a command; failures are told in any case.
    Answer(Link, Answer),
    /// A message may be dispatched.
    Ready(LineId, u64),
    /// A message that only the store has, and its bytes, which count only if it has them.
    Spilled(LineId, u64, usize),
    /// A message of a producer: only matters if it was not stored.
    Sent(ProducerId, i64),
    /// Taken out of the store on a consumer's word: tried again if that failed.
    Removed(LineId, u64),
    /// A consumer may be sent what it was given up to a dispatch.
    Offered(SubId, u64),
    /// These are marked as given.
    Marked(LineId, u64, u64),
    /// A browser may begin.
    Browse(SubId),
    /// Taken away together with other changes: back to where it was if those failed.
    Moved(Option<SubId>, Box<InFlight>),
}

/// What a client hears of a command that has succeeded.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A response to this command.
    Response(i32),
    /// Its window back.
    Window(Box<ProducerAck>),
    /// Nothing.
    Silence,
}

impl From<Option<i32>> for Answer {
    fn from(answer_to: Option<i32>) -> Self {
        answer_to.map_or(Self::Silence, Self::Response)
    }
}

/// Requests on their way to the store.
#[derive(Debug, Default)]
pub(crate) struct Outcomes {
    last: u64,
    waiting: BTreeMap<Ticket, Waiting>,
    /// Bytes of all batches in `waiting`.
    pub(crate) bytes: usize,
    /// Pages being read, and for whom.
    pub(crate) pages: BTreeMap<Ticket, Asked>,
    /// The last request that failed.
    failed: Ticket,
    /// What the store had been given up to here when it failed. As far as it adds, it fails as well.
    doomed: Ticket,
    /// Removals for which there was no room.
    pub(crate) again: Vec<(LineId, u64)>,
}

#[derive(Debug)]
struct Waiting {
    then: Vec<Then>,
    bytes: usize,
    /// Whose messages are in it.
    sender: Option<Link>,
    /// Others wait for room, and this may make some.
    makes_room: bool,
}

impl Outcomes {
    pub(crate) const fn ticket(&mut self) -> Ticket {
        self.last += 1;
        Ticket(self.last)
    }

    /// The store has found no room, and may not have said so of everything that it found none for.
    pub(crate) fn are_doomed(&self) -> bool {
        self.waiting.first_key_value().is_some_and(|(ticket, _)| *ticket <= self.doomed)
    }
}

impl Engine {
    /// Hands a batch to the store, with messages of this sender.
    pub(super) fn store(
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
        let makes_room = self.waits_for_the_store() && removes(&batch);
        self.outcomes.bytes += bytes;
        self.outcomes.waiting.insert(ticket, Waiting { then, bytes, sender, makes_room });
        let knows = self.outcomes.failed;
        self.effects.push_back(Effect::Store { ticket, batch, knows });
        Some(ticket)
    }

    /// A batch that found no room left these removals behind: they go with the next one.
    pub(super) fn remove_again(&mut self) {
        for (line, sequence) in std::mem::take(&mut self.outcomes.again) {
            let container = self.destinations.line(line).and_then(|line| line.container.clone());
            if let Some(container) = container {
                self.change(Change::Remove { container, sequence });
                self.then.push(Then::Removed(line, sequence));
            }
        }
    }

    fn settle(&mut self, ticket: Ticket) -> Option<Waiting> {
        let waiting = self.outcomes.waiting.remove(&ticket)?;
        self.outcomes.bytes -= waiting.bytes;
        self.let_go_of_store();
        Some(waiting)
    }

    /// Answers together with a message that was sent before: when that is durable, if it is not
    /// yet, and with its failure, if it comes to that.
    pub(super) fn answer_with(&mut self, message: &Message, link: Link, answer: Answer) {
        if let Some(then) = self.waiting_with(message) {
            then.push(Then::Answer(link, answer));
        } else {
            self.answer(link, answer);
        }
    }

    /// It has been handed to the store, and is not durable yet.
    pub(super) fn is_under_way(&mut self, message: &Message) -> bool {
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
        let waiting = waiting.chain(self.room.waiting()).chain([&mut self.then]);
        waiting.into_iter().find(|then| then.iter().any(is_it))
    }

    /// It has succeeded.
    pub(super) fn answer(&mut self, link: Link, answer: Answer) {
        match answer {
            Answer::Response(command) => self.respond(link, Some(command)),
            Answer::Window(ack) => self.send_to(link, *ack),
            Answer::Silence => {}
        }
    }

    /// It has failed.
    fn answer_failure(&mut self, link: Link, answer: Answer, refusal: &Refusal) {
        match answer {
            Answer::Response(command) => self.refuse(link, Some(command), refusal),
            Answer::Window(ack) => {
                self.send_to(link, *ack);
                self.refuse(link, None, refusal);
            }
            Answer::Silence => self.refuse(link, None, refusal),
        }
    }

    pub(super) fn stored(&mut self, ticket: Ticket) {
        let (mut lines, mut browsers) = (Vec::new(), Vec::new());
        let Some(Waiting { then, makes_room, .. }) = self.settle(ticket) else { return };
        for then in then {
            match then {
                Then::Answer(link, answer) => self.answer(link, answer),
                Then::Ready(id, sequence) => {
                    if let Some(line) = self.destinations.line_mut(id) {
                        line.confirm(sequence);
                        if lines.last() != Some(&id) {
                            lines.push(id);
                        }
                    }
                }
                Then::Marked(line, first, last) => self.marked(line, first, last),
                Then::Offered(sub, through) => self.offered(sub, through, true),
                Then::Browse(sub) => browsers.push(sub),
                Then::Spilled(id, sequence, _) => {
                    if let Some(line) = self.destinations.line_mut(id) {
                        line.tail.settle(sequence);
                        lines.push(id);
                    }
                }
                Then::Sent(..) | Then::Removed(..) | Then::Moved(..) => {}
            }
        }
        browsers.into_iter().for_each(|sub| self.begin_browse(sub));
        self.remove_again();
        self.look_again(ticket, makes_room);
        self.dispatch_each(lines);
    }

    /// No room: nothing of the batch has happened. Senders wait or are told. Anything else: this
    /// broker is done.
    pub(super) fn store_failed(&mut self, ticket: Ticket, error: &StoreError, batch: Batch) {
        if !matches!(error, StoreError::Full { .. }) {
            self.fail(error);
            return;
        }
        self.outcomes.failed = ticket.max(self.outcomes.failed);
        let Some(Waiting { then, sender, .. }) = self.settle(ticket) else { return };
        if ticket > self.outcomes.doomed {
            self.outcomes.doomed = Ticket(self.outcomes.last);
        }
        if let Some(then) = self.keep_for_later(ticket, sender, batch, then, error) {
            self.unwind(then, &Refusal::resources(error.to_string()));
        }
    }

    /// As if it had never been.
    pub(super) fn unwind(&mut self, then: Vec<Then>, refusal: &Refusal) {
        let mut lines = Vec::new();
        for then in then {
            match then {
                Then::Answer(link, answer) => self.answer_failure(link, answer, refusal),
                Then::Ready(id, sequence) => self.withdraw(id, sequence),
                Then::Spilled(id, sequence, bytes) => {
                    self.count_kept(id, bytes, false);
                    if let Some(line) = self.destinations.line_mut(id) {
                        line.tail.settle(sequence);
                    }
                }
                Then::Sent(producer, sequence) => self.remembered.take_back(&producer, sequence),
                Then::Marked(..) => {}
                Then::Offered(sub, through) => self.offered(sub, through, false),
                Then::Browse(sub) => self.begin_browse(sub),
                Then::Removed(line, sequence) => self.outcomes.again.push((line, sequence)),
                Then::Moved(sub, it) => {
                    // What has expired would only be moved again, and again find no room.
                    lines.extend((!it.entry.is_expired(self.now.unix_ms)).then_some(it.line));
                    self.move_back(sub, *it);
                }
            }
        }
        self.dispatch_each(lines);
    }

    pub(super) fn fail(&mut self, error: &StoreError) {
        self.failed = true;
        self.effects.push_back(Effect::Fail { reason: error.to_string() });
    }

    /// A message was not kept after all.
    fn withdraw(&mut self, id: LineId, sequence: u64) {
        let place = self.destinations.line(id).and_then(|line| line.position(sequence));
        if let Some(entry) = place.and_then(|place| self.destinations.take(id, place))
            && entry.stored
        {
            self.count_kept(id, entry.bytes, false);
        }
    }

    /// On its way to its consumer again if that is still there, else back in its line.
    fn move_back(&mut self, sub: Option<SubId>, it: InFlight) {
        if it.entry.stored {
            self.count_kept(it.line, it.entry.bytes, true);
        }
        self.buried.forget(it.entry.id());
        match sub.and_then(|sub| self.subscriptions.get_mut(sub.0)) {
            Some(subscription) => subscription.restore(InFlight { transaction: None, ..it }),
            None => self.put_back(it),
        }
    }

    /// To its old place in its line; nothing is dispatched.
    pub(super) fn put_back(&mut self, it: InFlight) {
        if let Some(line) = self.destinations.line_mut(it.line) {
            line.put_back(it.entry);
        }
    }
}

/// Something in it gives room back.
fn removes(batch: &Batch) -> bool {
    let gives = |change: &Change| {
        matches!(change, Change::Remove { .. } | Change::DropQueue(_) | Change::DropSubscription(_))
    };
    batch.changes.iter().any(gives)
}

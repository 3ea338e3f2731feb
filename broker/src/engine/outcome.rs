//! What happens when a batch is durable, or is not.

use std::{collections::BTreeMap, time::Duration};

use relaismq_openwire::{Message, ProducerAck, ProducerId};

use super::{
    Engine,
    io::{Effect, Link, Ticket},
    paging::Reader,
    queue::LineId,
    refuse::Refusal,
    subscription::{InFlight, SubId},
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
    /// Bytes that only the store has, and that count only if it has them.
    Spilled(LineId, usize),
    /// A message of a producer: only matters if it was not stored.
    Sent(ProducerId, i64),
    /// Taken out of the store on a consumer's word: tried again if that failed.
    Removed(LineId, u64),
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
    pub(crate) pages: BTreeMap<Ticket, Reader>,
    /// Removals for which there was no room.
    again: Vec<(LineId, u64)>,
}

/// What is about to be handed to the store.
#[derive(Debug, Default)]
pub(crate) struct Lazy {
    changes: Vec<Change>,
    then: Vec<Then>,
    /// When, at the latest.
    pub(crate) until: Option<Duration>,
}

/// How long an acknowledged message may wait to be forgotten by the store.
const LAZY: Duration = Duration::from_millis(10);
/// And how many of them.
const LAZY_CHANGES: usize = 1000;

#[derive(Debug)]
struct Waiting {
    then: Vec<Then>,
    bytes: usize,
}

impl Outcomes {
    pub(crate) const fn ticket(&mut self) -> Ticket {
        self.last += 1;
        Ticket(self.last)
    }
}

impl Engine {
    /// Everything this input changed becomes durable together; what waits for that is noted. What
    /// nobody waits for (acknowledged messages to be forgotten) goes with the next batch that
    /// somebody does wait for, or after a moment. Then pages are read, so that they show all of it.
    pub(super) fn flush_batch(&mut self) {
        self.flush_progress();
        let removals = self.batch.changes.iter().all(|it| matches!(it, Change::Remove { .. }))
            && self.then.iter().all(|it| matches!(it, Then::Removed(..)));
        if removals && !self.batch.sync {
            self.lazy.changes.append(&mut self.batch.changes);
            self.lazy.then.append(&mut self.then);
            if !self.lazy.changes.is_empty() {
                self.lazy.until.get_or_insert(self.now.monotonic + LAZY);
            }
            if self.lazy.changes.len() < LAZY_CHANGES && self.wanted_pages.is_empty() {
                return;
            }
        }
        self.flush();
    }

    /// Hands everything to the store that is to be changed in it. Removals that nobody waits for
    /// are a batch of their own: a full store refuses what adds to it, and must take these all the
    /// more. The writer commits both at once when it can.
    pub fn flush(&mut self) {
        let Lazy { changes, then, .. } = std::mem::take(&mut self.lazy);
        self.store(Batch { changes, sync: false }, then);
        let (batch, then) = (std::mem::take(&mut self.batch), std::mem::take(&mut self.then));
        self.store(batch, then);
        self.request_pages();
    }

    fn store(&mut self, batch: Batch, then: Vec<Then>) {
        if batch.changes.is_empty() && then.is_empty() {
            return;
        }
        let ticket = self.outcomes.ticket();
        let bytes = batch.weight();
        self.outcomes.bytes += bytes;
        self.outcomes.waiting.insert(ticket, Waiting { then, bytes });
        self.effects.push_back(Effect::Store { ticket, batch });
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

    pub(super) fn change(&mut self, change: Change) {
        self.batch.changes.push(change);
    }

    fn settle(&mut self, ticket: Ticket) -> Vec<Then> {
        let Some(waiting) = self.outcomes.waiting.remove(&ticket) else { return Vec::new() };
        self.outcomes.bytes -= waiting.bytes;
        self.let_go_of_store();
        waiting.then
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
        waiting.chain([&mut self.then]).find(|then| then.iter().any(is_it))
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
        for then in self.settle(ticket) {
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
                Then::Browse(sub) => browsers.push(sub),
                Then::Spilled(..) | Then::Sent(..) | Then::Removed(..) | Then::Moved(..) => {}
            }
        }
        browsers.into_iter().for_each(|sub| self.begin_browse(sub));
        self.remove_again();
        self.dispatch_each(lines);
    }

    /// Each line once.
    pub(super) fn dispatch_each(&mut self, mut lines: Vec<LineId>) {
        lines.sort_unstable();
        lines.dedup();
        for line in lines {
            self.dispatch(line);
        }
    }

    /// No room: nothing of the batch has happened, and the senders are told. Anything else: this
    /// broker is done.
    pub(super) fn store_failed(&mut self, ticket: Ticket, error: &StoreError) {
        if !matches!(error, StoreError::Full { .. }) {
            self.fail(error);
            return;
        }
        let refusal = Refusal::resources(error.to_string());
        let mut lines = Vec::new();
        for then in self.settle(ticket) {
            match then {
                Then::Answer(link, answer) => self.answer_failure(link, answer, &refusal),
                Then::Ready(id, sequence) => self.withdraw(id, sequence),
                Then::Spilled(id, bytes) => self.count_kept(id, bytes, false),
                Then::Sent(producer, sequence) => self.remembered.take_back(&producer, sequence),
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
            self.count_kept(id, entry.bytes(), false);
        }
    }

    /// On its way to its consumer again if that is still there, else back in its line.
    fn move_back(&mut self, sub: Option<SubId>, it: InFlight) {
        if it.entry.stored {
            self.count_kept(it.line, it.entry.bytes(), true);
        }
        self.buried.forget(&it.entry.message);
        match sub.and_then(|sub| self.subscriptions.get_mut(sub.0)) {
            Some(subscription) => subscription.restore(InFlight { transaction: None, ..it }),
            None => self.put_back(it),
        }
    }

    /// To its old place in its line; nothing is dispatched.
    pub(super) fn put_back(&mut self, it: InFlight) {
        self.destinations.change(it.line, |line| line.put_back(it.entry));
    }
}

/// Something in it takes room.
pub(super) fn adds(batch: &Batch) -> bool {
    batch.changes.iter().any(|change| matches!(change, Change::Add { .. }))
}

//! The store's side: it answers at once, later, one by one, with an error, or dies with what it had.

use std::{collections::BTreeMap, sync::Arc};

use relaismq_openwire::{Message, decode_stored};

use super::Rig;
use crate::{
    engine::{
        Engine,
        io::{Effect, Input, Ticket},
    },
    model::{Batch, Change, Container, Prioritized, Recovered, StoredMessage, sequence},
    store::{Store, StoreError},
};

/// What the store has been asked, and has not answered.
#[derive(Debug)]
pub(super) enum Request {
    Commit { ticket: Ticket, batch: Batch, knows: Ticket },
    Page { ticket: Ticket, container: Container, after: u64, max_count: usize, max_bytes: usize },
}

impl Request {
    /// Nothing if the effect is not for the store.
    pub(super) fn new(effect: Effect) -> Option<Self> {
        match effect {
            Effect::Store { ticket, batch, knows } => Some(Self::Commit { ticket, batch, knows }),
            Effect::Page { ticket, container, after, max_count, max_bytes } => {
                Some(Self::Page { ticket, container, after, max_count, max_bytes })
            }
            _ => None,
        }
    }
}

impl Request {
    fn is(&self, which: fn(&Batch) -> bool) -> bool {
        matches!(self, Self::Commit { batch, .. } if which(batch))
    }
}

impl Rig {
    /// Answers what the store has been asked, in order.
    pub(crate) fn thaw(&mut self) {
        self.frozen = false;
        self.pump();
    }

    /// Answers the oldest request only; false if there is none.
    pub(crate) fn answer_one(&mut self) -> bool {
        let Some(request) = self.next_request() else { return false };
        self.answer(request);
        self.carry_out();
        true
    }

    fn next_request(&mut self) -> Option<Request> {
        let impatient = self.waiting.iter().position(|it| !it.is(Batch::is_patient));
        match impatient.filter(|_| self.overtaking) {
            Some(place) if !self.waiting[place].is(Batch::comes_last) => self.waiting.remove(place),
            _ => self.waiting.pop_front(),
        }
    }

    fn answer(&mut self, request: Request) {
        let input = match request {
            Request::Commit { ticket, batch, knows } if self.has_no_room(&batch, knows) => {
                if knows >= self.no_room_since {
                    self.no_room_since = ticket;
                }
                Input::StoreFailed { ticket, error: Arc::new(full()), batch }
            }
            Request::Commit { ticket, batch, .. } => {
                self.store.commit(std::slice::from_ref(&batch)).expect("memory never fails");
                self.batches.push(batch);
                Input::Stored { ticket }
            }
            Request::Page { ticket, container, after, max_count, max_bytes } => {
                let page = self.store.page(&container, after, max_count, max_bytes);
                let messages = page.expect("memory never fails");
                if self.slow_pages {
                    self.pages.push((ticket, messages));
                    return;
                }
                Input::Paged { ticket, messages }
            }
        };
        self.engine.handle(self.now, input);
    }

    fn has_no_room(&self, batch: &Batch, knows: Ticket) -> bool {
        let marks = batch.changes.iter().any(|it| matches!(it, Change::Offer { .. }));
        batch.adds() && (self.full || knows < self.no_room_since) || self.full_for_marks && marks
    }

    /// Delivers the pages that have been read.
    pub(crate) fn answer_pages(&mut self) {
        for (ticket, messages) in std::mem::take(&mut self.pages) {
            self.feed(Input::Paged { ticket, messages });
        }
    }

    /// The next answer of the store is an error after which it is useless.
    pub(crate) fn break_store(&mut self) {
        let Some(Request::Commit { ticket, batch, .. }) = self.waiting.pop_front() else {
            panic!("the store has not been asked to keep anything")
        };
        let error =
            StoreError::Io { place: "/data".to_owned(), detail: "input/output error".to_owned() };
        self.feed(Input::StoreFailed { ticket, error: Arc::new(error), batch });
    }

    /// The process dies, and the system lives on: what the store has not confirmed may be lost.
    /// `written` of its unanswered batches have reached it all the same.
    pub(crate) fn crash(&mut self, written: usize) {
        self.die(written);
        self.reopen(true);
    }

    /// The system dies: nobody knows whether all marks of what was given have reached the disk.
    pub(crate) fn power_cut(&mut self) {
        self.die(0);
        self.reopen(false);
    }

    /// Highest sequence that the store has ever had.
    pub(crate) fn last_sequence(&self) -> i64 {
        let changes = self.batches.iter().flat_map(|batch| &batch.changes);
        let sequences = changes.filter_map(|change| match change {
            Change::Add { sequence, .. } => i64::try_from(sequence::arrival(*sequence)).ok(),
            _ => None,
        });
        sequences.max().unwrap_or(0)
    }

    fn die(&mut self, written: usize) {
        let waiting: Vec<Request> = self.waiting.drain(..).take(written).collect();
        for request in waiting {
            if let Request::Commit { batch, knows, .. } = request
                && !self.has_no_room(&batch, knows)
            {
                self.store.commit(&[batch]).expect("memory never fails");
            }
        }
    }

    /// An orderly end, and a start with these queues in the order of priorities.
    pub(crate) fn prioritize(&mut self, queues: Prioritized) {
        self.settings.prioritized = queues;
        self.restart();
    }

    /// An orderly end, and a new start.
    pub(crate) fn restart(&mut self) {
        self.engine.flush();
        self.thaw();
        self.store.close().expect("memory never fails");
        self.reopen(true);
    }

    fn reopen(&mut self, offers_known: bool) {
        self.waiting.clear();
        self.inboxes.clear();
        self.slow.clear();
        self.paused.clear();
        self.pages.clear();
        (self.frozen, self.slow_pages) = (false, false);
        (self.full, self.full_for_marks) = (false, false);
        self.no_room_since = Ticket::default();
        self.engine = Engine::new(self.settings.clone(), "test", "tcp://broker:61616", self.now);
        let recovered = self.store.recover().expect("memory never fails");
        self.engine.restore(Recovered { offers_known, ..recovered });
        self.pump();
    }

    /// Messages that the store keeps in `container`.
    pub(crate) fn kept(&mut self, container: &Container) -> usize {
        self.kept_messages(container).len()
    }

    pub(crate) fn kept_in_queue(&mut self, name: &str) -> usize {
        self.kept(&Container::Queue(name.into()))
    }

    /// Names of what the store remembers that is no message.
    pub(crate) fn store_marks(&self) -> Vec<String> {
        let mut all = BTreeMap::new();
        for change in self.batches.iter().flat_map(|batch| &batch.changes) {
            if let Change::Mark { name, bytes } = change {
                all.insert(name.clone(), bytes.is_empty());
            }
        }
        all.into_iter().filter(|(_, forgotten)| !forgotten).map(|(name, _)| name).collect()
    }

    /// The first message of a queue, as the store has it.
    pub(crate) fn first_kept(&mut self, queue: &str) -> Option<Arc<Message>> {
        let page = self.store.page(&Container::Queue(queue.into()), 0, 1, usize::MAX);
        let message = page.expect("memory never fails").pop()?;
        Some(Arc::new(decode_stored(&message.blob).expect("a message")))
    }

    pub(crate) fn kept_texts(&mut self, queue: &str) -> Vec<String> {
        let messages = self.kept_messages(&Container::Queue(queue.into()));
        let text = |stored: &StoredMessage| {
            let message = decode_stored(&stored.blob).expect("a message");
            message.body_text().expect("text").unwrap_or_default().to_string()
        };
        messages.iter().map(text).collect()
    }

    pub(crate) fn kept_messages(&mut self, container: &Container) -> Vec<StoredMessage> {
        self.engine.flush();
        self.pump();
        self.store.page(container, 0, usize::MAX, usize::MAX).expect("memory never fails")
    }
}

fn full() -> StoreError {
    StoreError::Full { place: "/data".to_owned(), detail: "no space left on device".to_owned() }
}

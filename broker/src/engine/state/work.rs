//! What a step did, and what is still to be done because of it.
//!
//! Whatever changes the store, wants something read or lets a line go on says so here. The engine
//! gives out what is due after each command, and hands everything else to the store at the end of
//! each input.

use std::collections::{BTreeMap, VecDeque};

use crate::{
    engine::{
        io::Link,
        state::{
            in_flight::InFlight,
            outcomes::{Reader, Then},
            slab::{LineId, SubId},
        },
    },
    model::{Batch, Change, SubscriptionKey},
};

/// What has been done and not been handed on.
#[derive(Debug, Default)]
pub(crate) struct Work {
    /// Whose commands are being handled.
    pub(crate) from: Option<Link>,
    /// Whose messages are in the batch.
    pub(crate) sends: Option<Link>,
    /// What changes in the store, made durable together.
    pub(crate) batch: Batch,
    /// What happens once that is durable.
    pub(crate) then: Vec<Then>,
    pub(crate) lazy: Lazy,
    /// Bytes of messages that have come in and were not given out yet.
    pub(crate) gathered: usize,
    /// What an acknowledgement takes out: empty between commands, and kept for its place in memory.
    pub(crate) taken: Vec<InFlight>,
    /// Pages to ask the store for after that.
    pub(crate) pages: VecDeque<Reader>,
    /// Marks of what consumers are given.
    pub(crate) offers: Offers,
    due: VecDeque<Due>,
}

/// What is about to be handed to the store, and nobody waits for.
#[derive(Debug, Default)]
pub(crate) struct Lazy {
    pub(crate) changes: Vec<Change>,
    pub(crate) then: Vec<Then>,
}

/// Who may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// A line has something to give, or somebody to give it to.
    Line(LineId),
    /// A consumer has credit again.
    Credit(SubId),
    /// A consumer is new, or has another window: all its lines may have something for it.
    Window(SubId),
    /// A client that was owed too much reads again.
    Client(Link),
}

impl Work {
    /// Something changes in the store.
    pub(crate) fn change(&mut self, change: Change) {
        self.batch.changes.push(change);
    }

    /// For whom a message is published at this place of the batch, if it is.
    pub(crate) fn published(&mut self, place: usize, of: u64) -> Option<&mut Vec<SubscriptionKey>> {
        match self.batch.changes.get_mut(place)? {
            Change::Publish { sequence, subscriptions, .. } if *sequence == of => {
                Some(subscriptions)
            }
            _ => None,
        }
    }

    /// Happens once what this step changes is durable.
    pub(crate) fn later(&mut self, then: Then) {
        self.then.push(then);
    }

    /// Somebody waits for what this step changes: it has to outlive a power cut.
    pub(crate) fn later_for_sure(&mut self, then: Then) {
        self.batch.sync = true;
        self.later(then);
    }

    /// The store is to be asked for a page.
    pub(crate) fn read(&mut self, reader: Reader) {
        self.pages.push_back(reader);
    }

    /// Goes on when the command has been dealt with.
    pub(crate) fn due(&mut self, due: Due) {
        if self.due.back() != Some(&due) {
            self.due.push_back(due);
        }
    }

    /// A line may go on.
    pub(crate) fn ready(&mut self, line: LineId) {
        self.due(Due::Line(line));
    }

    /// Lines may go on, each once.
    pub(crate) fn ready_each(&mut self, mut lines: Vec<LineId>) {
        lines.sort_unstable();
        lines.dedup();
        self.due.extend(lines.into_iter().map(Due::Line));
    }

    pub(crate) fn next_due(&mut self) -> Option<Due> {
        let due = self.due.pop_front();
        if due.is_none() {
            self.gathered = 0;
        }
        due
    }
}

/// Marks on their way to the store.
#[derive(Debug, Default)]
pub(crate) struct Offers {
    /// What was given from each line.
    pub(crate) given: BTreeMap<LineId, Vec<u64>>,
    /// Consumers that wait for these marks, each with the last dispatch that does.
    pub(crate) waiting: BTreeMap<SubId, u64>,
    /// Arriving messages that will be given at once.
    pub(crate) arriving: Vec<Run>,
}

/// Messages of a line that arrived one after the other.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) line: LineId,
    pub(crate) first: u64,
    pub(crate) last: u64,
    /// The next one of this line may continue it.
    pub(crate) open: bool,
}

impl Offers {
    /// Belongs to a consumer now, and is sent to it when the store knows.
    pub(crate) fn promise(&mut self, sub: SubId, it: &InFlight) {
        if it.entry.needs_offer() {
            self.given.entry(it.line).or_default().push(it.entry.sequence);
            self.waiting.insert(sub, it.order);
        }
    }
}

//! A line of messages: a queue, the backlog of a durable subscription, or what a topic subscriber
//! has not been sent yet.
//!
//! Entries are in the order of their sequence. An entry that the store has not confirmed holds up
//! those behind it, so nothing overtakes durability. When the memory bound is reached the rest stays
//! in the store and is paged in later ([`super::paging`]).

use std::collections::{BTreeMap, VecDeque};

use relaismq_openwire::ConnectionId;

use super::{
    account::Share, buried::Cause, entry::Entry, groups::Groups, ids::SubId, pace::Pace, tail::Tail,
};
use crate::{model::Container, selector::Selector};

#[derive(Debug, Default)]
pub(crate) struct Line {
    /// Where it is kept; `None` for what dies with the process.
    pub(crate) container: Option<Container>,
    pub(crate) pending: VecDeque<Entry>,
    /// What is pending takes so much memory.
    pub(crate) memory: Share,
    /// So many of them are away.
    pub(crate) away: usize,
    /// Those of them that go to the dead letter queue when their bodies have been read.
    pub(crate) doomed: BTreeMap<u64, Cause>,
    /// Of what the store keeps.
    pub(crate) kept_bytes: u64,
    /// All members know that something waits here, those that need to.
    pub(crate) noted: bool,
    /// Highest priority first; equal ones in the order of their arrival.
    pub(crate) members: Vec<Member>,
    /// Where round robin goes on, within members of equal priority.
    pub(crate) turn: usize,
    /// How fast it is consumed.
    pub(crate) pace: Pace,
    /// Everything that waits up to this sequence is marked in the store as perhaps seen, or about to be.
    pub(crate) marked_through: u64,
    pub(crate) groups: Groups,
    pub(crate) tail: Tail,
    /// It did not drain when it was full: what does not fit goes to the store at once.
    pub(crate) spills: bool,
    /// A topic subscriber wants no more than these in memory; then its oldest are discarded.
    pub(crate) wished: Option<usize>,
    pub(crate) discarded: u64,
    /// A durable subscription takes only what it wants.
    pub(crate) filter: Filter,
}

/// A consumer of a line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    pub(crate) sub: SubId,
    pub(crate) priority: i8,
    pub(crate) exclusive: bool,
    /// It does not want everything.
    pub(crate) choosy: bool,
    /// Nothing up to this sequence is for it: it need not be looked at again.
    pub(crate) looked: u64,
    /// Nor is anything in the store: see [`super::scout`].
    pub(crate) scouted: u64,
    /// The consumer knows that something waits here.
    pub(crate) noted: bool,
}

/// What a durable subscription wants.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    pub(crate) selector: Option<Selector>,
    /// Leaves out what this connection publishes.
    pub(crate) not_from: Option<ConnectionId>,
}

/// Places for entries that an empty line keeps.
const KEPT: usize = 1024;

impl Line {
    pub(crate) fn new(container: Option<Container>) -> Self {
        Self { container, ..Self::default() }
    }

    /// Any consumer may have the front.
    pub(crate) fn is_plain(&self) -> bool {
        self.groups.is_empty() && !self.members.iter().any(|it| it.choosy || it.exclusive)
    }

    /// Adds behind all others.
    pub(crate) fn push(&mut self, entry: Entry) {
        let last = self.pending.back().map_or(0, |it| it.sequence);
        if entry.offered && last <= self.marked_through {
            self.marked_through = entry.sequence;
        }
        self.tail.read_through = self.tail.read_through.max(entry.sequence);
        self.count(&entry);
        self.pending.push_back(entry);
    }

    /// Puts something to its place.
    pub(crate) fn insert(&mut self, entry: Entry) {
        self.count(&entry);
        let place = self.pending.partition_point(|other| other.sequence < entry.sequence);
        self.pending.insert(place, entry);
    }

    /// Puts something back to its old place.
    pub(crate) fn put_back(&mut self, entry: Entry) {
        self.look_again(entry.sequence);
        self.insert(entry);
    }

    fn count(&mut self, entry: &Entry) {
        self.memory.add(entry.held());
        self.away += usize::from(entry.is_away());
    }

    /// Something from this sequence on may now be for others than before.
    pub(crate) fn look_again(&mut self, sequence: u64) {
        let before = sequence.saturating_sub(1);
        for member in &mut self.members {
            member.looked = member.looked.min(before);
            member.scouted = member.scouted.min(before);
        }
    }

    pub(crate) fn take(&mut self, index: usize) -> Option<Entry> {
        let entry = if index == 0 { self.pending.pop_front() } else { self.pending.remove(index) }?;
        self.memory.take(entry.held());
        self.away -= usize::from(entry.is_away());
        // What a burst has taken is given back.
        if self.pending.is_empty() && self.pending.capacity() > KEPT {
            self.pending.shrink_to(0);
        }
        Some(entry)
    }

    pub(crate) fn position(&self, sequence: u64) -> Option<usize> {
        let place = self.pending.partition_point(|entry| entry.sequence < sequence);
        self.pending.get(place).is_some_and(|entry| entry.sequence == sequence).then_some(place)
    }

    /// The store has confirmed it.
    pub(crate) fn confirm(&mut self, sequence: u64) {
        if let Some(place) = self.position(sequence)
            && let Some(entry) = self.pending.get_mut(place)
        {
            entry.confirmed = true;
        }
    }

    /// Joins behind members of the same priority.
    pub(crate) fn join(&mut self, member: Member) {
        if self.members.iter().any(|it| it.sub == member.sub) {
            return;
        }
        let place = self.members.partition_point(|it| it.priority >= member.priority);
        self.members.insert(place, member);
        self.noted = false;
    }

    pub(crate) fn leave(&mut self, sub: SubId) {
        self.members.retain(|it| it.sub != sub);
        self.groups.free(sub);
        // It may have had groups that are forgotten already.
        self.look_again(0);
    }
}

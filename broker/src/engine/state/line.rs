//! A line of messages: a queue, the backlog of a durable subscription, or what a topic subscriber
//! has not been sent yet.
//!
//! Entries are in the order of their sequence, which is that of their priorities where the queue is
//! prioritized ([`crate::model::sequence`]); so something may come before what is there. An entry that the store has not confirmed holds up
//! those behind it, so nothing overtakes durability. When the memory bound is reached the rest stays
//! in the store and is paged in later ([`crate::engine::giving::paging`]).

use std::collections::{BTreeMap, VecDeque};

use crate::{
    engine::state::{
        account::Share, buried::Cause, entry::Entry, groups::Groups, members::Member, pace::Pace,
        slab::SubId, tail::Tail, tally::Tally, wants::Filter,
    },
    model::{Container, sequence},
};

#[derive(Debug, Default)]
pub(crate) struct Line {
    /// Where it is kept; `None` for what dies with the process.
    pub(crate) container: Option<Container>,
    pub(crate) pending: VecDeque<Entry>,
    /// Messages come by priority.
    pub(crate) prioritized: bool,
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
    pub(crate) tally: Tally,
    /// It did not drain when it was full: what does not fit goes to the store at once.
    pub(crate) spills: bool,
    /// A topic subscriber wants no more than these in memory; then its oldest are discarded.
    pub(crate) wished: Option<usize>,
    pub(crate) discarded: u64,
    /// A durable subscription takes only what it wants.
    pub(crate) filter: Filter,
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

    /// Something has arrived.
    pub(crate) fn arrive(&mut self, entry: Entry) {
        // Members may have looked at what comes after it, and is gone.
        if sequence::band(entry.sequence) > 0 {
            self.look_again(entry.sequence);
        }
        if self.pending.back().is_some_and(|last| last.sequence > entry.sequence) {
            self.insert(entry);
        } else {
            self.push(entry);
        }
    }

    /// Adds behind all others.
    fn push(&mut self, mut entry: Entry) {
        let last = self.pending.back().map_or(0, |it| it.sequence);
        if entry.offered && last <= self.marked_through {
            self.marked_through = entry.sequence;
        }
        self.tail.read_through = self.tail.read_through.max(entry.sequence);
        self.count(&mut entry);
        self.pending.push_back(entry);
    }

    /// Puts something to its place.
    pub(crate) fn insert(&mut self, mut entry: Entry) {
        self.count(&mut entry);
        let place = self.place_for(entry.sequence);
        self.pending.insert(place, entry);
    }

    /// So many wait before it.
    pub(crate) fn place_for(&self, sequence: u64) -> usize {
        self.pending.partition_point(|other| other.sequence < sequence)
    }

    /// Puts something back to its old place.
    pub(crate) fn put_back(&mut self, entry: Entry) {
        self.look_again(entry.sequence);
        self.insert(entry);
    }

    fn count(&mut self, entry: &mut Entry) {
        entry.count_in(&mut self.memory);
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
        let taken = if index == 0 { self.pending.pop_front() } else { self.pending.remove(index) };
        let mut entry = taken?;
        entry.leave(&mut self.memory);
        self.away -= usize::from(entry.is_away());
        // What a burst has taken is given back.
        if self.pending.is_empty() && self.pending.capacity() > KEPT {
            self.pending.shrink_to(0);
        }
        Some(entry)
    }

    pub(crate) fn position(&self, sequence: u64) -> Option<usize> {
        let place = self.place_for(sequence);
        self.pending.get(place).is_some_and(|entry| entry.sequence == sequence).then_some(place)
    }

    /// Only the store has it for now.
    pub(crate) fn leave_to_store(&mut self, sequence: u64) {
        self.tail.add(sequence);
        if sequence::band(sequence) > 0 {
            self.look_again(sequence);
        }
    }

    /// A page is asked for, which will not show what comes from now on.
    pub(crate) fn ask(&mut self) {
        self.go_back();
        self.tail.ask();
    }

    /// No page is being read any more.
    pub(crate) fn rest(&mut self) {
        self.tail.reading = false;
        self.go_back();
    }

    /// What has come meanwhile, before what all have looked at, is to be read.
    fn go_back(&mut self) {
        if let Some(first) = self.tail.back_to_what_came() {
            self.look_again(first);
        }
    }

    /// Leaves the last to the store until less than `room` is taken, as long as they come behind this one.
    /// False if that is not enough.
    pub(crate) fn make_way(&mut self, sequence: u64, room: usize) -> bool {
        while room > 0 && self.memory.bytes() >= room {
            let last = self.pending.back().filter(|last| last.sequence > sequence);
            if !last.is_some_and(Entry::can_be_read_again) {
                return false;
            }
            let Some(entry) = self.take(self.pending.len() - 1) else { return false };
            self.tail.leave(entry.sequence);
            self.look_again(entry.sequence);
        }
        room > 0
    }

    /// The first entry, or, while that is not ready, the first of the next band.
    pub(crate) fn first_ready(&self) -> Option<usize> {
        let mut place = 0;
        while let Some(entry) = self.pending.get(place).filter(|entry| !entry.is_ready()) {
            place = self.behind_band(entry.sequence)?;
        }
        (place < self.pending.len()).then_some(place)
    }

    /// Where the next band begins, if there may be one: nothing is overtaken by its like.
    pub(crate) fn behind_band(&self, sequence: u64) -> Option<usize> {
        let end = sequence::end_of_band(sequence);
        self.prioritized.then(|| self.pending.partition_point(|entry| entry.sequence <= end))
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

    /// A single message always has its place.
    pub(crate) fn exceeds_wish(&self) -> bool {
        let count = self.pending.len();
        count > 1 && self.wished.is_some_and(|wished| count > wished)
    }

    /// Has room for a good deal again.
    pub(crate) fn is_drained(&self, memory: usize) -> bool {
        self.memory.bytes() <= memory / 2
    }

    /// It goes to the dead letter queue when its body has been read.
    pub(crate) fn is_doomed(&self, sequence: u64) -> bool {
        self.doomed.contains_key(&sequence)
    }

    /// What is first in it.
    pub(crate) fn front(&self) -> Option<u64> {
        self.pending.front().map(|entry| entry.sequence)
    }

    /// Nothing in memory comes next.
    pub(crate) fn is_dry(&self) -> bool {
        self.pending.front().is_none_or(|front| front.is_away() || self.is_ahead(front.sequence))
    }

    /// Something in the store comes before it.
    pub(crate) const fn is_ahead(&self, sequence: u64) -> bool {
        self.tail.exists && sequence > self.tail.read_through
    }

    /// How far a consumer may look: not past what it has not seen.
    pub(crate) fn horizon(&self, member: &Member) -> u64 {
        let seen = member.scouted.max(self.tail.read_through);
        // Behind the last that is in the store only, all is in memory.
        if self.tail.exists && seen < self.tail.last { seen } else { u64::MAX }
    }

    /// Has looked at everything within its horizon.
    pub(crate) fn has_looked(&self, member: &Member) -> bool {
        let horizon = self.horizon(member);
        let end = self.pending.partition_point(|it| it.sequence <= horizon);
        let last = end.checked_sub(1).and_then(|last| self.pending.get(last));
        last.is_none_or(|last| last.sequence <= member.looked)
    }

    /// Runs of neighbours: nothing else that waits may lie between them.
    pub(crate) fn runs(&self, mut sequences: Vec<u64>) -> Vec<(u64, u64)> {
        sequences.sort_unstable();
        let mut runs: Vec<(u64, u64)> = Vec::new();
        for sequence in sequences {
            match runs.last_mut() {
                Some((_, last)) if self.are_neighbours(*last, sequence) => *last = sequence,
                _ => runs.push((sequence, sequence)),
            }
        }
        runs
    }

    fn are_neighbours(&self, one: u64, other: u64) -> bool {
        if sequence::band(one) != sequence::band(other) {
            return false;
        }
        let next = self.pending.partition_point(|entry| entry.sequence <= one);
        self.pending.get(next).is_none_or(|entry| entry.sequence >= other)
    }
}

//! A line of messages: a queue, the backlog of a durable subscription, or what a topic subscriber
//! has not been sent yet.
//!
//! Entries are in the order of their sequence. An entry that the store has not confirmed holds up
//! those behind it, so nothing overtakes durability. When the memory bound is reached the rest stays
//! in the store and is paged in later ([`super::paging`]).

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use relaismq_openwire::{Message, Text};

use super::subscription::SubId;
use crate::model::Container;

/// Index into the engine's lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct LineId(pub(crate) usize);

/// A waiting message.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) sequence: u64,
    pub(crate) message: Arc<Message>,
    /// Deliveries before this one.
    pub(crate) counter: i32,
    /// The store has it (or will, once confirmed).
    pub(crate) stored: bool,
    /// May be dispatched.
    pub(crate) ready: bool,
}

impl Entry {
    pub(crate) fn bytes(&self) -> usize {
        weight(&self.message)
    }
}

/// As ActiveMQ weighs a message: 1024 and what is in it.
pub(crate) fn weight(message: &Message) -> usize {
    let length = |bytes: &Option<bytes::Bytes>| bytes.as_ref().map_or(0, bytes::Bytes::len);
    1024 + length(&message.content) + length(&message.marshalled_properties)
}

#[derive(Debug)]
pub(crate) struct Line {
    /// Where it is kept; `None` for what dies with the process.
    pub(crate) container: Option<Container>,
    pub(crate) pending: VecDeque<Entry>,
    pub(crate) bytes: usize,
    /// Highest priority first; equal ones in the order of their arrival.
    pub(crate) subscribers: Vec<SubId>,
    /// Where round robin goes on.
    pub(crate) turn: usize,
    pub(crate) groups: HashMap<Text, SubId>,
    /// Leading entries that no subscriber wants: not looked at again until subscribers change.
    pub(crate) unwanted: usize,
    pub(crate) tail: Tail,
    /// It did not drain when it was full: what does not fit goes to the store at once.
    pub(crate) spills: bool,
    /// At most so many entries wait; the oldest are discarded.
    pub(crate) backlog: Option<usize>,
    pub(crate) discarded: u64,
}

/// What is in the store and not in memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tail {
    /// There is something.
    pub(crate) exists: bool,
    /// A page is being read.
    pub(crate) reading: bool,
    /// What `last` was when that page was asked for.
    pub(crate) asked_through: u64,
    /// Everything up to this sequence has been in memory.
    pub(crate) read_through: u64,
    /// Highest sequence left in the store only.
    pub(crate) last: u64,
}

impl Line {
    pub(crate) fn new(container: Option<Container>) -> Self {
        Self {
            container,
            pending: VecDeque::new(),
            bytes: 0,
            subscribers: Vec::new(),
            turn: 0,
            groups: HashMap::new(),
            unwanted: 0,
            tail: Tail::default(),
            spills: false,
            backlog: None,
            discarded: 0,
        }
    }

    /// Adds behind all others.
    pub(crate) fn push(&mut self, entry: Entry) {
        self.bytes += entry.bytes();
        self.tail.read_through = self.tail.read_through.max(entry.sequence);
        self.pending.push_back(entry);
        if self.backlog.is_some_and(|backlog| self.pending.len() > backlog) {
            self.take(0);
            self.discarded += 1;
        }
    }

    /// Puts something back to its old place.
    pub(crate) fn put_back(&mut self, entry: Entry) {
        self.bytes += entry.bytes();
        self.unwanted = 0;
        let place = self.pending.partition_point(|other| other.sequence < entry.sequence);
        self.pending.insert(place, entry);
    }

    pub(crate) fn take(&mut self, index: usize) -> Option<Entry> {
        let entry = if index == 0 { self.pending.pop_front() } else { self.pending.remove(index) }?;
        self.bytes -= entry.bytes();
        self.unwanted -= usize::from(index < self.unwanted);
        Some(entry)
    }

    fn position(&self, sequence: u64) -> Option<usize> {
        let place = self.pending.partition_point(|entry| entry.sequence < sequence);
        self.pending.get(place).is_some_and(|entry| entry.sequence == sequence).then_some(place)
    }

    /// The store has confirmed it.
    pub(crate) fn confirm(&mut self, sequence: u64) {
        if let Some(place) = self.position(sequence)
            && let Some(entry) = self.pending.get_mut(place)
        {
            entry.ready = true;
        }
    }

    /// It was not kept after all.
    pub(crate) fn withdraw(&mut self, sequence: u64) -> Option<Entry> {
        let place = self.position(sequence)?;
        self.take(place)
    }

    pub(crate) fn forget_subscriber(&mut self, sub: SubId) {
        self.subscribers.retain(|other| *other != sub);
        self.groups.retain(|_, owner| *owner != sub);
        self.unwanted = 0;
    }
}

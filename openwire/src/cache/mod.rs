//! The marshal cache: values that a connection has carried before are sent as a slot number.
//!
//! There is one cache per direction. The sender owns the slots; the receiver only stores what it
//! is told. The sender's slot order follows Java's exactly, so that frames are the same byte for
//! byte: slots are handed out round robin, the oldest are dropped when fewer than 100 are free, and
//! a hit refreshes nothing.

mod hasher;

use std::collections::HashMap;

use self::hasher::FastHasher;
use crate::{
    command::Command,
    destination::Destination,
    error::DecodeFault,
    ids::{
        BrokerId, ConnectionId, ConsumerId, LocalTransactionId, ProducerId, SessionId,
        XaTransactionId,
    },
    text::Text,
    wire::Nested,
};

/// Slots that a sender keeps free before each frame.
const HEADROOM: usize = 100;

/// A value that may be cached. Equal keys mean equal values to Java.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    Null,
    Broker(BrokerId),
    Connection(ConnectionId),
    Session(SessionId),
    Consumer(ConsumerId),
    Producer(ProducerId),
    /// Java compares message ids by producer and sequence only.
    Message(Option<ProducerId>, i64),
    Local(LocalTransactionId),
    Xa(Box<XaTransactionId>),
    Destination(Destination),
    /// Compared by client id and subscription name.
    Subscription(Option<Text>, Option<Text>),
    /// Compared by consumer id.
    ConsumerInfo(Option<ConsumerId>),
    /// Compared by identity in Java: never equal to anything.
    Unique(u64),
}

/// A type that occurs in cached fields.
pub(crate) trait Cached: Nested + Clone {
    /// `None` for a value that is equal to nothing but itself.
    fn key(&self) -> Option<Key>;
    /// The key is that of this value.
    fn is(&self, key: &Key) -> bool;
    /// Into the receiver's table.
    fn to_entry(&self) -> Command;
    /// Out of the receiver's table; `None` if the slot holds another type.
    fn from_entry(entry: &Command) -> Option<Self>;
}

/// Where a value is in the table.
#[derive(Debug)]
pub(crate) enum Found {
    At(i16),
    /// Nowhere yet.
    New(Key),
}

/// The sender's side. Takes memory only as far as slots are in use.
#[derive(Debug)]
pub(crate) struct SendCache {
    /// Number of slots agreed.
    size: usize,
    slots: Vec<Option<Key>>,
    index: HashMap<Key, i16, std::hash::BuildHasherDefault<FastHasher>>,
    next: usize,
    oldest: usize,
    uniques: u64,
    /// Slots given out since the frame began, to be taken back if it fails.
    fresh: Vec<usize>,
    /// What the cached fields of the frame before were, one after another: the next frame mostly says
    /// the same again, and is spared the hashing. Forgotten whenever a slot is taken away.
    habit: Vec<(Key, i16)>,
    /// Cached fields of this frame so far.
    field: usize,
}

/// Fields of a frame that are remembered: a message on its way to a consumer has nine.
const HABITS: usize = 16;

impl SendCache {
    pub(crate) fn new(slots: u16) -> Self {
        Self {
            size: slots.into(),
            slots: Vec::new(),
            index: HashMap::default(),
            next: 0,
            oldest: 0,
            uniques: 0,
            fresh: Vec::new(),
            habit: Vec::new(),
            field: 0,
        }
    }

    /// Makes room before a frame.
    pub(crate) fn begin_frame(&mut self) {
        self.fresh.clear();
        self.field = 0;
        let most = self.size.saturating_sub(HEADROOM);
        while self.index.len() > most && !self.index.is_empty() {
            if let Some(key) = self.slots.get_mut(self.oldest).and_then(Option::take) {
                self.index.remove(&key);
                self.habit.clear();
            }
            self.oldest = (self.oldest + 1) % self.size;
        }
    }

    /// Takes back the slots of a frame that could not be written.
    pub(crate) fn undo_frame(&mut self) {
        self.habit.clear();
        for slot in self.fresh.drain(..).rev() {
            if let Some(key) = self.slots.get_mut(slot).and_then(Option::take) {
                self.index.remove(&key);
            }
            self.next = slot;
        }
    }

    pub(crate) fn find<T: Cached>(&mut self, value: Option<&T>) -> Found {
        let field = self.field;
        self.field += 1;
        if let Some((key, slot)) = self.habit.get(field)
            && value.map_or(matches!(key, Key::Null), |value| value.is(key))
        {
            return Found::At(*slot);
        }
        let key = self.key_of(value);
        match self.index.get(&key).copied() {
            Some(slot) => {
                self.expect(field, key, slot);
                Found::At(slot)
            }
            None => Found::New(key),
        }
    }

    fn expect(&mut self, field: usize, key: Key, slot: i16) {
        match self.habit.get_mut(field) {
            Some(habit) => *habit = (key, slot),
            None if field < HABITS => {
                self.habit.resize(field, (Key::Unique(0), -1));
                self.habit.push((key, slot));
            }
            None => {}
        }
    }

    fn key_of<T: Cached>(&mut self, value: Option<&T>) -> Key {
        let Some(value) = value else { return Key::Null };
        value.key().unwrap_or_else(|| {
            self.uniques += 1;
            Key::Unique(self.uniques)
        })
    }

    /// Assigns a slot; -1 tells the receiver not to store the value.
    pub(crate) fn add(&mut self, key: Key) -> i16 {
        let slot = self.next;
        let Ok(number) = i16::try_from(slot) else { return -1 };
        if self.index.len() >= self.size {
            return -1;
        }
        self.next = (self.next + 1) % self.size;
        self.place(slot, key.clone());
        if self.index.insert(key, number).is_some() {
            self.habit.clear();
        }
        self.fresh.push(slot);
        number
    }

    fn place(&mut self, slot: usize, key: Key) {
        if slot >= self.slots.len() {
            self.slots.resize(slot + 1, None);
        }
        let before = self.slots.get_mut(slot).and_then(|place| place.replace(key));
        // Usually the place is free. It is not after a value that holds its own equal: that has two
        // slots and one entry in the index, so that the eviction lags behind.
        if let Some(before) = before
            && self.index.get(&before).is_some_and(|&known| usize::try_from(known) == Ok(slot))
        {
            self.index.remove(&before);
            self.habit.clear();
        }
    }
}

/// The receiver's side. Takes memory only as far as slots are in use.
#[derive(Debug)]
pub(crate) struct ReceiveCache {
    /// Number of slots agreed.
    size: usize,
    slots: Vec<Option<Command>>,
    /// What the values take in memory, and how much that may be.
    bytes: usize,
    max_bytes: usize,
}

impl ReceiveCache {
    pub(crate) fn new(slots: u16, max_bytes: usize) -> Self {
        Self { size: slots.into(), slots: Vec::new(), bytes: 0, max_bytes }
    }

    pub(crate) const fn set_max_bytes(&mut self, max_bytes: usize) {
        self.max_bytes = max_bytes;
    }

    pub(crate) fn store(&mut self, slot: i16, value: Option<Command>) -> Result<(), DecodeFault> {
        if slot == -1 {
            return Ok(());
        }
        let slot = self.checked(slot)?;
        if slot >= self.slots.len() {
            self.slots.resize(slot + 1, None);
        }
        let Some(place) = self.slots.get_mut(slot) else { return Ok(()) };
        let bytes = |value: &Option<Command>| value.as_ref().map_or(0, Command::footprint);
        self.bytes = self.bytes + bytes(&value) - bytes(place);
        if self.bytes > self.max_bytes {
            return Err(DecodeFault::CacheTooLarge { limit: self.max_bytes });
        }
        *place = value;
        Ok(())
    }

    /// What is at `slot`; a slot that was never filled reads as null, as in Java.
    pub(crate) fn fetch<T: Cached>(&self, slot: i16) -> Result<Option<T>, DecodeFault> {
        match self.slots.get(self.checked(slot)?) {
            None | Some(None) => Ok(None),
            Some(Some(entry)) => T::from_entry(entry).map(Some).ok_or_else(|| {
                DecodeFault::WrongType { expected: T::EXPECTED, found: entry.name() }
            }),
        }
    }

    fn checked(&self, slot: i16) -> Result<usize, DecodeFault> {
        let inside = usize::try_from(slot).ok().filter(|slot| *slot < self.size);
        inside.ok_or(DecodeFault::BadSlot(slot))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_peer_has_remembered_is_bounded() {
        let mut cache = ReceiveCache::new(1024, 20_000);
        let long = |length| Some(Command::from(BrokerId::new("x".repeat(length))));
        for slot in 0..10 {
            cache.store(slot, long(500)).unwrap();
        }
        // In the place of another one.
        for _ in 0..50 {
            cache.store(3, long(600)).unwrap();
        }
        let fault = cache.store(10, long(15_000)).unwrap_err();
        assert_eq!(fault, DecodeFault::CacheTooLarge { limit: 20_000 });
    }
}

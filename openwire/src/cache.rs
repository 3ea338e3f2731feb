//! The marshal cache: values that a connection has carried before are sent as a slot number.
//!
//! There is one cache per direction. The sender owns the slots; the receiver only stores what it
//! is told. The sender's slot order follows Java's exactly, so that frames are the same byte for
//! byte: slots are handed out round robin, the oldest are dropped when fewer than 100 are free, and
//! a hit refreshes nothing.

use std::collections::HashMap;

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
    Xa(XaTransactionId),
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
    /// Into the receiver's table.
    fn to_entry(&self) -> Command;
    /// Out of the receiver's table; `None` if the slot holds another type.
    fn from_entry(entry: &Command) -> Option<Self>;
}

/// The sender's side.
#[derive(Debug)]
pub(crate) struct SendCache {
    slots: Vec<Option<Key>>,
    index: HashMap<Key, i16, std::hash::BuildHasherDefault<FastHasher>>,
    next: usize,
    oldest: usize,
    uniques: u64,
    /// Slots given out since the frame began, to be taken back if it fails.
    fresh: Vec<usize>,
}

impl SendCache {
    pub(crate) fn new(slots: u16) -> Self {
        Self {
            slots: vec![None; usize::from(slots)],
            index: HashMap::default(),
            next: 0,
            oldest: 0,
            uniques: 0,
            fresh: Vec::new(),
        }
    }

    /// Makes room before a frame.
    pub(crate) fn begin_frame(&mut self) {
        self.fresh.clear();
        while self.index.len() > self.slots.len().saturating_sub(HEADROOM) && !self.index.is_empty()
        {
            if let Some(key) = self.slots.get_mut(self.oldest).and_then(Option::take) {
                self.index.remove(&key);
            }
            self.oldest = (self.oldest + 1) % self.slots.len();
        }
    }

    /// Takes back the slots of a frame that could not be written.
    pub(crate) fn undo_frame(&mut self) {
        for slot in self.fresh.drain(..).rev() {
            if let Some(key) = self.slots.get_mut(slot).and_then(Option::take) {
                self.index.remove(&key);
            }
            self.next = slot;
        }
    }

    pub(crate) fn key_of<T: Cached>(&mut self, value: Option<&T>) -> Key {
        let Some(value) = value else { return Key::Null };
        value.key().unwrap_or_else(|| {
            self.uniques += 1;
            Key::Unique(self.uniques)
        })
    }

    pub(crate) fn slot(&self, key: &Key) -> Option<i16> {
        self.index.get(key).copied()
    }

    /// Assigns a slot; -1 tells the receiver not to store the value.
    pub(crate) fn add(&mut self, key: Key) -> i16 {
        let slot = self.next;
        if self.index.len() >= self.slots.len() {
            return -1;
        }
        self.next = (self.next + 1) % self.slots.len();
        let number = i16::try_from(slot).unwrap_or(-1);
        if let Some(place) = self.slots.get_mut(slot) {
            if let Some(old) = place.replace(key.clone())
                && self.index.get(&old) == Some(&number)
            {
                self.index.remove(&old);
            }
            self.index.insert(key, number);
            self.fresh.push(slot);
        }
        number
    }
}

/// The receiver's side.
#[derive(Debug)]
pub(crate) struct ReceiveCache {
    slots: Vec<Option<Command>>,
}

impl ReceiveCache {
    pub(crate) fn new(slots: u16) -> Self {
        Self { slots: vec![None; usize::from(slots)] }
    }

    pub(crate) fn store(&mut self, slot: i16, value: Option<Command>) -> Result<(), DecodeFault> {
        if slot == -1 {
            return Ok(());
        }
        *self.place(slot)? = value;
        Ok(())
    }

    /// What is at `slot`; a slot that was never filled reads as null, as in Java.
    pub(crate) fn fetch<T: Cached>(&mut self, slot: i16) -> Result<Option<T>, DecodeFault> {
        match self.place(slot)? {
            None => Ok(None),
            Some(entry) => T::from_entry(entry)
                .map(Some)
                .ok_or(DecodeFault::WrongType { expected: T::EXPECTED, found: entry.name() }),
        }
    }

    fn place(&mut self, slot: i16) -> Result<&mut Option<Command>, DecodeFault> {
        usize::try_from(slot)
            .ok()
            .and_then(|slot| self.slots.get_mut(slot))
            .ok_or(DecodeFault::BadSlot(slot))
    }
}

/// FNV-1a over eight bytes at a time: keys are short, come from our own side, and are looked up
/// several times per message.
#[derive(Debug)]
pub(crate) struct FastHasher(u64);

impl Default for FastHasher {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl FastHasher {
    const fn mix(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23);
    }
}

impl std::hash::Hasher for FastHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            self.mix(word.try_into().map_or(0, u64::from_ne_bytes));
        }
        for &byte in words.remainder() {
            self.mix(byte.into());
        }
    }
    fn write_u64(&mut self, word: u64) {
        self.mix(word);
    }
    fn write_i64(&mut self, word: i64) {
        self.mix(word.cast_unsigned());
    }
}

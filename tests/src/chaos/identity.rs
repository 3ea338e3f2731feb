//! Which message it is, and what must be in it.

use bytes::Bytes;
use relaismq::{Message, Received};

use crate::random::Random;

/// One message: the same for every copy of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) round: u64,
    /// All that one sender sends to one destination.
    pub(super) stream: &'static str,
    pub(super) number: u64,
}

impl Identity {
    /// A message that says who it is, with a body that follows from that.
    pub(super) fn message(&self) -> Message {
        Message::bytes(self.body())
            .property("round", signed(self.round))
            .property("stream", self.stream)
            .property("number", signed(self.number))
    }

    /// Mostly up to 2 KB, now and then up to 200.
    pub(super) fn body(&self) -> Bytes {
        let named = self
            .stream
            .bytes()
            .fold(self.round, |sum, byte| sum.wrapping_mul(257).wrapping_add(u64::from(byte)));
        let mut random = Random::of(named, self.number);
        let most = if random.once_in(100) { 25_000 } else { 250 };
        let words = 1 + random.below(most);
        (0..words).flat_map(|_| random.any().to_le_bytes()).collect()
    }
}

/// A message as it was delivered.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    /// None if it does not say who it is.
    pub(super) claim: Option<Claim>,
    pub(super) body: Bytes,
    pub(super) redelivered: bool,
}

impl Arrival {
    pub(super) fn of(message: &Received) -> Self {
        let body = message.bytes().unwrap_or_default();
        Self { claim: Claim::of(message), body, redelivered: message.redelivered() }
    }
}

/// Who a message says that it is. The stream is as it was received: perhaps nobody has sent to it.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    pub(super) round: u64,
    pub(super) stream: String,
    pub(super) number: u64,
}

impl Claim {
    fn of(message: &Received) -> Option<Self> {
        let number = |name| message.property::<i64>(name).and_then(|it| u64::try_from(it).ok());
        let stream = message.property("stream")?;
        Some(Self { round: number("round")?, stream, number: number("number")? })
    }
}

pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

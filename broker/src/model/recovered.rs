//! What a store says: at its start, and when it is read.

use bytes::Bytes;

use super::places::{Container, SubscriptionRecord};

/// A message as a store returns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredMessage {
    /// As given in [`super::Change::Add`].
    pub sequence: u64,
    /// As given in [`super::Change::Add`].
    pub blob: Bytes,
    /// It may have been given to a consumer, see [`super::Change::Offer`].
    pub offered: bool,
}

/// What a store knows at start; message bodies stay on disk and are paged in later.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Every container with messages, and every known empty queue or subscription.
    pub containers: Vec<ContainerSummary>,
    /// All durable subscriptions.
    pub subscriptions: Vec<SubscriptionRecord>,
    /// Highest stored sequence per producer.
    pub producers: Vec<(String, i64)>,
    /// What was remembered by [`super::Change::Mark`], by its names.
    pub marks: Vec<(String, Bytes)>,
    /// Highest number of an arrival ever stored ([`super::sequence::arrival`]), 0 if none. Never goes back,
    /// even when queues empty.
    pub last_sequence: u64,
    /// Every message that may have been given to a consumer is marked ([`StoredMessage::offered`]):
    /// the previous owner closed the store in order, or it was killed and the system lived on, so
    /// that nothing it wrote is missing. False after a power cut.
    pub offers_known: bool,
    /// What fits in: whoever hands in more makes it fail.
    pub limits: StoreLimits,
}

/// Size of one container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerSummary {
    /// Which.
    pub container: Container,
    /// Messages in it.
    pub count: u64,
    /// Some of them have the order of their priorities in their sequences.
    pub prioritized: bool,
}

impl ContainerSummary {
    /// Of one whose sequences are the numbers of arrivals, or whose store has priorities elsewhere.
    #[must_use]
    pub const fn new(container: Container, count: u64) -> Self {
        Self { container, count, prioritized: false }
    }
}

/// What a store can hold of a message or a name; none where there is no limit. What exceeds it has to be
/// refused before it is accepted: the store would fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreLimits {
    /// Characters in the physical name of a destination.
    pub destination: Option<usize>,
    /// Characters in a client id that has a durable subscription.
    pub client_id: Option<usize>,
    /// Characters in the name of a durable subscription.
    pub subscription: Option<usize>,
    /// Characters in the selector of a durable subscription.
    pub selector: Option<usize>,
    /// Characters in a producer id.
    pub producer: Option<usize>,
    /// Bytes in a message as it is stored.
    pub message: Option<usize>,
    /// Names may have a character zero in them.
    pub zero: bool,
}

impl Default for StoreLimits {
    /// None.
    fn default() -> Self {
        Self {
            destination: None,
            client_id: None,
            subscription: None,
            selector: None,
            producer: None,
            message: None,
            zero: true,
        }
    }
}

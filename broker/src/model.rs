//! The plain types that the engine and the stores share; neither sees the other.

use bytes::Bytes;
use relaismq_openwire::{Message, ProducerId, Text};

/// Where a stored message waits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Container {
    /// A queue, by its physical name.
    Queue(Text),
    /// A durable topic subscription.
    Subscription(SubscriptionKey),
    /// A topic, by its physical name: what is published on it, for stores that keep it once. Nobody
    /// else has to do with it.
    Topic(Text),
    /// A topic subscriber that is not durable and is behind, by a number that no other has while the
    /// process lives. Everything in it is transient.
    Subscriber(u64),
}

impl Container {
    /// What is in it may be there after the next start.
    #[must_use]
    pub const fn is_lasting(&self) -> bool {
        !matches!(self, Self::Subscriber(_))
    }
}

/// A durable subscription is known by the client id of its connection and a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SubscriptionKey {
    /// `ConnectionInfo.clientId`.
    pub client_id: Text,
    /// `ConsumerInfo.subscriptionName`.
    pub name: Text,
}

/// What a durable subscription asks for; kept while its subscriber is away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriptionRecord {
    /// Who it belongs to.
    pub key: SubscriptionKey,
    /// Physical name of the topic (may be a pattern).
    pub topic: String,
    /// Message selector, if any.
    pub selector: Option<String>,
    /// Leave out messages that the subscriber's own connection published.
    pub no_local: bool,
}

/// One change to a store. A [`Batch`] of them is applied as a whole or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Keeps a message in one place. No two messages that last have the same sequence.
    Add {
        /// Where it waits: what is not transient, in a queue.
        container: Container,
        /// Broker-wide sequence: the order within the container.
        sequence: u64,
        /// What stores need to know of it.
        envelope: Envelope,
        /// Length + loose OpenWire version 11, ActiveMQ's own stored form.
        blob: Bytes,
        /// A transient message (JMS non-persistent, spilled for lack of memory) need not outlive
        /// the process and is dropped by the next [`crate::store::Store::recover`].
        transient: bool,
    },
    /// Keeps a message of a topic, once for all: each of the subscriptions has it in its backlog under
    /// the same sequence, until it is removed there, and the store drops it when no backlog has it.
    Publish {
        /// Physical name of the topic that it was sent to.
        topic: Text,
        /// The durable subscriptions that want it; one at least.
        subscriptions: Vec<SubscriptionKey>,
        /// Broker-wide sequence: the order within the backlogs.
        sequence: u64,
        /// What stores need to know of it.
        envelope: Envelope,
        /// As in [`Change::Add`].
        blob: Bytes,
    },
    /// The messages of a container from `first` to `last` are about to be given to consumers, and may
    /// have been seen by applications from now on. Committed before that happens, without a sync: it
    /// outlives the process, and a power cut is told by [`Recovered::offers_known`]. Unknown messages
    /// are ignored; so are transient ones, which do not outlive the process.
    Offer {
        /// Where they wait.
        container: Container,
        /// Sequence of the first.
        first: u64,
        /// Sequence of the last.
        last: u64,
    },
    /// Drops a message; unknown ones are ignored.
    Remove {
        /// Where it waits.
        container: Container,
        /// Its sequence.
        sequence: u64,
    },
    /// Creates or replaces a durable subscription (its backlog stays).
    PutSubscription(SubscriptionRecord),
    /// Drops a durable subscription and its whole backlog.
    DropSubscription(SubscriptionKey),
    /// Remembers that a queue exists even when it is empty.
    PutQueue(String),
    /// Drops a queue and all its messages.
    DropQueue(String),
    /// Drops what waits for a topic subscriber.
    DropSubscriber(u64),
    /// Highest sequence stored for a producer, for duplicate suppression after failover.
    ProducerSequence {
        /// `ProducerId` in its string form.
        producer: String,
        /// `MessageId.producerSequenceId`.
        sequence: i64,
    },
    /// Forgets a producer that will not come back, so that their number stays bounded.
    DropProducer(String),
}

impl Change {
    /// Estimate of the memory that this change holds, in bytes; for limits, not for accounting.
    #[must_use]
    pub fn weight(&self) -> usize {
        let payload = match self {
            Self::Add { blob, .. } => blob.len(),
            Self::Publish { blob, subscriptions, .. } => {
                blob.len() + subscriptions.len() * size_of::<SubscriptionKey>()
            }
            Self::PutSubscription(record) => {
                record.topic.len() + record.selector.as_ref().map_or(0, String::len)
            }
            Self::Remove { .. }
            | Self::Offer { .. }
            | Self::DropSubscription(_)
            | Self::PutQueue(_)
            | Self::DropQueue(_)
            | Self::DropSubscriber(_)
            | Self::ProducerSequence { .. }
            | Self::DropProducer(_) => 0,
        };
        payload + CHANGE_OVERHEAD_BYTES
    }
}

/// What a store may want to find a message by, so that it need not read its blob.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    /// Who sent it, as its `MessageId` says.
    pub producer: Option<ProducerId>,
    /// Its place among that one's messages.
    pub producer_sequence: i64,
    /// Milliseconds since 1970, 0 for never.
    pub expiration: i64,
    /// JMS priority, 0 to 9 in well-made messages.
    pub priority: i8,
}

impl Envelope {
    /// Of a message.
    #[must_use]
    pub fn of(message: &Message) -> Self {
        let id = message.message_id.as_ref();
        Self {
            producer: id.and_then(|id| id.producer_id.clone()),
            producer_sequence: id.map_or(0, |id| id.producer_sequence_id),
            expiration: message.expiration,
            priority: message.priority,
        }
    }
}

/// Changes that become durable together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// In the order to apply.
    pub changes: Vec<Change>,
    /// `false` when nobody waits for durability (only transient changes inside).
    pub sync: bool,
}

impl Batch {
    /// It only marks what is about to be given to consumers, who wait for it.
    #[must_use]
    pub fn is_urgent(&self) -> bool {
        let mark = |change: &Change| matches!(change, Change::Offer { .. });
        !self.changes.is_empty() && self.changes.iter().all(mark)
    }

    /// It only keeps transient messages, and nobody waits for it: it may be overtaken.
    #[must_use]
    pub fn is_patient(&self) -> bool {
        let transient = |change: &Change| matches!(change, Change::Add { transient: true, .. });
        !self.sync && !self.changes.is_empty() && self.changes.iter().all(transient)
    }

    /// It overtakes nothing: it drops whole containers, or is only there to be answered when all that was
    /// handed in before has been done.
    #[must_use]
    pub fn comes_last(&self) -> bool {
        let drops = |change: &Change| {
            use Change::{DropQueue, DropSubscriber, DropSubscription};
            matches!(change, DropQueue(_) | DropSubscriber(_) | DropSubscription(_))
        };
        self.changes.is_empty() && self.sync || self.changes.iter().any(drops)
    }

    /// It keeps messages, and needs room for them.
    #[must_use]
    pub fn adds(&self) -> bool {
        let adds = |change: &Change| matches!(change, Change::Add { .. } | Change::Publish { .. });
        self.changes.iter().any(adds)
    }

    /// Some message that was added is not needed any more.
    pub(crate) fn removes(&self) -> bool {
        self.changes.iter().any(|change| matches!(change, Change::Remove { .. }))
    }

    /// Estimate of the memory that this batch holds, in bytes; see [`Change::weight`].
    #[must_use]
    pub fn weight(&self) -> usize {
        self.changes.iter().map(Change::weight).sum()
    }
}

/// Names one request to the store's writer thread; its answer carries the same ticket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// A message as a store returns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredMessage {
    /// Broker-wide sequence.
    pub sequence: u64,
    /// As given in [`Change::Add`].
    pub blob: Bytes,
    /// It may have been given to a consumer, see [`Change::Offer`].
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
    /// Highest broker sequence ever stored, 0 if none. Never goes back, even when queues empty.
    pub last_sequence: u64,
    /// Every message that may have been given to a consumer is marked ([`StoredMessage::offered`]):
    /// the previous owner closed the store in order, or it was killed and the system lived on, so
    /// that nothing it wrote is missing. False after a power cut.
    pub offers_known: bool,
    /// What fits in: whoever hands in more makes it fail.
    pub limits: StoreLimits,
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

/// Size of one container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerSummary {
    /// Which.
    pub container: Container,
    /// Messages in it.
    pub count: u64,
}

/// The two clocks, read by whoever drives the engine: it never reads one itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Time since an arbitrary origin; never goes back.
    pub monotonic: std::time::Duration,
    /// Milliseconds since 1970, for timestamps and expiry.
    pub unix_ms: i64,
}

/// Why a store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// No room left; nothing was kept.
    #[error("the store at {place} is full: {detail}")]
    Full {
        /// The store's folder, or its database; never with a password.
        place: String,
        /// What the system said.
        detail: String,
    },
    /// Another broker owns the store.
    #[error("the store at {place} belongs to another broker now: {detail}")]
    Fenced {
        /// The store's folder, or its database; never with a password.
        place: String,
        /// How it was noticed.
        detail: String,
    },
    /// What is there is nothing that this store can use; nothing was touched.
    #[error("the store at {place} cannot be used by this broker: {detail}")]
    Unsupported {
        /// The store's folder, or its database; never with a password.
        place: String,
        /// What was found, and what to do.
        detail: String,
    },
    /// What is on disk is not what was written.
    #[error("the store at {place} is damaged: {detail}")]
    Damaged {
        /// The store's folder, or its database; never with a password.
        place: String,
        /// What and where.
        detail: String,
    },
    /// Nobody knows whether the last commit was kept: the answer was lost, and so was the way to look.
    #[error("the store at {place} may or may not have kept what was written last: {detail}")]
    Unknown {
        /// The store's folder, or its database; never with a password.
        place: String,
        /// What happened.
        detail: String,
    },
    /// The system, or the database, refused an operation.
    #[error("the store at {place} failed: {detail}")]
    Io {
        /// The store's folder, or its database; never with a password.
        place: String,
        /// What the system said.
        detail: String,
    },
}

impl StoreError {
    /// Whether the store must not be used again; only [`StoreError::Full`] leaves it usable.
    #[must_use]
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::Full { .. })
    }
}

/// The enum itself, its names and the map entries that it becomes.
const CHANGE_OVERHEAD_BYTES: usize = 128;

//! What is asked of a store, and what is made durable together.

use bytes::Bytes;
use relaismq_openwire::{Message, ProducerId, Text};

use super::places::{Container, SubscriptionKey, SubscriptionRecord};

/// One change to a store. A [`Batch`] of them is applied as a whole or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Keeps a message in one place. No two messages that last have the same sequence.
    Add {
        /// Where it waits: what is not transient, in a queue.
        container: Container,
        /// The order within the container: the broker-wide number of its arrival, below its priority
        /// where the queue is prioritized ([`super::sequence`]).
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
    /// outlives the process, and a power cut is told by [`super::Recovered::offers_known`]. Unknown messages
    /// are ignored; so are transient ones, which do not outlive the process. But for all that there is,
    /// from zero on, first and last are of one band ([`super::sequence::band`]).
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
    /// Remembers something that is no message, in place of what had this name before. Without bytes that is
    /// forgotten.
    Mark {
        /// Whose it is.
        name: String,
        /// What is to be remembered.
        bytes: Bytes,
    },
}

impl Change {
    /// It needs room: a message, or something else of about a message's size that is to be remembered.
    #[must_use]
    pub fn adds(&self) -> bool {
        match self {
            Self::Add { .. } | Self::Publish { .. } => true,
            Self::Mark { bytes, .. } => bytes.len() > SMALL_MARK_BYTES,
            _ => false,
        }
    }

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
            Self::Mark { name, bytes } => name.len() + bytes.len(),
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

    /// It keeps messages, or much else, and needs room for that.
    #[must_use]
    pub fn adds(&self) -> bool {
        self.changes.iter().any(Change::adds)
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

/// What stores themselves remember is smaller, and has to be possible on a full disk.
const SMALL_MARK_BYTES: usize = 1024;

/// The enum itself, its names and the map entries that it becomes.
const CHANGE_OVERHEAD_BYTES: usize = 128;

//! What the engine tells.

use std::{sync::Arc, time::Duration};

use relaismq_openwire::{Message, Text};

use super::Link;
use crate::model::SubscriptionRecord;

/// The answer to a [`super::Question`].
#[derive(Clone, Debug, PartialEq)]
pub enum Report {
    /// Something that this client has sent waits for room, or nothing does.
    Waits(Link, bool),
    /// Bytes in memory.
    Memory {
        /// Of messages that wait.
        waiting: usize,
        /// Of messages that consumers have not acknowledged.
        in_flight: usize,
    },
    /// Of the broker.
    Figures(Figures),
    /// In the order of their names; and whether there are more.
    Destinations(Vec<DestinationReport>, bool),
    /// In the order of client ids and names; and whether there are more.
    Subscriptions(Vec<SubscriptionReport>, bool),
    /// In the order in which they came; and whether there are more.
    Connections(Vec<ConnectionReport>, bool),
    /// Messages of a queue.
    Messages {
        /// In the order of the queue.
        seen: Vec<Seen>,
        /// There may be more behind this sequence.
        next: Option<u64>,
    },
    /// It is done, and durable, with so many messages.
    Done(u64),
    /// It was not done, or not to its end.
    Refused {
        /// With so many messages it was.
        done: u64,
        /// Why.
        reason: String,
    },
    /// There is no such queue.
    NoQueue,
}

/// Messages that came and went since the broker became the master.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// They came.
    pub enqueued: u64,
    /// They were consumed, expired, or were taken away.
    pub dequeued: u64,
    /// Those of them whose time was over.
    pub expired: u64,
}

/// Figures of the whole broker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Queues, without temporary ones.
    pub queues: usize,
    /// Topics, without temporary and advisory ones.
    pub topics: usize,
    /// Durable subscriptions.
    pub subscriptions: usize,
    /// Clients that have logged in.
    pub connections: usize,
    /// Consumers of all clients.
    pub consumers: usize,
    /// Producers of all clients.
    pub producers: usize,
    /// Messages in queues, on their way to consumers too.
    pub messages: u64,
    /// Of queues and topics, also of those that are gone.
    pub counts: Counts,
    /// Bytes of messages that wait in memory.
    pub memory_used: usize,
    /// Most that these may be.
    pub memory_limit: usize,
    /// Most of them that are in one queue.
    pub queue_memory_limit: usize,
    /// Bytes of messages that this broker has given to its store.
    pub stored_bytes: u64,
    /// Most that these may be, for a store that does not look after itself.
    pub store_limit: Option<u64>,
}

/// A queue or topic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DestinationReport {
    /// Its physical name.
    pub name: Text,
    /// Messages in a queue, on their way to consumers too; what waits for the subscribers of a topic.
    pub depth: u64,
    /// Those of them that consumers have been given.
    pub in_flight: usize,
    /// Messages that came and went.
    pub counts: Counts,
    /// Consumers that listen.
    pub consumers: usize,
    /// Producers that were made for it.
    pub producers: usize,
    /// Bytes of messages that wait in memory.
    pub memory_bytes: usize,
}

/// A durable subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriptionReport {
    /// What it is.
    pub record: SubscriptionRecord,
    /// Somebody consumes from it.
    pub active: bool,
    /// Messages that wait in it, on their way to its consumer too.
    pub pending: u64,
    /// Messages that came and went.
    pub counts: Counts,
}

/// A client that has logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionReport {
    /// Its connection.
    pub link: Link,
    /// Its client id.
    pub client_id: Text,
    /// Where it comes from.
    pub address: Text,
    /// Who it says it is.
    pub user: Option<Text>,
    /// The address of the broker by which it came.
    pub connector: Text,
    /// Its sessions.
    pub sessions: usize,
    /// Its consumers.
    pub consumers: usize,
    /// Its producers.
    pub producers: usize,
    /// How long it has been there.
    pub since: Duration,
}

/// A message of a queue that is looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// Its place in the order of the queue.
    pub sequence: u64,
    /// The message.
    pub message: Arc<Message>,
    /// Deliveries before.
    pub counter: i32,
    /// A consumer has been given it, and has not acknowledged it.
    pub in_flight: bool,
}

//! Bounds and policies of queues and topics.

use crate::model::Prioritized;

/// What becomes of a message for which there is no room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenFull {
    /// Its sender waits until there is: ActiveMQ's default.
    #[default]
    Wait,
    /// Its sender is told so: ActiveMQ's `sendFailIfNoSpace`.
    Refuse,
}

/// What the engine allows. Every bound has a default that is safe to run with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Bytes of messages that a queue keeps in memory; further ones wait in the store. Default
    /// 16 MiB.
    pub queue_memory_bytes: usize,
    /// Bytes of messages that wait in memory, of all queues and subscribers together; further ones
    /// wait in the store, or with their senders. Default 32 MiB.
    pub memory_bytes: usize,
    /// Bytes in memory of messages that consumers have not acknowledged, of all consumers together.
    /// Beyond half of it the broker remembers only the ids of what is in the store; at the limit no
    /// consumer gets more than a fair share, whatever its prefetch. Default 24 MiB.
    pub in_flight_bytes: usize,
    /// Bytes owed to a client that does not read, before nothing more is dispatched to it. Default
    /// 16 MiB.
    pub outbound_bytes: usize,
    /// Bytes owed to all clients together, before none is owed more than a fair share. Default 32 MiB.
    pub outbound_memory_bytes: usize,
    /// Bytes on their way to the store, before clients that send more are not read from. Whoever waits
    /// for a confirmation waits for these, too, so that it is no more than keeps a disk busy. Default
    /// 4 MiB.
    pub store_backlog_bytes: usize,
    /// Bytes of messages sent in uncommitted transactions, of all connections together; beyond it
    /// each transaction may have a fair share. Default 256 MiB.
    pub transaction_bytes: usize,
    /// Producers plus consumers of one connection. Default 20,000.
    pub members_per_connection: usize,
    /// Destinations of the broker. Default 100,000.
    pub destinations: usize,
    /// Producers whose last sequence is remembered for duplicate suppression. Default 10,000.
    pub remembered_producers: usize,
    /// Bytes of messages in a store that has no disk. Default `None`, for a store that looks after
    /// itself; a broker with a memory store has 1 GiB if nothing else is said.
    pub store_bytes: Option<u64>,
    /// What senders are told when the store has no room. Default [`WhenFull::Wait`].
    pub when_full: WhenFull,
    /// The store outlives the process, so it is told what consumers are given. Default true; a broker
    /// with a memory store does without.
    pub marks: bool,
    /// Queues whose messages are given out by priority, the highest first; equal ones in the order of
    /// their arrival. Default: none.
    pub prioritized: Prioritized,
    /// Where messages go that a consumer gave up on. Default `ActiveMQ.DLQ`, as ActiveMQ's.
    pub dead_letter_queue: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            queue_memory_bytes: 16 * 1024 * 1024,
            memory_bytes: 32 * 1024 * 1024,
            in_flight_bytes: 24 * 1024 * 1024,
            outbound_bytes: 16 * 1024 * 1024,
            outbound_memory_bytes: 32 * 1024 * 1024,
            store_backlog_bytes: 4 * 1024 * 1024,
            transaction_bytes: 256 * 1024 * 1024,
            members_per_connection: 20_000,
            destinations: 100_000,
            remembered_producers: 10_000,
            store_bytes: None,
            when_full: WhenFull::Wait,
            marks: true,
            prioritized: Prioritized::default(),
            dead_letter_queue: "ActiveMQ.DLQ".to_owned(),
        }
    }
}

//! Bounds and policies of queues and topics.

/// What the engine allows. Every bound has a default that is safe to run with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Bytes of messages that a queue keeps in memory; further ones wait in the store. Default
    /// 16 MiB.
    pub queue_memory_bytes: usize,
    /// Bytes of messages that wait in memory, of all queues and subscribers together; further ones
    /// wait in the store, or with their senders. Default 64 MiB.
    pub memory_bytes: usize,
    /// Messages that a topic subscriber may be behind beyond its prefetch even when memory is short.
    /// When it is further behind (or, when memory is used up, further than a fair share of it) and
    /// half of `memory_bytes` is used up, its publishers wait; if it takes nothing then, its oldest
    /// are discarded. Default 10,000.
    pub topic_backlog: usize,
    /// The same in bytes. Default 16 MiB.
    pub topic_backlog_bytes: usize,
    /// Bytes in memory of messages that consumers have not acknowledged, of all consumers together.
    /// Beyond half of it the broker remembers only the ids of what is in the store; at the limit no
    /// consumer gets more than a fair share, whatever its prefetch. Default 64 MiB.
    pub in_flight_bytes: usize,
    /// Bytes owed to a client that does not read, before nothing more is dispatched to it. Default
    /// 16 MiB.
    pub outbound_bytes: usize,
    /// Bytes on their way to the store, before clients that send more are not read from. Default
    /// 64 MiB.
    pub store_backlog_bytes: usize,
    /// Bytes in all uncommitted transactions of a connection. Default 256 MiB.
    pub transaction_bytes: usize,
    /// Producers plus consumers of one connection. Default 20,000.
    pub members_per_connection: usize,
    /// Destinations of the broker. Default 100,000.
    pub destinations: usize,
    /// Producers whose last sequence is remembered for duplicate suppression. Default 10,000.
    pub remembered_producers: usize,
    /// Bytes of messages in a store that has no disk. Default 1 GiB; `None` for a store that looks
    /// after itself.
    pub store_bytes: Option<u64>,
    /// The store outlives the process, so it is told what consumers are given. Default true; a broker
    /// with a memory store does without.
    pub marks: bool,
    /// Where messages go that a consumer gave up on. Default `ActiveMQ.DLQ`, as ActiveMQ's.
    pub dead_letter_queue: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            queue_memory_bytes: 16 * 1024 * 1024,
            memory_bytes: 64 * 1024 * 1024,
            topic_backlog: 10_000,
            topic_backlog_bytes: 16 * 1024 * 1024,
            in_flight_bytes: 64 * 1024 * 1024,
            outbound_bytes: 16 * 1024 * 1024,
            store_backlog_bytes: 64 * 1024 * 1024,
            transaction_bytes: 256 * 1024 * 1024,
            members_per_connection: 20_000,
            destinations: 100_000,
            remembered_producers: 10_000,
            store_bytes: Some(1024 * 1024 * 1024),
            marks: true,
            dead_letter_queue: "ActiveMQ.DLQ".to_owned(),
        }
    }
}

//! How many messages the broker may send ahead of their acknowledgement.

super::options! {
    /// Default prefetch per kind of consumer, in messages, each 0 to [`Self::MAX`].
    ///
    /// In a URI with the prefix `jms.prefetchPolicy.`; `jms.prefetchPolicy.all` sets the first four
    /// and yields to the specific ones. Defaults are those of ActiveMQ's `ActiveMQPrefetchPolicy`.
    pub struct PrefetchPolicy {
        /// Consumers of queues. Default 1000 (ActiveMQ `ActiveMQPrefetchPolicy`).
        queue_prefetch: u16 = 1000,
        /// Browsers of queues. Default 500 (ActiveMQ `ActiveMQPrefetchPolicy`). 0 counts as 1: a
        /// browser is shown one message after the other then.
        queue_browser_prefetch: u16 = 500,
        /// Consumers of topics. Default 32767 (ActiveMQ `ActiveMQPrefetchPolicy`).
        topic_prefetch: u16 = PrefetchPolicy::MAX,
        /// Durable subscribers. Default 100 (ActiveMQ `ActiveMQPrefetchPolicy`).
        durable_topic_prefetch: u16 = 100,
        /// Durable subscribers that acknowledge automatically while
        /// [`optimized_message_dispatch`](super::ConsumerDefaults::optimized_message_dispatch) is
        /// on. Default 1000 (ActiveMQ `ActiveMQPrefetchPolicy`).
        optimize_durable_topic_prefetch: u16 = 1000,
        /// Messages a topic consumer may be behind, beyond its prefetch, before the broker discards
        /// old ones. Default 0: no limit (ActiveMQ `ActiveMQPrefetchPolicy`).
        maximum_pending_message_limit: u32 = 0,
    }
}

impl PrefetchPolicy {
    /// Largest prefetch: it travels in a signed 16 bit field (ActiveMQ `ActiveMQPrefetchPolicy`).
    pub const MAX: u16 = 32_767;

    /// The same prefetch for queues, browsers, topics and durable subscribers.
    #[must_use]
    pub fn all(self, prefetch: u16) -> Self {
        let prefetch = prefetch.min(Self::MAX);
        self.queue_prefetch(prefetch)
            .queue_browser_prefetch(prefetch)
            .topic_prefetch(prefetch)
            .durable_topic_prefetch(prefetch)
    }
}

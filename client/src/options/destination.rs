//! Options written into a destination's name.

super::options! {
    /// A destination name and the options that stood behind it:
    /// `orders?consumer.prefetchSize=1&producer.windowSize=65536`.
    ///
    /// Parse one with [`str::parse`]. Only [`name`](Self::name) goes to the broker.
    pub struct DestinationOptions {
        /// The name without its options.
        name: String = String::new(),
        /// What was set for consumers.
        consumer: ConsumerOptions = ConsumerOptions::default(),
        /// What was set for producers.
        producer: ProducerOptions = ProducerOptions::default(),
    }
}

super::options! {
    /// Options of one consumer; none means the connection's default. In a destination name with the
    /// prefix `consumer.`; names are those of ActiveMQ's `ConsumerInfo`.
    pub struct ConsumerOptions {
        /// Messages the broker may send ahead, 0 to 32767. Default none: the connection's
        /// [`PrefetchPolicy`](super::PrefetchPolicy).
        prefetch_size: Option<u16> = None,
        /// Ask to be the only consumer served. Default none: the connection's
        /// [`exclusive_consumer`](super::ConsumerDefaults::exclusive_consumer).
        exclusive: Option<bool> = None,
        /// Which messages are wanted, in the JMS selector language. Default none: all.
        selector: Option<String> = None,
        /// Do not deliver what this connection sent itself. Default none: deliver it.
        no_local: Option<bool> = None,
        /// Consumers of higher priority are served first, 0 to 127. Default none: 0.
        priority: Option<u8> = None,
        /// Ask for messages sent before the consumer was there. Default none: the connection's
        /// [`use_retroactive_consumer`](super::ConsumerDefaults::use_retroactive_consumer).
        retroactive: Option<bool> = None,
        /// The broker dispatches on a thread of its own. Default none: the connection's
        /// [`dispatch_async`](super::ConsumerDefaults::dispatch_async).
        dispatch_async: Option<bool> = None,
        /// Messages a topic consumer may be behind beyond its prefetch. Default none: the
        /// connection's [`PrefetchPolicy`](super::PrefetchPolicy).
        maximum_pending_message_limit: Option<u32> = None,
    }
}

super::options! {
    /// Options of one producer; none means the connection's default. In a destination name with the
    /// prefix `producer.`; names are those of ActiveMQ's `ProducerInfo`.
    pub struct ProducerOptions {
        /// Bytes that may be sent without the broker's acknowledgement. Default none: the
        /// connection's [`producer_window_size`](super::ProducerDefaults::producer_window_size).
        window_size: Option<u32> = None,
        /// The broker dispatches this producer's messages on a thread of its own. Default none: false
        /// (ActiveMQ `ProducerInfo`).
        dispatch_async: Option<bool> = None,
    }
}

//! The options of one logical connection.

use std::time::Duration;

use super::{
    Endpoint, PrefetchPolicy, ReconnectOptions, RedeliveryPolicy, RedeliveryPolicyMap, Secret,
    TlsOptions, TransportOptions,
};
use crate::trace::TraceSource;

super::options! {
    /// Everything a connection needs to know, from a URI or from code.
    ///
    /// ```
    /// use relaismq::options::ConnectOptions;
    ///
    /// let options: ConnectOptions = "failover:(tcp://a:61616,tcp://b:61616)?timeout=3000"
    ///     .parse::<ConnectOptions>()?
    ///     .credentials("app", "s3cret")
    ///     .client_id("billing-1");
    /// assert_eq!(options.endpoints.len(), 2);
    /// # Ok::<(), relaismq::uri::UriError>(())
    /// ```
    pub struct ConnectOptions {
        /// The configured brokers in the order given. Default `tcp://localhost:61616` (ActiveMQ
        /// `ActiveMQConnectionFactory`).
        endpoints: Vec<Endpoint> = vec![Endpoint::tcp("localhost", Endpoint::DEFAULT_PORT)],
        /// Options of links to brokers that the configured list does not name, that is, those the
        /// broker told about: the defaults with the `nested.*` options applied.
        transport: TransportOptions = TransportOptions::default(),
        /// When, how often and in which order brokers are tried.
        reconnect: ReconnectOptions = ReconnectOptions::default(),
        /// Who the client is.
        identity: Identity = Identity::default(),
        /// Deadlines of the operations of a connection.
        timeouts: Timeouts = Timeouts::default(),
        /// How messages are sent unless a producer says otherwise.
        producers: ProducerDefaults = ProducerDefaults::default(),
        /// How messages are consumed unless a consumer says otherwise.
        consumers: ConsumerDefaults = ConsumerDefaults::default(),
        /// Prefetch per kind of consumer.
        prefetch: PrefetchPolicy = PrefetchPolicy::default(),
        /// What happens to a message after a rollback.
        redelivery: RedeliveryPolicy = RedeliveryPolicy::default(),
        /// Where that is another policy. Default: nowhere. Only in code; no URI option exists, in ActiveMQ
        /// neither.
        redelivery_by_destination: RedeliveryPolicyMap = RedeliveryPolicyMap::default(),
    }
}

impl ConnectOptions {
    /// Reconnecting options for these brokers, everything else at its default.
    #[must_use]
    pub fn to(endpoints: impl IntoIterator<Item = Endpoint>) -> Self {
        Self::default().endpoints(endpoints.into_iter().collect())
    }

    /// User name and password for the login. Default: none.
    #[must_use]
    pub fn credentials(
        mut self,
        user_name: impl Into<String>,
        password: impl Into<String>,
    ) -> Self {
        self.identity.user_name = Some(user_name.into());
        self.identity.password = Some(Secret::new(password));
        self
    }

    /// TLS to all brokers, those included that a broker may tell about later.
    #[must_use]
    pub fn tls(mut self, tls: TlsOptions) -> Self {
        for endpoint in &mut self.endpoints {
            endpoint.options.tls = tls.clone();
        }
        self.transport.tls = tls;
        self
    }

    /// Name that durable subscriptions belong to. Default: one made up per connection.
    #[must_use]
    pub fn client_id(mut self, client_id: impl Into<String>) -> Self {
        self.identity.client_id = Some(client_id.into());
        self
    }
}

super::options! {
    /// Who the client is, in a URI with the prefix `jms.`.
    pub struct Identity {
        /// What the connection is called in the spans of `tracing`, and in the label `connection` of metrics.
        /// Brokers do not hear of it. Default none; no URI option exists.
        name: Option<String> = None,
        /// User name for the login. Default none.
        user_name: Option<String> = None,
        /// Password for the login. Default none. Never printed.
        password: Option<Secret> = None,
        /// Client id, unique on the broker. Default none: made up per connection.
        client_id: Option<String> = None,
        /// Beginning of made-up client ids. Default none: `ID:` and the host (ActiveMQ
        /// `ActiveMQConnectionFactory`).
        client_id_prefix: Option<String> = None,
        /// Beginning of made-up connection ids. Default none: `ID:` and the host (ActiveMQ
        /// `ActiveMQConnectionFactory`).
        connection_id_prefix: Option<String> = None,
    }
}

super::options! {
    /// Deadlines; none means to wait for as long as it takes. In a URI with the prefix `jms.`,
    /// where 0 means none.
    ///
    /// Each runs from the call to its result and so includes waiting for a connection.
    pub struct Timeouts {
        /// The first connection, from the call to the answered login. Default 30 s; ActiveMQ has
        /// none, and no URI option exists.
        connect: Option<Duration> = Some(Duration::from_secs(30)),
        /// One broker's answer to the handshake and login (`jms.connectResponseTimeout`). Default
        /// 10 s, what ActiveMQ's `WireFormatNegotiator` allows the handshake; its login waits for
        /// ever.
        connect_response: Option<Duration> = Some(Duration::from_secs(10)),
        /// A send that waits for the broker (`jms.sendTimeout`). Default none (ActiveMQ
        /// `ActiveMQConnectionFactory`).
        send: Option<Duration> = None,
        /// Any other request (`jms.requestTimeout`). Default none (ActiveMQ
        /// `ActiveMQConnectionFactory`).
        request: Option<Duration> = None,
        /// The broker's answer to the farewell of the connection (`jms.closeTimeout`). Default 15 s
        /// (ActiveMQ `ActiveMQConnectionFactory`). It is for a broker that takes what is sent, or
        /// answers other things meanwhile; one that gives no such sign is left after twice the time
        /// that its answers usually take, and 100 ms at least, unless it may still have messages to read
        /// that were sent without confirmation.
        close: Option<Duration> = Some(Duration::from_secs(15)),
    }
}

super::options! {
    /// How messages are sent unless a producer says otherwise, in a URI with the prefix `jms.`.
    pub struct ProducerDefaults {
        /// Persistent sends do not wait for the broker. Default false (ActiveMQ
        /// `ActiveMQConnectionFactory`).
        use_async_send: bool = false,
        /// Non-persistent sends wait for the broker, too. Default false (ActiveMQ
        /// `ActiveMQConnectionFactory`). Sends in a transaction do not wait, as they do in ActiveMQ's
        /// client then: its commit answers for all of them.
        always_sync_send: bool = false,
        /// Bytes a producer may have sent without the broker's acknowledgement when it does not
        /// wait for each send. Default 0: no limit (ActiveMQ `ActiveMQConnectionFactory`).
        producer_window_size: u32 = 0,
        /// Bodies are sent compressed. Default false (ActiveMQ `ActiveMQConnectionFactory`).
        use_compression: bool = false,
        /// Messages carry no time of sending. Default false (ActiveMQ `ActiveMQConnectionFactory`).
        disable_time_stamps_by_default: bool = false,
        /// Messages carry the trace that this says they are sent in. Default none: they carry what the
        /// application gives them. No URI option exists.
        trace_context: Option<TraceSource> = None,
    }
}

super::options! {
    /// How messages are consumed unless a consumer says otherwise, in a URI with the prefix `jms.`.
    pub struct ConsumerDefaults {
        /// The broker dispatches on a thread of its own. Default true (ActiveMQ
        /// `ActiveMQConnectionFactory`).
        dispatch_async: bool = true,
        /// Consumers ask to be the only one served. Default false (ActiveMQ
        /// `ActiveMQConnectionFactory`).
        exclusive_consumer: bool = false,
        /// Topic consumers ask for earlier messages. Default false (ActiveMQ
        /// `ActiveMQConnectionFactory`).
        use_retroactive_consumer: bool = false,
        /// Durable subscribers that acknowledge automatically use the larger prefetch. Default true
        /// (ActiveMQ `ActiveMQConnectionFactory`).
        optimized_message_dispatch: bool = true,
        /// Acknowledgements of the application (`Client` and `Individual`) do not wait for the broker:
        /// they are handed over, and nobody hears what becomes of them. Automatic ones never wait.
        /// Default false; ActiveMQ's `ActiveMQConnectionFactory` has true.
        send_acks_async: bool = false,
        /// Messages that have expired are not delivered but given back to the broker, which treats
        /// them as it treats what expires in its queue: by default persistent ones go to the dead
        /// letter queue. Checked when they arrive and when the application takes them. Default true
        /// (ActiveMQ `ActiveMQConnectionFactory`).
        consumer_expiry_check_enabled: bool = true,
    }
}

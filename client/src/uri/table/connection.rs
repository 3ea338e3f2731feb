//! Options of the connection; names are those of ActiveMQ's `ActiveMQConnectionFactory`,
//! `ActiveMQPrefetchPolicy` and `RedeliveryPolicy`.

use relaismq_options::{Kind, Row};

use crate::options::{ConnectOptions, PrefetchPolicy, Secret};

/// Options with the prefix `jms.`.
pub(in crate::uri) const CONNECTION: &[Row<ConnectOptions>] = &[
    Row {
        name: "userName",
        kind: Kind::Text(|o, v| o.identity.user_name = Some(v.to_owned())),
        default: "",
        doc: "User name for the login.",
    },
    Row {
        name: "password",
        kind: Kind::Secret(|o, v| o.identity.password = Some(Secret::new(v))),
        default: "",
        doc: "Password for the login.",
    },
    Row {
        name: "clientID",
        kind: Kind::Names("text that is not empty", |o, v| {
            if v.trim().is_empty() {
                return Err("it is empty: name the client, or leave the option out".to_owned());
            }
            o.identity.client_id = Some(v.to_owned());
            Ok(())
        }),
        default: "",
        doc: "Client id, unique on the broker.",
    },
    Row {
        name: "clientIDPrefix",
        kind: Kind::Text(|o, v| o.identity.client_id_prefix = Some(v.to_owned())),
        default: "",
        doc: "Beginning of made-up client ids.",
    },
    Row {
        name: "connectionIDPrefix",
        kind: Kind::Text(|o, v| o.identity.connection_id_prefix = Some(v.to_owned())),
        default: "",
        doc: "Beginning of made-up connection ids.",
    },
    Row {
        name: "useAsyncSend",
        kind: Kind::Bool(|o, v| o.producers.use_async_send = v),
        default: "false",
        doc: "Persistent sends do not wait for the broker.",
    },
    Row {
        name: "alwaysSyncSend",
        kind: Kind::Bool(|o, v| o.producers.always_sync_send = v),
        default: "false",
        doc: "Non-persistent sends wait for the broker; in a transaction its commit does.",
    },
    Row {
        name: "sendTimeout",
        kind: Kind::Timeout(|o, v| o.timeouts.send = v),
        default: "0",
        doc: "Deadline of a send that waits for the broker.",
    },
    Row {
        name: "requestTimeout",
        kind: Kind::Timeout(|o, v| o.timeouts.request = v),
        default: "0",
        doc: "Deadline of any other request.",
    },
    Row {
        name: "connectResponseTimeout",
        kind: Kind::Timeout(|o, v| o.timeouts.connect_response = v),
        default: "10000",
        doc: "Limit for one broker's answer to the login.",
    },
    Row {
        name: "closeTimeout",
        kind: Kind::Timeout(|o, v| o.timeouts.close = v),
        default: "15000",
        doc: "Limit for the broker's answer to the farewell. A broker that is silent is left sooner, unless it may still have \
              messages to read that were sent without confirmation.",
    },
    Row {
        name: "producerWindowSize",
        kind: Kind::Count(0, INT_MAX, |o, v| o.producers.producer_window_size = v),
        default: "0",
        doc: "Bytes a producer may have sent unacknowledged; 0 is no limit.",
    },
    Row {
        name: "useCompression",
        kind: Kind::Bool(|o, v| o.producers.use_compression = v),
        default: "false",
        doc: "Bodies are sent compressed.",
    },
    Row {
        name: "disableTimeStampsByDefault",
        kind: Kind::Bool(|o, v| o.producers.disable_time_stamps_by_default = v),
        default: "false",
        doc: "Messages carry no time of sending.",
    },
    Row {
        name: "dispatchAsync",
        kind: Kind::Bool(|o, v| o.consumers.dispatch_async = v),
        default: "true",
        doc: "The broker dispatches on a thread of its own.",
    },
    Row {
        name: "exclusiveConsumer",
        kind: Kind::Bool(|o, v| o.consumers.exclusive_consumer = v),
        default: "false",
        doc: "Consumers ask to be the only one served.",
    },
    Row {
        name: "useRetroactiveConsumer",
        kind: Kind::Bool(|o, v| o.consumers.use_retroactive_consumer = v),
        default: "false",
        doc: "Topic consumers ask for earlier messages.",
    },
    Row {
        name: "optimizedMessageDispatch",
        kind: Kind::Bool(|o, v| o.consumers.optimized_message_dispatch = v),
        default: "true",
        doc: "Durable subscribers use the larger prefetch.",
    },
    Row {
        name: "sendAcksAsync",
        kind: Kind::Bool(|o, v| o.consumers.send_acks_async = v),
        default: "false",
        doc: "Client and individual acknowledgements do not wait for the broker.",
    },
    // Before the specific ones: rows are applied in the order of this table, and those shall win.
    Row {
        name: "prefetchPolicy.all",
        kind: Kind::Count(0, PREFETCH_MAX, |o, v| o.prefetch = o.prefetch.clone().all(narrow(v))),
        default: "",
        doc: "Prefetch of queues, browsers, topics and durable subscribers.",
    },
    Row {
        name: "prefetchPolicy.queuePrefetch",
        kind: Kind::Count(0, PREFETCH_MAX, |o, v| o.prefetch.queue_prefetch = narrow(v)),
        default: "1000",
        doc: "Prefetch of queue consumers.",
    },
    Row {
        name: "prefetchPolicy.queueBrowserPrefetch",
        kind: Kind::Count(0, PREFETCH_MAX, |o, v| o.prefetch.queue_browser_prefetch = narrow(v)),
        default: "500",
        doc: "Prefetch of queue browsers.",
    },
    Row {
        name: "prefetchPolicy.topicPrefetch",
        kind: Kind::Count(0, PREFETCH_MAX, |o, v| o.prefetch.topic_prefetch = narrow(v)),
        default: "32767",
        doc: "Prefetch of topic consumers.",
    },
    Row {
        name: "prefetchPolicy.durableTopicPrefetch",
        kind: Kind::Count(0, PREFETCH_MAX, |o, v| o.prefetch.durable_topic_prefetch = narrow(v)),
        default: "100",
        doc: "Prefetch of durable subscribers.",
    },
    Row {
        name: "prefetchPolicy.optimizeDurableTopicPrefetch",
        kind: Kind::Count(0, PREFETCH_MAX, |o, v| {
            o.prefetch.optimize_durable_topic_prefetch = narrow(v);
        }),
        default: "1000",
        doc: "Prefetch of durable subscribers that acknowledge automatically.",
    },
    Row {
        name: "prefetchPolicy.maximumPendingMessageLimit",
        kind: Kind::Count(0, INT_MAX, |o, v| o.prefetch.maximum_pending_message_limit = v),
        default: "0",
        doc: "Messages a topic consumer may be behind beyond its prefetch; 0 is no limit.",
    },
    Row {
        name: "redeliveryPolicy.maximumRedeliveries",
        kind: Kind::Limit(|o, v| o.redelivery.maximum_redeliveries = v),
        default: "6",
        doc: "Redeliveries before the dead letter queue.",
    },
    Row {
        name: "redeliveryPolicy.initialRedeliveryDelay",
        kind: Kind::Millis(|o, v| o.redelivery.initial_redelivery_delay = v),
        default: "1000",
        doc: "Delay before the first redelivery.",
    },
    Row {
        name: "redeliveryPolicy.redeliveryDelay",
        kind: Kind::Millis(|o, v| o.redelivery.redelivery_delay = v),
        default: "1000",
        doc: "Delay before later redeliveries.",
    },
    Row {
        name: "redeliveryPolicy.useExponentialBackOff",
        kind: Kind::Bool(|o, v| o.redelivery.use_exponential_back_off = v),
        default: "false",
        doc: "Whether that delay grows.",
    },
    Row {
        name: "redeliveryPolicy.backOffMultiplier",
        kind: Kind::Factor(0.0, |o, v| o.redelivery.back_off_multiplier = v),
        default: "5.0",
        doc: "Factor by which it grows.",
    },
    Row {
        name: "redeliveryPolicy.maximumRedeliveryDelay",
        kind: Kind::LongestMillis(|o, v| o.redelivery.maximum_redelivery_delay = v),
        default: "-1",
        doc: "Longest delay of the growing series.",
    },
    Row {
        name: "redeliveryPolicy.useCollisionAvoidance",
        kind: Kind::Bool(|o, v| o.redelivery.use_collision_avoidance = v),
        default: "false",
        doc: "Whether delays are spread at random.",
    },
    Row {
        name: "redeliveryPolicy.collisionAvoidancePercent",
        kind: Kind::Count(0, 100, |o, v| {
            o.redelivery.collision_avoidance_percent = u8::try_from(v).unwrap_or(100);
        }),
        default: "15",
        doc: "By how much, in per cent.",
    },
    Row {
        name: "redeliveryPolicy.preDispatchCheck",
        kind: Kind::Bool(|o, v| o.redelivery.pre_dispatch_check = v),
        default: "false",
        doc: "In transactions, what the broker has delivered too often is not delivered.",
    },
    Row {
        name: "consumerExpiryCheckEnabled",
        kind: Kind::Bool(|o, v| o.consumers.consumer_expiry_check_enabled = v),
        default: "true",
        doc: "Messages that have expired are given back instead of being delivered.",
    },
    unneeded(
        "watchTopicAdvisories",
        "false",
        "brokers refuse what is sent to a temporary destination that is gone",
        "Listen for news of temporary destinations.",
    ),
    unneeded(
        "optimizeAcknowledge",
        "false",
        TOGETHER,
        "Hold automatic acknowledgements back until many are due.",
    ),
    without_effect("optimizeAcknowledgeTimeOut", TOGETHER, "Longest time they are held back."),
    without_effect(
        "optimizedAckScheduledAckInterval",
        TOGETHER,
        "Time after which they are sent regularly.",
    ),
    without_effect(
        "maxInflatedDataSizeRatio",
        "a body may take 100 MiB when it is decompressed",
        "Limit for decompressed bodies, in maximal frame sizes.",
    ),
    without_effect(
        "warnAboutUnstartedConnectionTimeout",
        "a connection has not to be started",
        "Warn about a connection never started.",
    ),
    without_effect(
        "auditDepth",
        AUDIT,
        "Messages remembered per producer to recognise duplicates.",
    ),
    without_effect("auditMaximumProducerNumber", AUDIT, "Producers remembered for that."),
    unneeded(
        "checkForDuplicates",
        "false",
        "what the application may have seen before is flagged as redelivered and never dropped",
        "Drop what is taken for a duplicate.",
    ),
    unneeded(
        "consumerFailoverRedeliveryWaitPeriod",
        "0",
        "a commit says at once that messages taken in it were lost with their link",
        "Wait at commit for redeliveries after a failover.",
    ),
    unneeded(
        "messagePrioritySupported",
        "false",
        "messages come in the order of the broker, which heeds priorities where its configuration \
         says so",
        "Order by priority again what the broker has sent ahead.",
    ),
    unneeded(
        "transactedIndividualAck",
        "false",
        "a transaction acknowledges exactly what was received in it",
        "Acknowledge one by one in transactions.",
    ),
    Row {
        name: "nonBlockingRedelivery",
        kind: Kind::Bool(|o, v| o.redelivery.non_blocking = v),
        default: "false",
        doc: "Other messages overtake those that wait for redelivery.",
    },
    later("nestedMapAndListEnabled", Some("true"), "Structured properties."),
    later("strictCompliance", Some("false"), "Refuse properties that JMS does not allow."),
    without_effect("blobTransferPolicy.defaultUploadUrl", NO_BLOBS, "Where blobs are stored."),
    without_effect("blobTransferPolicy.brokerUploadUrl", NO_BLOBS, "Where blobs are stored."),
    without_effect("blobTransferPolicy.uploadUrl", NO_BLOBS, "Where blobs are stored."),
    without_effect("blobTransferPolicy.bufferSize", NO_BLOBS, "Buffer for blobs."),
    no_effect("alwaysSessionAsync"),
    no_effect("copyMessageOnSend"),
    no_effect("rmIdFromConnectionId"),
    no_effect("xaAckMode"),
    no_effect("trustedPackages"),
    no_effect("trustAllPackages"),
    no_effect("objectMessageSerializationDefered"),
    no_effect("useDedicatedTaskRunner"),
    no_effect("useVirtualThreadTaskRunner"),
    no_effect("maxThreadPoolSize"),
    no_effect("sessionTaskRunner"),
    no_effect("statsEnabled"),
];

/// The largest number ActiveMQ can hold in such an option.
const INT_MAX: u32 = i32::MAX.unsigned_abs();
const PREFETCH_MAX: u32 = PrefetchPolicy::MAX as u32;

fn narrow(prefetch: u32) -> u16 {
    u16::try_from(prefetch).unwrap_or(PrefetchPolicy::MAX)
}

const fn later(
    name: &'static str,
    honoured: Option<&'static str>,
    doc: &'static str,
) -> Row<ConnectOptions> {
    Row { name, kind: Kind::Later(honoured), default: "", doc }
}

const TOGETHER: &str =
    "acknowledgements that are due at the same time are sent as one, and none waits";
const AUDIT: &str = "the last 131072 messages are remembered, whoever sent them";
const NO_BLOBS: &str = "blob messages are not supported; bodies travel in their messages";

const fn unneeded(
    name: &'static str,
    usual: &'static str,
    reason: &'static str,
    doc: &'static str,
) -> Row<ConnectOptions> {
    Row { name, kind: Kind::Unneeded(usual, reason), default: "", doc }
}

const fn without_effect(
    name: &'static str,
    reason: &'static str,
    doc: &'static str,
) -> Row<ConnectOptions> {
    Row { name, kind: Kind::NoEffect(reason), default: "", doc }
}

const fn no_effect(name: &'static str) -> Row<ConnectOptions> {
    without_effect(name, "it concerns the Java virtual machine", "Only for the Java client.")
}

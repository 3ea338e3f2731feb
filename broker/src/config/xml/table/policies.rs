//! Policies of destinations.

use relaismq_options::{Kind, Row};
use roxmltree::Node;

use crate::config::xml::{
    draft::{Draft, PolicyDraft},
    reader::{Element, Reader},
    rows::{CURSOR, TUNING, UNUSED, idle, later, refused, unneeded},
};

pub(super) static DESTINATION_POLICY: Element = Element {
    children: &[&Element {
        children: &[
            &Element {
                children: &[&POLICY_ENTRY],
                ..Element::read("policyEntries", "Policies by names of destinations.")
            },
            &Element {
                children: &[&POLICY_ENTRY],
                ..Element::read("defaultEntry", "The policy of all others.")
            },
        ],
        ..Element::read("policyMap", "Policies by names of destinations.")
    }],
    ..Element::read("destinationPolicy", "Policies of queues and topics.")
};

static POLICY_ENTRY: Element = Element {
    attributes: ATTRIBUTES,
    children: &[
        &DEAD_LETTER_STRATEGY,
        &Element {
            children: &[
                &Element::noted("constantPendingMessageLimitStrategy", KEPT),
                &Element::noted("prefetchRatePendingMessageLimitStrategy", KEPT),
                &Element::noted("noLimitPendingMessageLimitStrategy", KEPT),
            ],
            ..Element::read(
                "pendingMessageLimitStrategy",
                "When messages are thrown away that a slow subscriber has not taken.",
            )
        },
        &Element::refused(
            "destination",
            "what the policy is for, as an element",
            "write it as an attribute: queue=\"NAME\" or topic=\"NAME\"",
        ),
        &Element::noted("messageEvictionStrategy", KEPT),
        &Element::noted("pendingSubscriberPolicy", CURSOR),
        &Element::noted("pendingDurableSubscriberPolicy", CURSOR),
        &Element::noted("pendingQueuePolicy", CURSOR),
        &Element::noted("dispatchPolicy", "each consumer gets its share in turn"),
        &Element::noted("networkBridgeFilterFactory", "there are no networks of brokers"),
        &Element::noted("messageGroupMapFactory", "groups are remembered one by one"),
        &Element::refused(
            "slowConsumerStrategy",
            "cutting slow consumers off is not built yet",
            "leave it out; who takes nothing for --stalled-timeout is cut off",
        ),
        &Element {
            children: &[
                &Element::noted("noSubscriptionRecoveryPolicy", "that is so anyway"),
                &RETROACTIVE_TIMED,
                &RETROACTIVE_FIXED_SIZE,
                &RETROACTIVE_FIXED_COUNT,
                &RETROACTIVE_LAST,
                &RETROACTIVE_QUERY,
                &RETROACTIVE_RETAINED,
            ],
            ..Element::read("subscriptionRecoveryPolicy", "Old messages for new subscribers.")
        },
    ],
    enter: |draft| draft.policy = PolicyDraft::default(),
    leave: finish,
    ..Element::read("policyEntry", "One policy.")
};

const KEPT: &str = "nothing is thrown away: what a slow subscriber has not taken waits in the store, unless \
    the subscriber itself sets consumer.maximumPendingMessageLimit";

const NO_RETROACTIVE: &str = "old messages for new subscribers are not built yet";
const USE_DURABLE: &str = "leave it out, and let subscribers be durable";
static RETROACTIVE_TIMED: Element =
    Element::refused("timedSubscriptionRecoveryPolicy", NO_RETROACTIVE, USE_DURABLE);
static RETROACTIVE_FIXED_SIZE: Element =
    Element::refused("fixedSizedSubscriptionRecoveryPolicy", NO_RETROACTIVE, USE_DURABLE);
static RETROACTIVE_FIXED_COUNT: Element =
    Element::refused("fixedCountSubscriptionRecoveryPolicy", NO_RETROACTIVE, USE_DURABLE);
static RETROACTIVE_LAST: Element =
    Element::refused("lastImageSubscriptionRecoveryPolicy", NO_RETROACTIVE, USE_DURABLE);
static RETROACTIVE_QUERY: Element =
    Element::refused("queryBasedSubscriptionRecoveryPolicy", NO_RETROACTIVE, USE_DURABLE);
static RETROACTIVE_RETAINED: Element =
    Element::refused("retainedMessageSubscriptionRecoveryPolicy", NO_RETROACTIVE, USE_DURABLE);

static DEAD_LETTER_STRATEGY: Element = Element {
    children: &[
        &Element {
            attributes: STRATEGY,
            children: &[&DEAD_LETTER_QUEUE],
            ..Element::read("sharedDeadLetterStrategy", "One dead letter queue.")
        },
        &Element::refused(
            "individualDeadLetterStrategy",
            "a dead letter queue for each destination is not built yet",
            "leave it out: all dead letters go to ActiveMQ.DLQ, with the destination they were for",
        ),
        &Element::refused(
            "discarding",
            "throwing dead letters away is not built yet",
            "leave it out, and let somebody purge ActiveMQ.DLQ",
        ),
        &Element::refused(
            "discardingDeadLetterStrategy",
            "throwing dead letters away is not built yet",
            "leave it out, and let somebody purge ActiveMQ.DLQ",
        ),
    ],
    ..Element::read("deadLetterStrategy", "Where messages go that nobody will take.")
};
const STRATEGY: &[Row<Draft>] = &[
    later(
        "processExpired",
        "true",
        "Whether messages become dead letters when their time is over.",
    ),
    later(
        "processNonPersistent",
        "false",
        "Whether messages that are not persistent become dead letters.",
    ),
    idle("enableAudit", TUNING),
    idle("maxAuditDepth", TUNING),
    idle("maxProducersToAudit", TUNING),
    later("expiration", "0", "How long dead letters live."),
];
static DEAD_LETTER_QUEUE: Element = Element {
    children: &[&Element {
        attributes: &[Row {
            name: "physicalName",
            kind: Kind::Text(|o, v| o.policy.dead_letter_queue = Some(v.to_owned())),
            default: "ActiveMQ.DLQ",
            doc: "Name of the dead letter queue, of all destinations.",
        }],
        ..Element::read("queue", "A queue.")
    }],
    ..Element::read("deadLetterQueue", "The dead letter queue.")
};

const ATTRIBUTES: &[Row<Draft>] = &[
    Row {
        name: "queue",
        kind: Kind::Text(|o, v| o.policy.queue = Some(v.to_owned())),
        default: "",
        doc: "Queues that the policy is for: a name or a pattern, > for all.",
    },
    Row {
        name: "topic",
        kind: Kind::Text(|o, v| o.policy.topic = Some(v.to_owned())),
        default: "",
        doc: "Topics that the policy is for.",
    },
    Row {
        name: "memoryLimit",
        kind: Kind::Size(|o, v| o.policy.memory_limit = Some(v)),
        default: "16mb",
        doc: "Bytes of messages that a queue keeps in memory; further ones wait in the store. Only for queue=\">\".",
    },
    idle("tempQueue", "the policy is for temporary queues, too"),
    idle("tempTopic", "the policy is for temporary topics, too"),
    Row {
        name: "prioritizedMessages",
        kind: Kind::Bool(|o, v| o.policy.prioritized = v),
        default: "false",
        doc: "Messages of queues in the order of their priority, the highest first; of topics it is not built yet.",
    },
    later("alwaysRetroactive", "false", "Old messages for new subscribers."),
    later("allConsumersExclusiveByDefault", "false", "One consumer at a time."),
    later("strictOrderDispatch", "false", "Returned messages go first, and others wait."),
    later("useConsumerPriority", "true", "Consumers with a higher priority first."),
    later("sendAdvisoryIfNoConsumers", "false", "An advisory for messages that nobody receives."),
    later("advisoryForConsumed", "false", "An advisory for each message that was taken."),
    later("advisoryForDelivery", "false", "An advisory for each message that was given out."),
    later("advisoryForDispatched", "false", "An advisory for each message that was given out."),
    later("advisoryForDiscardingMessages", "false", "An advisory for what is thrown away."),
    later("advisoryForSlowConsumers", "false", "An advisory for slow consumers."),
    later("advisoryForFastProducers", "false", "An advisory for fast producers."),
    later("advisoryWhenFull", "false", "An advisory when something is full."),
    later("includeBodyForAdvisory", "false", "Bodies in advisories."),
    later("sendDuplicateFromStoreToDLQ", "false", "What is found twice becomes a dead letter."),
    later("rejectDurableConsumers", "false", "Refuse durable subscriptions."),
    refused(
        "maxDestinations",
        "How many destinations there may be; --max-destinations holds for all.",
    ),
    unneeded(
        "producerFlowControl",
        "true",
        "senders wait only when neither memory nor the store has room",
    ),
    idle("blockedProducerWarningInterval", TUNING),
    idle("queuePrefetch", PREFETCH),
    idle("topicPrefetch", PREFETCH),
    idle("durableTopicPrefetch", PREFETCH),
    idle("queueBrowserPrefetch", PREFETCH),
    idle("optimizeDurableTopicPrefetch", PREFETCH),
    idle("usePrefetchExtension", PREFETCH),
    idle("optimizedDispatch", TUNING),
    idle("lazyDispatch", TUNING),
    idle("consumersBeforeDispatchStarts", "messages are given out as soon as somebody takes them"),
    idle("timeBeforeDispatchStarts", "messages are given out as soon as somebody takes them"),
    unneeded(
        "expireMessagesPeriod",
        "30000",
        "queues are looked through every 30 s, and before a message is given out",
    ),
    idle("maxExpirePageSize", TUNING),
    idle("gcInactiveDestinations", UNUSED),
    // The misspelling is ActiveMQ's, and so is the right spelling.
    idle("inactiveTimoutBeforeGC", UNUSED),
    idle("inactiveTimeoutBeforeGC", UNUSED),
    idle("gcWithNetworkConsumers", UNUSED),
    idle("gcWithOnlyWildcardConsumers", UNUSED),
    idle("cursorMemoryHighWaterMark", CURSOR),
    idle("storeUsageHighWaterMark", TUNING),
    idle("useCache", CURSOR),
    idle("useTopicSubscriptionInflightStats", TUNING),
    idle("maxBrowsePageSize", "a browser gets everything"),
    idle("maxPageSize", TUNING),
    idle("enableAudit", DUPLICATES),
    idle("maxAuditDepth", DUPLICATES),
    idle("maxQueueAuditDepth", DUPLICATES),
    idle("maxProducersToAudit", DUPLICATES),
    idle("minimumMessageSize", TUNING),
    idle("reduceMemoryFootprint", TUNING),
    idle("doOptimzeMessageStorage", TUNING),
    idle("optimizeMessageStoreInFlightLimit", TUNING),
    idle("persistJMSRedelivered", "it is so anyway"),
    idle("messageGroupMapFactoryType", "groups are remembered one by one"),
];

const PREFETCH: &str = "each consumer has the prefetch that it asks for; write jms.prefetchPolicy.all=1 into the \
    clients' URIs";
const DUPLICATES: &str = "what a producer sends twice after a failover is noticed by its sequence";

/// Which of a policy holds for the whole broker; the engine has no others.
fn finish<'a>(reader: &mut Reader<'a>, node: Node<'a, 'a>) {
    let at = node.range().start;
    let policy = std::mem::take(&mut reader.draft.policy);
    let is_default = node.parent().is_some_and(|it| it.tag_name().name() == "defaultEntry");
    let all_queues = is_default || policy.queue.as_deref() == Some(">");
    if let Some(bytes) = policy.memory_limit {
        if all_queues {
            reader.draft.settings.queue_memory_bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        } else {
            let what =
                "has an effect for queue=\">\" only: other destinations share the memory of all";
            reader.warn(at, "policyEntry memoryLimit", what, "");
        }
    }
    prioritize(reader, at, &policy, is_default);
    if let Some(name) = policy.dead_letter_queue {
        let everywhere = all_queues || policy.topic.as_deref() == Some(">");
        if everywhere {
            reader.draft.settings.dead_letter_queue = name;
        } else {
            let what = "a dead letter queue for some destinations is not built yet";
            reader.refuse(at, "policyEntry deadLetterQueue", what, "write it for queue=\">\"");
        }
    }
}

/// ActiveMQ takes the most particular policy of a queue as a whole, so that those without the attribute count.
fn prioritize(reader: &mut Reader<'_>, at: usize, policy: &PolicyDraft, is_default: bool) {
    if policy.prioritized && policy.topic.is_some() {
        let what = "the order of priorities in topics is not built yet";
        let remedy = "write prioritizedMessages=\"false\", or send to a queue";
        reader.refuse(at, "policyEntry prioritizedMessages", what, remedy);
    }
    let queues = policy.queue.as_deref().or(is_default.then_some(">"));
    if let Some(queues) = queues {
        reader.draft.settings.prioritized.set(queues, policy.prioritized);
    }
}

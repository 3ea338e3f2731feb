//! Options on destination names; names are those of ActiveMQ's `ConsumerInfo` and `ProducerInfo`.

use relaismq_options::{Kind, Row};

use crate::options::{ConsumerOptions, PrefetchPolicy, ProducerOptions};

/// Options with the prefix `consumer.`.
pub(in crate::uri) const CONSUMER: &[Row<ConsumerOptions>] = &[
    Row {
        name: "prefetchSize",
        kind: Kind::Count(0, PrefetchPolicy::MAX as u32, |o, v| {
            o.prefetch_size = u16::try_from(v).ok();
        }),
        default: "",
        doc: "Messages the broker may send ahead.",
    },
    Row {
        name: "exclusive",
        kind: Kind::Bool(|o, v| o.exclusive = Some(v)),
        default: "",
        doc: "Ask to be the only consumer served.",
    },
    Row {
        name: "selector",
        kind: Kind::Text(|o, v| o.selector = Some(v.to_owned())),
        default: "",
        doc: "Which messages are wanted, in the JMS selector language.",
    },
    Row {
        name: "noLocal",
        kind: Kind::Bool(|o, v| o.no_local = Some(v)),
        default: "",
        doc: "Do not deliver what this connection sent itself.",
    },
    Row {
        name: "priority",
        kind: Kind::Count(0, 127, |o, v| o.priority = u8::try_from(v).ok()),
        default: "",
        doc: "Consumers of higher priority are served first.",
    },
    Row {
        name: "retroactive",
        kind: Kind::Bool(|o, v| o.retroactive = Some(v)),
        default: "",
        doc: "Ask for messages sent before the consumer was there.",
    },
    Row {
        name: "dispatchAsync",
        kind: Kind::Bool(|o, v| o.dispatch_async = Some(v)),
        default: "",
        doc: "The broker dispatches on a thread of its own.",
    },
    Row {
        name: "maximumPendingMessageLimit",
        kind: Kind::Count(0, i32::MAX.unsigned_abs(), |o, v| {
            o.maximum_pending_message_limit = Some(v);
        }),
        default: "",
        doc: "Messages a topic consumer may be behind beyond its prefetch.",
    },
    later("browser", "Only look at the messages of a queue."),
    later("noRangeAcks", "Acknowledge messages one by one."),
    later("optimizedAcknowledge", "Acknowledge automatically in batches."),
];

/// Options with the prefix `producer.`.
pub(in crate::uri) const PRODUCER: &[Row<ProducerOptions>] = &[
    Row {
        name: "windowSize",
        kind: Kind::Count(0, i32::MAX.unsigned_abs(), |o, v| o.window_size = Some(v)),
        default: "",
        doc: "Bytes that may be sent without the broker's acknowledgement.",
    },
    later(
        "dispatchAsync",
        "The broker dispatches this producer's messages on a thread of its own.",
    ),
];

const fn later<T>(name: &'static str, doc: &'static str) -> Row<T> {
    Row { name, kind: Kind::Later(Some("false")), default: "", doc }
}

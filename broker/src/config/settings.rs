//! Everything about a broker that has a number or a name, as a table. The command line and its help
//! come from it.

use std::time::Duration;

use relaismq_options::{Kind, Row};

use super::{BrokerConfig, documentation::SettingDoc};
use crate::engine::WhenFull;

/// In the order in which `--help` lists them. The XML's names are in the texts.
pub(crate) const SETTINGS: &[Row<BrokerConfig>] = &[
    Row {
        name: "max-connections",
        kind: Kind::Count(1, u32::MAX, |o, v| o.limits.max_connections = count(v)),
        default: "1000",
        doc: "Clients at once; further ones are refused. ActiveMQ's maximumConnections",
    },
    Row {
        name: "max-frame-size",
        kind: Kind::Size(|o, v| o.limits.max_frame_bytes = v),
        default: "100MB",
        doc: "Largest frame of a client that has logged in. wireFormat.maxFrameSize",
    },
    Row {
        name: "connect-attempt-timeout",
        kind: Kind::Millis(|o, v| o.limits.handshake = v),
        default: "30000",
        doc: "How long a client may take to introduce itself. transport.connectAttemptTimeout",
    },
    Row {
        name: "max-inactivity-duration",
        kind: Kind::Timeout(|o, v| o.limits.inactivity = zero_is_off(v)),
        default: "30000",
        doc: "Silence after which a client is asked whether it lives, 0 for never. \
              wireFormat.maxInactivityDuration",
    },
    Row {
        name: "max-inactivity-duration-initial-delay",
        kind: Kind::Millis(|o, v| o.limits.initial_delay = v),
        default: "10000",
        doc: "Time before the first look for that. wireFormat.maxInactivityDurationInitalDelay",
    },
    Row {
        name: "stalled-timeout",
        kind: Kind::Timeout(|o, v| o.limits.stalled = zero_is_off(v)),
        default: "60000",
        doc: "How long a client may take nothing of what is written to it, 0 for ever. \
              transport.soWriteTimeout",
    },
    Row {
        name: "use-lock",
        kind: Kind::Bool(|o, v| o.lock.use_lock = v),
        default: "true",
        doc: "Take a lock, so that brokers may share a directory or database. useLock",
    },
    Row {
        name: "lock-acquire-interval",
        kind: Kind::Millis(|o, v| o.lock.acquire_interval = Some(v)),
        default: "100 in a directory, 10000 in a database",
        doc: "How often a slave tries to take the lock; a lease is good for so long. \
              lockAcquireSleepInterval",
    },
    Row {
        name: "lock-keep-alive",
        kind: Kind::Millis(|o, v| o.lock.keep_alive = Some(v)),
        default: "5000 in a directory",
        doc: "How often the master looks whether it still is. lockKeepAlivePeriod",
    },
    Row {
        name: "fail-if-locked",
        kind: Kind::Bool(|o, v| o.lock.fail_if_locked = v),
        default: "false",
        doc: "End instead of waiting as a slave. failIfLocked",
    },
    Row {
        name: "stop-on-error",
        kind: Kind::Bool(|o, v| o.lock.stop_on_error = v),
        default: "false",
        doc: "End when the lock cannot be looked at, instead of waiting as a slave. stopOnError",
    },
    Row {
        name: "on-demotion",
        kind: Kind::Names("rejoin or exit", |o, v| {
            o.lock.on_demotion = v.parse()?;
            Ok(())
        }),
        default: "rejoin",
        doc: "What a master does that has lost the lock: become a slave, or end. restartAllowed",
    },
    Row {
        name: "memory-limit",
        kind: Kind::Size(|o, v| o.settings.memory_bytes = bytes(v)),
        default: "32MB",
        doc: "Messages that wait in memory, of all destinations; further ones wait in the store. \
              <memoryUsage limit>",
    },
    Row {
        name: "queue-memory-limit",
        kind: Kind::Size(|o, v| o.settings.queue_memory_bytes = bytes(v)),
        default: "16MB",
        doc: "The same for each queue. <policyEntry queue=\">\" memoryLimit>",
    },
    Row {
        name: "in-flight-memory",
        kind: Kind::Size(|o, v| o.settings.in_flight_bytes = bytes(v)),
        default: "24MB",
        doc: "Messages in memory that consumers have not acknowledged, of all consumers",
    },
    Row {
        name: "transaction-memory",
        kind: Kind::Size(|o, v| o.settings.transaction_bytes = bytes(v)),
        default: "256MB",
        doc: "Messages sent in transactions that are open, of all connections",
    },
    Row {
        name: "client-outbound-memory",
        kind: Kind::Size(|o, v| {
            o.settings.outbound_bytes = bytes(v);
            o.limits.max_outbound_bytes = bytes(v);
        }),
        default: "16MB",
        doc: "What is queued for a client that does not read, before no more is given to it",
    },
    Row {
        name: "outbound-memory",
        kind: Kind::Size(|o, v| {
            o.settings.outbound_memory_bytes = bytes(v);
            o.limits.outbound_memory_bytes = bytes(v);
        }),
        default: "32MB",
        doc: "The same for all clients together",
    },
    Row {
        name: "inbound-memory",
        kind: Kind::Size(|o, v| o.limits.unfinished_bytes = bytes(v)),
        default: "32MB",
        doc: "Large frames that are being read, of all clients together",
    },
    Row {
        name: "store-backlog",
        kind: Kind::Size(|o, v| o.settings.store_backlog_bytes = bytes(v)),
        default: "4MB",
        doc: "Messages on their way to the store, before no more are read",
    },
    Row {
        name: "memory-store-limit",
        kind: Kind::Size(|o, v| o.settings.store_bytes = Some(v)),
        default: "1GB",
        doc: "Messages that a store in memory takes. <storeUsage limit> with persistent=\"false\"",
    },
    Row {
        name: "members-per-connection",
        kind: Kind::Count(1, u32::MAX, |o, v| o.settings.members_per_connection = count(v)),
        default: "20000",
        doc: "Producers plus consumers of one connection",
    },
    Row {
        name: "max-destinations",
        kind: Kind::Count(1, u32::MAX, |o, v| o.settings.destinations = count(v)),
        default: "100000",
        doc: "Queues and topics",
    },
    Row {
        name: "remembered-producers",
        kind: Kind::Count(1, u32::MAX, |o, v| o.settings.remembered_producers = count(v)),
        default: "10000",
        doc: "Producers whose last message is remembered, so that none is stored twice",
    },
    Row {
        name: "prioritized-queues",
        kind: Kind::Names("names or patterns of queues, by commas", |o, v| {
            let names: Vec<&str> = v.split(',').map(str::trim).collect();
            if names.iter().any(|name| name.is_empty()) {
                return Err(
                    "write names or patterns of queues, by commas: orders,mail.>".to_owned()
                );
            }
            o.settings.prioritized = names.into_iter().collect();
            Ok(())
        }),
        default: "none",
        doc: "Queues whose messages come by priority, the highest first. \
              <policyEntry prioritizedMessages>",
    },
    Row {
        name: "dead-letter-queue",
        kind: Kind::Names("a name", |o, v| {
            let name = v.trim();
            if name.is_empty() {
                return Err("write the name of a queue".to_owned());
            }
            o.settings.dead_letter_queue = name.to_owned();
            Ok(())
        }),
        default: "ActiveMQ.DLQ",
        doc: "Where messages go that nobody will take. <deadLetterQueue>",
    },
];

/// Every setting that has a number or a name, by its option on the command line without `--`.
#[must_use]
pub fn settings() -> Vec<SettingDoc> {
    SETTINGS.iter().map(SettingDoc::of).collect()
}

/// ActiveMQ's `sendFailIfNoSpace`.
pub(crate) const fn refuse_when_full(config: &mut BrokerConfig) {
    config.settings.when_full = WhenFull::Refuse;
}

fn count(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn bytes(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

const fn zero_is_off(limit: Option<Duration>) -> Duration {
    match limit {
        Some(limit) => limit,
        None => Duration::ZERO,
    }
}

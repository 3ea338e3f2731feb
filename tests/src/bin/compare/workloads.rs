//! What is measured: 1 KiB messages in seven ways.

use crate::subjects::{Broker, Pair};

/// One row of the table.
#[derive(Debug)]
pub(crate) struct Workload {
    pub(crate) name: &'static str,
    pub(crate) messages: u32,
    /// For both load generators.
    pub(crate) arguments: &'static [&'static str],
    /// Over TLS, which is not set up for Artemis.
    pub(crate) tls: bool,
}

/// The workload that measures the disk most of all.
pub(crate) const ONE_BY_ONE: &str = "persistent, confirmed one by one, 1 producer";

impl Workload {
    pub(crate) fn is_one_by_one(&self) -> bool {
        self.name == ONE_BY_ONE
    }

    /// Whether this client and this broker can do it.
    pub(crate) fn suits(&self, pair: Pair) -> bool {
        !self.tls || pair.broker != Broker::Artemis
    }
}

pub(crate) const WORKLOADS: [Workload; 7] = [
    Workload {
        name: "non-persistent, 1 producer and 1 consumer",
        messages: 100_000,
        arguments: &["--persistent", "false"],
        tls: false,
    },
    Workload {
        name: "the same over TLS",
        messages: 100_000,
        arguments: &["--persistent", "false"],
        tls: true,
    },
    Workload {
        name: ONE_BY_ONE,
        messages: 4_000,
        arguments: &["--persistent", "true"],
        tls: false,
    },
    Workload {
        name: "persistent, confirmed one by one, 16 producers",
        messages: 16_000,
        arguments: &["--persistent", "true", "--producers", "16"],
        tls: false,
    },
    Workload {
        name: "persistent, asynchronous",
        messages: 30_000,
        arguments: &["--persistent", "true", "--async", "true"],
        tls: false,
    },
    Workload {
        name: "persistent, transactions of 100",
        messages: 30_000,
        arguments: &["--persistent", "true", "--transaction", "100"],
        tls: false,
    },
    // Our client waits for the broker's confirmation of each acknowledgement, with up to 1000 under
    // way; the JMS client, by default, hands them over.
    Workload {
        name: "persistent, a full queue consumed, acknowledged individually",
        messages: 30_000,
        arguments: &["--async", "true", "--drain", "true", "--ack", "individual"],
        tls: false,
    },
];

//! What is measured: 1 KiB messages in six ways.

/// One row of the table.
#[derive(Debug)]
pub(crate) struct Workload {
    pub(crate) name: &'static str,
    pub(crate) messages: u32,
    /// For both load generators.
    pub(crate) arguments: &'static [&'static str],
}

/// The workload that measures the disk most of all.
pub(crate) const ONE_BY_ONE: &str = "persistent, confirmed one by one, 1 producer";

impl Workload {
    pub(crate) fn is_one_by_one(&self) -> bool {
        self.name == ONE_BY_ONE
    }
}

pub(crate) const WORKLOADS: [Workload; 6] = [
    Workload {
        name: "non-persistent, 1 producer and 1 consumer",
        messages: 100_000,
        arguments: &["--persistent", "false"],
    },
    Workload { name: ONE_BY_ONE, messages: 4_000, arguments: &["--persistent", "true"] },
    Workload {
        name: "persistent, confirmed one by one, 16 producers",
        messages: 16_000,
        arguments: &["--persistent", "true", "--producers", "16"],
    },
    Workload {
        name: "persistent, asynchronous",
        messages: 30_000,
        arguments: &["--persistent", "true", "--async", "true"],
    },
    Workload {
        name: "persistent, transactions of 100",
        messages: 30_000,
        arguments: &["--persistent", "true", "--transaction", "100"],
    },
    // Our client waits for the broker's confirmation of each acknowledgement, with up to 1000 under
    // way; the JMS client, by default, hands them over.
    Workload {
        name: "persistent, a full queue consumed, acknowledged individually",
        messages: 30_000,
        arguments: &["--async", "true", "--drain", "true", "--ack", "individual"],
    },
];

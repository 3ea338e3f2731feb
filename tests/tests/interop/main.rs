//! Tests with the real ActiveMQ broker and the real JMS client. They need Java and Debian's ActiveMQ
//! packages, which `tests/run` installs; plain `cargo test` leaves them out.

mod artemis;
mod brokers;
mod harness;
mod in_doubt;
mod java_after_a_kill;
mod java_failover;
mod java_on_activemq;
mod java_on_relaismq;
mod java_over_tls;
mod jolokia;
mod makes;
mod matrix;
mod programs;
mod request_reply_mixed;
#[allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may fail like this, and others need more of it"
)]
#[path = "../../../programs/tests/programs/running.rs"]
mod running;
mod rust_failover;
mod rust_on_activemq;
mod rust_on_each;
mod rust_over_tls;
mod rust_under_faults;
#[allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail like this"
)]
#[path = "../../../programs/tests/programs/scenarios.rs"]
mod scenarios;
mod shared_lock;
mod storms;

//! Our broker with its messages in a database: PostgreSQL and MariaDB as Debian has them, each test with a
//! server of its own; some with a real ActiveMQ on the same tables.

#![allow(clippy::unwrap_used, reason = "a test may fail like this")]

mod conformance;
mod deep;
mod lease;
mod limits;

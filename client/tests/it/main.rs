//! The public API over real sockets, against brokers that each test scripts.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod broker;
mod closing;
mod deadlines;
mod ending;
mod hostile;
mod misuse;
mod receiving;
mod reconnecting;
mod sending;
mod uris;

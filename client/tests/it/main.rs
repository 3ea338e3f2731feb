//! The public API over real sockets, against brokers that each test scripts.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod acknowledging;
mod batches;
mod broker;
mod closing;
mod consuming;
mod deadlines;
mod ending;
mod hostile;
mod meanwhile;
mod misuse;
mod observing;
mod racing;
mod receiving;
mod reconnecting;
mod rejecting;
mod sending;
#[cfg(feature = "tls")]
mod tls;
mod transacting;
mod uris;

//! The public API over real sockets, against brokers that each test scripts.

mod broker;
mod closing;
mod deadlines;
mod hostile;
mod receiving;
mod reconnecting;
mod sending;

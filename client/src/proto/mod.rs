//! The client's protocol machine: pure state, no sockets, no clock, no unseeded randomness.

pub mod backoff;
pub mod endpoints;
pub mod random;

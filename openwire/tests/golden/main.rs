//! The codec against bytes made by the Java library of ActiveMQ.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that meets something unexpected has failed"
)]

mod bodies;
mod captures;
mod compare;
mod frames;
mod malformed;
mod negotiation;
mod robustness;
mod strings;
mod vectors;

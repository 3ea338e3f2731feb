//! A compact OpenWire broker with durable stores and takeover.

pub mod model;
pub mod store;

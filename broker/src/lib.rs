//! A compact OpenWire broker with durable stores and takeover.

pub mod engine;
pub mod model;
pub mod selector;
pub mod store;

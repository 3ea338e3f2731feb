//! `producer` and `consumer`, with the options of ActiveMQ's own commands.

mod consumer;
mod producer;

pub use self::{consumer::consumer, producer::producer};

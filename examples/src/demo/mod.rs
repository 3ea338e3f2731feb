//! The demonstration: brokers that are killed, a producer and a consumer that carry on, and a ledger
//! that proves it.

pub mod activemq;
pub mod brokers;
pub mod child;
pub mod ledger;
pub mod pace;
pub mod ports;
pub mod report;
pub mod run;
mod traffic;

//! The demonstration: brokers that are killed, a producer and a consumer that carry on, and a ledger
//! that proves it.
//!
//! ```text
//! run, traffic             the demonstration: a producer and a consumer that write down what they do
//! brokers, activemq, child a pair of brokers that are each other's stand-in; ports: known beforehand
//! stores, databases        where they keep messages, and private database servers for that; zookeeper: its servers
//! comparison               all of it one after the other, in one table
//! pace                     when messages are sent and brokers killed
//! ledger, report           what was confirmed and what arrived, and the verdict
//! ```

pub mod activemq;
pub mod brokers;
pub mod child;
pub mod comparison;
pub mod databases;
pub mod ledger;
pub mod pace;
pub mod ports;
pub mod report;
pub mod run;
pub mod stores;
mod traffic;
pub mod zookeeper;

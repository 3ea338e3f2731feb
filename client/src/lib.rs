//! A failover client for Apache ActiveMQ brokers over OpenWire.

pub mod options;
pub mod proto;
pub mod uri;

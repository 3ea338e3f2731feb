//! A failover client for Apache ActiveMQ brokers over OpenWire.

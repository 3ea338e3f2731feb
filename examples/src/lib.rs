//! producer, consumer and failover-demo.

//! What `failover-demo` is made of.

pub mod demo;

//! ZooKeeper as an adviser: brokers that find each other through real servers, from Debian's package.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may fail like this")]

mod access;
mod away;
mod brokers;
mod cluster;
mod harness;
mod members;
mod verification;

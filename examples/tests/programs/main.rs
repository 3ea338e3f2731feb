//! The real programs.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "these are tests")]

mod demonstration;
mod mistakes;
#[allow(dead_code, reason = "shared with tests that need more of it")]
#[path = "../../../programs/tests/programs/running.rs"]
mod running;

const DEMO: &str = env!("CARGO_BIN_EXE_failover-demo");

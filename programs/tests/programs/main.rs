//! The real programs, run against a broker in this process.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "these are tests")]

mod broken;
mod commands;
mod consuming;
mod endings;
mod interrupting;
mod json_lines;
mod mistakes;
mod printing;
mod producing;
mod refusing;
mod running;
mod scenarios;
mod support;

const PRODUCER: &str = env!("CARGO_BIN_EXE_producer");
const CONSUMER: &str = env!("CARGO_BIN_EXE_consumer");
const RELAISMQ: &str = env!("CARGO_BIN_EXE_relaismq");

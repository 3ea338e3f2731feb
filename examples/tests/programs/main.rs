//! The real programs, run against a broker in this process.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "these are tests")]

mod broken;
mod consuming;
mod demonstration;
mod endings;
mod interrupting;
mod json_lines;
mod mistakes;
mod printing;
mod producing;
mod refusing;
mod support;

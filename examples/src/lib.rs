//! What the programs `producer`, `consumer` and `failover-demo` share.

pub mod arguments;
pub mod consume;
mod crew;
pub mod demo;
pub mod ending;
pub mod interrupt;
pub mod json_message;
pub mod lines;
pub mod numbering;
pub mod output;
pub mod payload;
pub mod produce;
pub mod progress;

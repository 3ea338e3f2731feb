//! Programs for any ActiveMQ broker: `relaismq` with its subcommands, and `producer` and `consumer`.
//!
//! [`commands`] and [`java`] read command lines and say what is to be done; [`produce`], [`consume`],
//! [`browse`], [`moving`], [`request`] and [`bench`](mod@bench) do it, by plain JMS means. The console script of the
//! Python package calls [`commands::main`], too.

pub mod arguments;
pub mod bench;
pub mod browse;
pub mod commands;
pub mod consume;
mod crew;
pub mod ending;
pub mod interrupt;
pub mod java;
pub mod json_message;
pub mod latency;
pub mod lines;
pub mod moving;
pub mod numbering;
pub mod output;
pub mod payload;
pub mod printing;
pub mod produce;
pub mod progress;
mod rate;
pub mod request;

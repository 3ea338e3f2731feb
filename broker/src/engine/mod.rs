//! The broker's logic, pure: commands and store answers in, effects out. No clock, no I/O, no tokio.

pub mod io;

//! The real programs, run against a broker in this process.

mod broken;
mod consuming;
mod demonstration;
mod endings;
mod interrupting;
mod producing;
mod refusing;
mod support;

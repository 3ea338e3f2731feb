//! Runs one of the Java programs by hand, compiled and with its jars, those of ActiveMQ 5.17.2 unless
//! the first word is `six` or `artemis`:
//!
//! ```sh
//! cargo run -q -p relaismq-tests --example java -- activemq.BrokerMain --uri tcp://127.0.0.1:61616
//! cargo run -q -p relaismq-tests --example java -- six suite.JmsSuite --url tcp://127.0.0.1:61616
//! cargo run -q -p relaismq-tests --example java -- artemis artemis.BrokerMain --help
//! cargo run -q -p relaismq-tests --example java -- load.JmsLoad --help
//! ```

use std::os::unix::process::CommandExt;

use anyhow::{Context, Result};
use relaismq_tests::java::{Java, Library, Tuning};

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1).peekable();
    let library = match arguments.peek().map(String::as_str) {
        Some("six") => Some(Library::Six),
        Some("artemis") => Some(Library::Artemis),
        _ => None,
    };
    if library.is_some() {
        arguments.next();
    }
    let program = arguments.next().context("which program? such as suite.JmsSuite")?;
    let java = Java::prepare(library.unwrap_or(Library::Five))?;
    let mut command = java.command(&format!("relaismq.{program}"), Tuning::Throughput);
    command.args(arguments);
    Err(command.into_std().exec().into())
}

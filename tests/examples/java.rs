//! Runs one of the Java programs by hand, compiled and with its jars:
//!
//! ```sh
//! cargo run -q -p relaismq-tests --example java -- BrokerMain --uri tcp://127.0.0.1:61616
//! cargo run -q -p relaismq-tests --example java -- suite.JmsSuite --url tcp://127.0.0.1:61616
//! cargo run -q -p relaismq-tests --example java -- load.JmsLoad --help
//! ```

use std::os::unix::process::CommandExt;

use anyhow::{Context, Result};
use relaismq_tests::java::{Java, Tuning};

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let program = arguments.next().context("which program? such as suite.JmsSuite")?;
    let mut command = Java::prepare()?.command(&format!("relaismq.{program}"), Tuning::Throughput);
    command.args(arguments);
    Err(command.into_std().exec().into())
}

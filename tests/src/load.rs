//! Runs the JMS load generator against a broker.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::java::{Java, Library, Tuning};
use crate::process::Process;

/// What one run of the load generator measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measurement {
    /// Messages sent.
    pub sent: u64,
    /// Messages received.
    pub received: u64,
    /// Until the broker had confirmed the last one.
    pub produce: Duration,
    /// Until the last one had been received.
    pub total: Duration,
}

/// Runs `relaismq.load.JmsLoad` with these arguments, such as `["--messages", "1000"]`.
///
/// # Errors
/// When Java is missing, or the run does not end well within `within`.
pub async fn run(url: &str, arguments: &[&str], within: Duration) -> Result<Measurement> {
    let mut command =
        Java::prepare(Library::Five)?.command("relaismq.load.JmsLoad", Tuning::Throughput);
    command.args(["--url", url]).args(arguments);
    let mut process = Process::start("JmsLoad", command)?;
    let line = process.line(within).await?;
    // Its processor time is known when it has ended.
    process.wait(within).await?;
    Measurement::read(&line).with_context(|| process.failure(&format!("printed: {line}")))
}

impl Measurement {
    /// Reads the one line that both load generators print.
    ///
    /// # Errors
    /// When it is not that line.
    pub fn read(line: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(line)?;
        let count = |name: &str| value.get(name).and_then(Value::as_u64).context("no count");
        let seconds = |name: &str| value.get(name).and_then(Value::as_f64).context("no time");
        Ok(Self {
            sent: count("sent")?,
            received: count("received")?,
            produce: Duration::try_from_secs_f64(seconds("produce_s")?)?,
            total: Duration::try_from_secs_f64(seconds("total_s")?)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_generator_prints() {
        let line = r#"{"sent":2,"received":1,"produce_s":0.500000,"total_s":1.250000}"#;
        let found = Measurement::read(line).unwrap();
        assert_eq!((found.sent, found.received), (2, 1));
        assert_eq!(found.total, Duration::from_millis(1250));
    }
}

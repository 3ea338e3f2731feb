//! Runs the self-checking JMS suite against a broker.

use std::fmt;
use std::time::Duration;

use anyhow::{Result, ensure};

use crate::activemq::Version;
use crate::java::{Java, Tuning};
use crate::process::Process;

/// What the suite found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Names of the checks that hold.
    pub passed: Vec<String>,
    /// Names of the checks that do not, each with the reason.
    pub failed: Vec<String>,
}

/// Runs all checks whose name starts with `prefix`, empty means all, with the client of this version.
///
/// # Errors
/// When Java is missing or the suite does not come to its end.
pub async fn run(version: Version, url: &str, prefix: &str) -> Result<Report> {
    run_with(version, url, prefix, &[]).await
}

/// The same with properties of the Java virtual machine, such as `javax.net.ssl.trustStore=FILE`.
///
/// # Errors
/// As for [`run`].
pub async fn run_with(
    version: Version,
    url: &str,
    prefix: &str,
    properties: &[String],
) -> Result<Report> {
    let java = Java::prepare(version.into())?;
    let mut command = java.command_with("relaismq.suite.JmsSuite", Tuning::QuickStart, properties);
    command.args(["--url", url]);
    if !prefix.is_empty() {
        command.args(["--only", prefix]);
    }
    let mut process = Process::start("JmsSuite", command)?;
    let lines = process.remaining_lines(DEADLINE).await?;
    let report = Report::read(&lines);
    ensure!(
        !report.passed.is_empty() || !report.failed.is_empty(),
        "{}",
        process.failure("did nothing")
    );
    let complete = lines.last().is_some_and(|line| line.contains(" checks, "));
    ensure!(complete, "{}", process.failure("did not come to its end"));
    Ok(report)
}

impl Report {
    fn read(lines: &[String]) -> Self {
        let after = |word: &str| {
            let found = lines.iter().filter_map(|line| line.strip_prefix(word));
            found.map(str::to_owned).collect()
        };
        Self { passed: after("ok "), failed: after("FAIL ") }
    }

    /// # Panics
    /// When a check failed; the message lists all of them.
    pub fn assert_all_passed(&self) {
        assert!(self.failed.is_empty(), "{self}");
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} checks hold, {} do not:", self.passed.len(), self.failed.len())?;
        self.failed.iter().try_for_each(|failure| writeln!(f, "  {failure}"))
    }
}

/// For the whole suite, should many checks run into their own deadlines.
const DEADLINE: Duration = Duration::from_secs(600);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_tells_good_from_bad() {
        let lines = ["ok a.b", "FAIL c.d a reason", "2 checks, 1 failed"].map(str::to_owned);
        let report = Report::read(&lines);
        assert_eq!(report.passed, ["a.b"]);
        assert_eq!(report.failed, ["c.d a reason"]);
    }
}

//! What the broker costs when nothing happens, and how fast it comes.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use relaismq_tests::{relais::Relais, server::Server};
use tokio::process::Command;

use crate::{instructions, subjects::broker_program};

const RUNS: usize = 7;
const PATIENCE: Duration = Duration::from_secs(10);

/// Lines for the report.
pub(crate) async fn measure() -> Result<Vec<String>> {
    let folder = tempfile::tempdir()?;
    broker_program()?;
    let (mut starts, mut memory, mut takeovers) = (Vec::new(), Vec::new(), Vec::new());
    for run in 0..RUNS {
        let shared = folder.path().join(run.to_string());
        let begin = now();
        let mut master = Relais::new().directory(&shared).start().await?;
        starts.push(begin.elapsed());
        memory.push(resident_kib(&mut master)?);
        takeovers.push(takeover(&shared, &mut master).await?);
    }
    let mut lines = vec![
        format!(
            "start until it serves (file store, process start included): {:?}",
            median(&mut starts)
        ),
        format!("resident memory, idle: {:.1} MB", median(&mut memory) as f64 / 1000.0),
        format!(
            "takeover on a shared folder, kill -9 until the slave serves: {:?}",
            median(&mut takeovers)
        ),
    ];
    for (package, bench) in [("relaismq-openwire", "codec"), ("relaismq-broker", "durable_commits")]
    {
        lines.push(format!(
            "\n`cargo bench -p {package} --bench {bench}`:\n\n```text\n{}\n```",
            run(package, bench).await?
        ));
    }
    lines.push(instructions::measure().await?);
    Ok(lines)
}

async fn takeover(shared: &Path, master: &mut Server) -> Result<Duration> {
    let mut slave = Relais::new().directory(shared).start().await?;
    let begin = now();
    master.kill().await?;
    slave.until_ready(PATIENCE).await?;
    let time = begin.elapsed();
    slave.stop().await?;
    Ok(time)
}

pub(crate) fn resident_kib(server: &mut Server) -> Result<u64> {
    let id = server.process().id().context("the broker is gone")?;
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

fn median<T: Ord + Copy + Default>(values: &mut [T]) -> T {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or_default()
}

async fn run(package: &str, bench: &str) -> Result<String> {
    let mut command = Command::new("cargo");
    command.args(["bench", "--quiet", "--package", package, "--bench", bench]);
    let output = command.output().await.context("cannot run cargo")?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[expect(clippy::disallowed_methods, reason = "this program measures")]
fn now() -> Instant {
    Instant::now()
}

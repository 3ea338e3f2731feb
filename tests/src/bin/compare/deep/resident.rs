//! Resident memory of a broker's process.

use anyhow::{Context, Result};
use relaismq_tests::server::Server;

/// In bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resident {
    pub(super) now: u64,
    /// The most that there ever was.
    pub(super) most: u64,
}

impl Resident {
    pub(super) fn of(server: &mut Server) -> Result<Self> {
        let id = server.process().id().context("the broker is gone")?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let field = |name: &str| -> Result<u64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let kilobytes = line.with_context(|| format!("/proc/{id}/status has no {name}"))?;
            Ok(kilobytes.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
        };
        Ok(Self { now: field("VmRSS:")?, most: field("VmHWM:")? })
    }
}

//! Processor time of brokers and clients.

use std::time::Duration;

use anyhow::{Context, Result};
use nix::{
    sys::resource::{UsageWho, getrusage},
    unistd::{SysconfVar, sysconf},
};
use relaismq_tests::server::Server;

/// User and system time of a running process so far.
pub(crate) fn of_server(server: &mut Server) -> Result<Duration> {
    let id = server.process().id().context("the broker is gone")?;
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
    // The name may have spaces; after it comes the third field.
    let (_, rest) = stat.rsplit_once(')').context("/proc/PID/stat has no name")?;
    let mut fields = rest.split_whitespace().skip(11);
    let mut ticks = || fields.next().and_then(|text| text.parse::<u64>().ok());
    let both = ticks().zip(ticks()).context("/proc/PID/stat has no times")?;
    let per_second = sysconf(SysconfVar::CLK_TCK)?.context("no clock ticks")?;
    Ok(Duration::from_secs_f64((both.0 + both.1) as f64 / per_second as f64))
}

/// The same of all children that have ended.
pub(crate) fn of_ended_children() -> Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let [user, system] = [usage.user_time(), usage.system_time()];
    let micros =
        user.tv_sec() * 1_000_000 + user.tv_usec() + system.tv_sec() * 1_000_000 + system.tv_usec();
    Ok(Duration::from_micros(u64::try_from(micros)?))
}

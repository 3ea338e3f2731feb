//! What the process has: tasks, sockets, memory.

use std::time::Duration;

use anyhow::{Context, Result};
use tokio::runtime::Handle;
use tokio::time::{interval, timeout};

use crate::SOON;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Level {
    tasks: usize,
    files: usize,
    megabytes: u64,
}

impl Level {
    fn now() -> Result<Self> {
        let files = std::fs::read_dir("/proc/self/fd")?.count();
        let status = std::fs::read_to_string("/proc/self/status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next());
        let kilobytes: u64 = kilobytes.context("no VmRSS")?.parse()?;
        let tasks = Handle::current().metrics().num_alive_tasks();
        Ok(Self { tasks, files, megabytes: kilobytes / 1024 })
    }

    /// The level when it does not change any more, and is so.
    pub(crate) async fn quiet(so: impl Fn(&Self) -> bool) -> Result<Self> {
        let mut looks = interval(Duration::from_millis(200));
        let mut last = Self::now()?;
        let looking = async {
            loop {
                looks.tick().await;
                let now = Self::now()?;
                if (now.tasks, now.files) == (last.tasks, last.files) && so(&now) {
                    return Ok(now);
                }
                last = now;
            }
        };
        let found = timeout(SOON / 4, looking).await;
        found.with_context(|| format!("it stays at {:?}", Self::now()))?
    }

    pub(crate) const fn is_as_low_as(&self, before: &Self, megabytes: u64) -> bool {
        self.tasks <= before.tasks
            && self.files <= before.files
            && self.megabytes <= before.megabytes + megabytes
    }
}

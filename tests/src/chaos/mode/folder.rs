//! What only a shared folder has: a lock file, which somebody may delete.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::chaos::cluster::Cluster;
use crate::chaos::violation::{Invariant, Violation};

/// The master notices at its next look, and then the slave takes over.
pub(super) async fn delete_lock(folder: &Path, cluster: &mut Cluster) -> Result<()> {
    let masters = cluster.masters();
    std::fs::remove_file(folder.join("lock")).context("the lock file cannot be deleted")?;
    cluster.another_master(&masters).await
}

/// The slave has the lock, but must not serve while the old master has the store.
pub(super) async fn delete_lock_in_pause(
    folder: &Path,
    pause: Duration,
    cluster: &mut Cluster,
) -> Result<()> {
    let masters = cluster.masters();
    for master in &masters {
        cluster.node(master.broker)?.pause()?;
    }
    let before = generation(folder)?;
    std::fs::remove_file(folder.join("lock")).context("the lock file cannot be deleted")?;
    taken_over(folder, before, cluster).await?;
    cluster.nobody_else_serves(pause).await?;
    for master in &masters {
        cluster.node(master.broker)?.resume()?;
    }
    cluster.another_master(&masters).await
}

/// Waits until another broker has the lock.
async fn taken_over(folder: &Path, before: u64, cluster: &mut Cluster) -> Result<()> {
    for _ in 0..LOOKS {
        if generation(folder)? > before {
            return Ok(());
        }
        cluster.nobody_else_serves(LOOK).await?;
    }
    let seen = "nobody took the lock after its file was deleted".to_owned();
    Err(Violation::new(Invariant::Recovers, seen).into())
}

fn generation(folder: &Path) -> Result<u64> {
    let text = std::fs::read_to_string(folder.join("generation"))?;
    text.trim().parse().with_context(|| format!("no number of a takeover: {text}"))
}

const LOOK: Duration = Duration::from_millis(20);
const LOOKS: usize = 1000;

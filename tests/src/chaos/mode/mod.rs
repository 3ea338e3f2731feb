//! What differs between the kinds of store: how brokers are started on it, and what can be broken that
//! only it has.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};

use super::cluster::Cluster;
use super::fault::{Fault, OwnFault};
use super::violation::{Invariant, Violation};
use crate::relais::Relais;

/// The kind of store that the brokers share.
#[derive(Clone, Debug)]
pub enum Mode {
    /// A file store in this folder.
    File(PathBuf),
}

impl Mode {
    /// How a broker of this mode is started, but for its name and port.
    pub(super) fn broker(&self, how: &Relais) -> Relais {
        match self {
            Self::File(folder) => how.clone().directory(folder),
        }
    }

    /// Everything that can be broken in this mode; what is there twice is drawn twice as often.
    pub(super) fn faults(&self) -> Vec<Fault> {
        let own: &[OwnFault] = match self {
            Self::File(_) => &[OwnFault::LockDeleted, OwnFault::LockDeletedInPause],
        };
        Fault::OF_ALL.iter().copied().chain(own.iter().copied().map(Fault::Own)).collect()
    }

    /// Whether a master that is paused for longer than this is replaced. None: it holds what makes it
    /// the master for as long as its process lives.
    pub(super) const fn lease(&self) -> Option<Duration> {
        match self {
            Self::File(_) => None,
        }
    }

    /// Breaks what only this mode has, and waits until that has had its effect.
    pub(super) async fn inflict(
        &self,
        fault: OwnFault,
        pause: Duration,
        cluster: &mut Cluster,
    ) -> Result<()> {
        let Self::File(folder) = self;
        match fault {
            OwnFault::LockDeleted => delete_lock(folder, cluster).await,
            OwnFault::LockDeletedInPause => delete_lock_in_pause(folder, pause, cluster).await,
        }
    }
}

/// The master notices at its next look, and then the slave takes over.
async fn delete_lock(folder: &Path, cluster: &mut Cluster) -> Result<()> {
    let masters = cluster.masters();
    std::fs::remove_file(folder.join("lock")).context("the lock file cannot be deleted")?;
    cluster.another_master(&masters).await
}

/// The slave has the lock, but must not serve while the old master has the store.
async fn delete_lock_in_pause(folder: &Path, pause: Duration, cluster: &mut Cluster) -> Result<()> {
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

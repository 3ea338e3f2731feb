//! Breaks something, and mends it.

use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::Chaos;
use super::clocks::Clocks;
use super::cluster::{Cluster, Role};
use super::fault::Fault;
use super::mode::{Mode, Pause};
use super::violation::{Invariant, Violation};
use crate::proxy::Proxy;
use crate::random::Random;

/// A fault with everything about it that is left to chance.
#[derive(Clone, Copy, Debug)]
pub(super) struct Blow {
    pub(super) fault: Fault,
    /// It comes after so many more confirmed sends.
    pub(super) after: u64,
    /// For faults that last.
    span: Duration,
    /// Any number, where there is one more thing to choose.
    chance: u64,
}

impl Blow {
    pub(super) fn draw(random: &mut Random, faults: &[Fault]) -> Option<Self> {
        Some(Self {
            fault: random.pick(faults)?,
            after: 1 + random.below(MOST_BEFORE),
            span: Duration::from_millis(50 + random.below(MOST_MILLISECONDS)),
            chance: random.any(),
        })
    }

    /// Breaks it, waits until that has had its effect, and mends what does not mend itself.
    pub(super) async fn strike(&self, chaos: &Chaos, cluster: &mut Cluster) -> Result<()> {
        let mode = &chaos.mode;
        match self.fault {
            Fault::MasterKilled | Fault::MasterStopped => self.end_master(cluster).await?,
            Fault::SlaveKilled => {
                if let Some(slave) = cluster.of(Role::Slave).next() {
                    slave.kill().await?;
                }
            }
            Fault::AllKilled => self.kill_all(cluster).await?,
            Fault::MasterPaused => self.pause_master(mode, cluster).await?,
            Fault::SlavePaused => self.pause_slave(cluster).await?,
            Fault::Links(damage) => {
                each(cluster, |link| damage.begin(link, self.chance));
                if damage.lasts() {
                    cluster.nobody_else_serves(self.span).await?;
                }
                each(cluster, |link| damage.end(link));
            }
            Fault::KilledAt(place) => self.kill_at(place, cluster).await?,
            Fault::ClocksJump => self.move_clocks(chaos.clocks.as_ref(), cluster).await?,
            Fault::Own(own) => mode.inflict(own, self.span, self.chance, cluster).await?,
        }
        cluster.recover().await?;
        cluster.nobody_ends(mode.pause().settled()).await?;
        cluster.recover().await
    }

    async fn end_master(&self, cluster: &mut Cluster) -> Result<()> {
        let masters = cluster.masters();
        for term in &masters {
            let master = cluster.node(term.broker)?;
            if self.fault == Fault::MasterKilled {
                master.kill().await?;
            } else {
                master.stop().await?;
            }
        }
        cluster.another_master(&masters).await
    }

    /// A slave that will not survive this place takes over.
    async fn kill_at(&self, place: &str, cluster: &mut Cluster) -> Result<()> {
        let time = 1 + self.chance % most_times(place);
        let masters = cluster.masters();
        let Some(slave) = cluster.of(Role::Slave).next() else { bail!("there is no slave") };
        let name = slave.name;
        slave.kill().await?;
        slave.start_with("RELAISMQ_FAIL_POINT", &format!("{place}:{time}")).await?;
        slave.may_end = true;
        for master in &masters {
            cluster.node(master.broker)?.kill().await?;
        }
        let gone = cluster.node(name)?.gone();
        let late = || format!("broker {name} was never at {place} for the {time}th time");
        tokio::time::timeout(PATIENCE, gone).await.with_context(late)?
    }

    /// Which is no reason for anybody to take over.
    async fn move_clocks(&self, clocks: Option<&Clocks>, cluster: &mut Cluster) -> Result<()> {
        clocks.context("the brokers have no clocks of their own")?.jump(self.chance)?;
        cluster.nobody_else_serves(self.span).await
    }

    async fn kill_all(&self, cluster: &mut Cluster) -> Result<()> {
        let rotate = usize::try_from(self.chance % 3).unwrap_or(0);
        cluster
            .kill_all(rotate)
            .await
            .map_err(|error| Violation::new(Invariant::RestartKeeps, format!("{error:#}")).into())
    }

    async fn pause_master(&self, mode: &Mode, cluster: &mut Cluster) -> Result<()> {
        let masters = cluster.masters();
        for master in &masters {
            cluster.node(master.broker)?.pause()?;
        }
        match mode.pause() {
            Pause::Kept => cluster.nobody_else_serves(self.span).await,
            // It comes back in time, or too late.
            _ if self.chance.is_multiple_of(2) => cluster.nobody_ends(self.span).await,
            Pause::Replaced(_) => cluster.another_master(&masters).await,
            Pause::Either(lease) => cluster.nobody_ends(lease + self.span).await,
        }
    }

    async fn pause_slave(&self, cluster: &mut Cluster) -> Result<()> {
        if let Some(slave) = cluster.of(Role::Slave).next() {
            slave.pause()?;
        }
        cluster.nobody_else_serves(self.span).await
    }
}

/// How often a process is at a place before it ends there, at most.
fn most_times(place: &str) -> u64 {
    match place {
        // Before it serves it is there once.
        "locked" | "opened" | "loaded" => 1,
        // Once then, and again when it has logged enough.
        "checkpoint-written" | "checkpoint-synced" | "checkpoint-renamed" => 3,
        _ => 150,
    }
}

fn each(cluster: &Cluster, mut what: impl FnMut(&Proxy)) {
    cluster.nodes().iter().for_each(|node| what(&node.proxy));
}

/// Confirmed sends before a fault, at most.
const MOST_BEFORE: u64 = 400;
/// How long a fault lasts that lasts for a while, about, at most.
const MOST_MILLISECONDS: u64 = 1500;
/// Longest wait until it is there.
const PATIENCE: Duration = Duration::from_secs(30);

//! What must be so of all brokers when nothing is broken, and what must never be.

use std::time::Duration;

use anyhow::Result;
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::{Cluster, Node, Role};
use crate::chaos::ledger::Term;
use crate::chaos::violation::{Invariant, Violation};

impl Cluster {
    /// Nothing is broken any more: processes that may have ended are started again. Returns when there
    /// is one master and all others are its slaves.
    pub(in crate::chaos) async fn recover(&mut self) -> Result<()> {
        for node in &mut self.nodes {
            node.proxy.pass();
            if node.paused {
                node.resume()?;
            }
        }
        let deadline = Instant::now() + RECOVERY;
        while !self.is_whole() {
            self.start_the_dead().await?;
            if Instant::now() >= deadline {
                let seen = format!("after {RECOVERY:?} they are {}", self.roles());
                return Err(Violation::new(Invariant::Recovers, seen).into());
            }
            self.change(LOOK).await;
        }
        for node in &mut self.nodes {
            node.may_end = false;
        }
        self.slaves_are_closed().await
    }

    /// Waits until a broker serves that did not then; a master of then may have become it anew.
    pub(in crate::chaos) async fn another_master(&mut self, than: &[Term]) -> Result<()> {
        let deadline = Instant::now() + RECOVERY;
        while self.masters().iter().all(|term| than.contains(term)) {
            self.nobody_ended()?;
            if Instant::now() >= deadline {
                let seen = format!("no takeover within {RECOVERY:?}: they are {}", self.roles());
                return Err(Violation::new(Invariant::Recovers, seen).into());
            }
            self.change(LOOK).await;
        }
        Ok(())
    }

    /// Lets time pass, in which nobody may take over or end who has no reason to.
    pub(in crate::chaos) async fn nobody_else_serves(&mut self, span: Duration) -> Result<()> {
        let masters = self.masters();
        let end = Instant::now() + span;
        while Instant::now() < end {
            self.change(end - Instant::now()).await;
            self.nobody_ended()?;
            if let Some(more) = self.masters().iter().find(|term| !masters.contains(term)) {
                let seen = format!("{more} serves although nobody was deposed");
                return Err(Violation::new(Invariant::OneMaster, seen).into());
            }
        }
        Ok(())
    }

    /// Lets time pass, in which somebody may take over, but nobody may end.
    pub(in crate::chaos) async fn nobody_ends(&mut self, span: Duration) -> Result<()> {
        let end = Instant::now() + span;
        while Instant::now() < end {
            self.change(end - Instant::now()).await;
            self.nobody_ended()?;
        }
        Ok(())
    }

    /// Nobody has ended who has no reason to.
    pub(in crate::chaos) fn nobody_ended(&mut self) -> Result<()> {
        let gone = |node: &&mut Node| node.role() == Role::Gone && !node.may_end;
        match self.nodes.iter_mut().find(gone) {
            None => Ok(()),
            Some(node) => {
                let seen = format!("broker {} has ended by itself", node.name);
                Err(Violation::new(Invariant::Recovers, seen).into())
            }
        }
    }

    async fn start_the_dead(&mut self) -> Result<()> {
        self.nobody_ended()?;
        for node in self.nodes.iter_mut().filter(|node| node.role() == Role::Gone) {
            node.start().await?;
        }
        Ok(())
    }

    fn is_whole(&self) -> bool {
        let slaves = self.nodes.iter().filter(|node| node.role() == Role::Slave).count();
        slaves + 1 == self.nodes.len() && self.masters().len() == 1
    }

    /// One that opens its port says soon that it serves.
    async fn slaves_are_closed(&mut self) -> Result<()> {
        for node in self.nodes.iter().filter(|node| node.role() == Role::Slave) {
            let mut standing = node.standing();
            if TcpStream::connect(("127.0.0.1", node.port)).await.is_err() {
                continue;
            }
            let serves = standing.wait_for(|it| it.role != Role::Slave);
            if tokio::time::timeout(RECOVERY, serves).await.is_err() {
                let seen = format!("broker {} waits, and port {} is open", node.name, node.port);
                return Err(Violation::new(Invariant::SlaveClosed, seen).into());
            }
        }
        Ok(())
    }

    fn roles(&self) -> String {
        let role = |node: &Node| {
            let paused = if node.paused { ", paused" } else { "" };
            format!("{} {:?}{paused}", node.name, node.role())
        };
        self.nodes.iter().map(role).collect::<Vec<_>>().join(", ")
    }
}

/// Within this time after everything is healed there is one master. Far more than a takeover takes: a
/// deposed master looks at its lock every 5 s, and everything runs on one machine.
const RECOVERY: Duration = Duration::from_secs(30);
/// A look at the roles although nothing was announced.
const LOOK: Duration = Duration::from_millis(500);

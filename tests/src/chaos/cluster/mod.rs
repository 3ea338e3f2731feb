//! Brokers on one store, each behind a proxy of its own.
//!
//! ```text
//! node     one broker process, and what it says of its role
//! watch    what must be so of all of them when nothing is broken
//! ```

mod node;
mod watch;

use std::time::Duration;

use anyhow::Result;
use futures::future::{BoxFuture, select_all};
use tokio::time::timeout;

pub(super) use self::node::{Node, Role, Standing};
use super::ledger::Term;
use crate::ports;
use crate::relais::Relais;

/// Brokers on one store.
pub(super) struct Cluster {
    nodes: Vec<Node>,
}

impl Cluster {
    /// Starts so many, of which the first becomes the master.
    pub(super) async fn start(brokers: usize, how: impl Fn(&str) -> Relais) -> Result<Self> {
        let mut nodes = Vec::new();
        for &name in NAMES.iter().take(brokers) {
            let mut node = Node::new(name, ports::free()?, how(name)).await?;
            node.start().await?;
            nodes.push(node);
        }
        Ok(Self { nodes })
    }

    /// The address for clients, through the proxies.
    pub(super) fn url(&self) -> String {
        let brokers: Vec<_> = self.nodes.iter().map(|node| node.proxy.url()).collect();
        format!("failover:({})?initialReconnectDelay=10&maxReconnectDelay=100", brokers.join(","))
    }

    pub(super) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Those of this role that are not paused.
    pub(super) fn of(&mut self, role: Role) -> impl Iterator<Item = &mut Node> {
        self.nodes.iter_mut().filter(move |node| node.role() == role && !node.paused)
    }

    /// The terms of all masters, by what they have said last.
    pub(super) fn masters(&self) -> Vec<Term> {
        let standings = self.nodes.iter().map(|node| *node.standing().borrow());
        standings.filter(|it| it.role == Role::Master).map(|it| it.term).collect()
    }

    pub(super) fn node(&mut self, name: &str) -> Result<&mut Node> {
        let node = self.nodes.iter_mut().find(|node| node.name == name);
        node.ok_or_else(|| anyhow::anyhow!("no broker {name}"))
    }

    /// Kills all of them, then starts them in another order.
    pub(super) async fn kill_all(&mut self, rotate: usize) -> Result<()> {
        for node in &mut self.nodes {
            node.kill().await?;
        }
        let brokers = self.nodes.len();
        for at in (0..brokers).map(|n| (n + rotate) % brokers) {
            if let Some(node) = self.nodes.get_mut(at) {
                node.start().await?;
            }
        }
        Ok(())
    }

    /// Waits until some broker's role changes, but no longer than so.
    pub(super) async fn change(&self, within: Duration) {
        let changes = self.nodes.iter().map(|node| {
            let mut standing = node.standing();
            let change: BoxFuture<'_, _> = Box::pin(async move { standing.changed().await });
            change
        });
        // However it ends, somebody looks what is now.
        drop(timeout(within, select_all(changes)).await);
    }

    /// What all brokers have logged last.
    pub(super) fn last_words(&mut self) -> String {
        self.nodes.iter_mut().map(Node::last_words).collect()
    }
}

/// Of brokers; there are no more than three.
pub(super) const NAMES: [&str; 3] = ["one", "two", "three"];

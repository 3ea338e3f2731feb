//! Members of a cluster, without the brokers around them.

use std::time::Duration;

use anyhow::{Context, Result};
use relaismq_broker::{
    ZooKeeperConfig,
    zookeeper::{Announcement, Link, View, ZooKeeper},
};
use relaismq_examples::demo::zookeeper::ZooKeeperServers;
use tokio::time::timeout;

/// Longest wait for what should take a moment.
pub(crate) const SOON: Duration = Duration::from_secs(30);
/// Where they meet, as the article has it.
pub(crate) const PATH: &str = "/activemq/leveldb-stores";

/// As the article's brokers are configured.
pub(crate) fn config(address: &str) -> ZooKeeperConfig {
    ZooKeeperConfig {
        address: address.to_owned(),
        path: PATH.to_owned(),
        session_timeout: ZooKeeperServers::shortest_session(),
        ..ZooKeeperConfig::default()
    }
}

pub(crate) fn member(node: u64) -> Announcement {
    Announcement {
        name: "broker".to_owned(),
        node,
        member: format!("member-{node}"),
        replication: format!("tcp://127.0.0.1:{}", 10_000 + node),
        clients: format!("tcp://127.0.0.1:{}", 20_000 + node),
        weight: 1,
        ..Announcement::default()
    }
}

pub(crate) fn join(config: &ZooKeeperConfig, node: u64) -> Result<ZooKeeper> {
    Ok(ZooKeeper::start(config.place()?, member(node)))
}

/// Waits until a member sees this.
pub(crate) async fn sees(
    zookeeper: &ZooKeeper,
    what: &str,
    is_it: impl Fn(&View) -> bool,
) -> Result<View> {
    let mut view = zookeeper.view();
    let seen = match timeout(SOON, view.wait_for(|view| is_it(view))).await {
        Ok(seen) => seen.context("it has ended")?.clone(),
        Err(_) => {
            let last = zookeeper.view().borrow().clone();
            anyhow::bail!("{what} is not seen within {SOON:?}: {last:?}")
        }
    };
    Ok(seen)
}

/// Waits until a member sees these, and no others, and what it sees is fresh.
pub(crate) async fn sees_nodes(zookeeper: &ZooKeeper, nodes: &[u64]) -> Result<View> {
    sees(zookeeper, &format!("{nodes:?}"), |view| {
        view.link == Link::Reached && view.members.keys().copied().eq(nodes.iter().copied())
    })
    .await
}

/// Waits until a member has no link, and says why.
pub(crate) async fn is_lost(zookeeper: &ZooKeeper) -> Result<String> {
    let view =
        sees(zookeeper, "the loss of ZooKeeper", |view| matches!(view.link, Link::Lost(_))).await?;
    match view.link {
        Link::Lost(why) => Ok(why),
        other => anyhow::bail!("{other:?}"),
    }
}

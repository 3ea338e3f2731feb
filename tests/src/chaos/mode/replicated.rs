//! Brokers that replicate, each with a folder of its own and a link of its own to ZooKeeper.
//!
//! ```text
//!   broker one   --> proxy --\
//!   broker two   --> proxy ---> a server of ZooKeeper
//!   broker three --> proxy --/
//! ```
//! Whatever happens to ZooKeeper, nobody may lose the mastership by it, and nothing may stop.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, bail};
use relaismq_examples::demo::zookeeper::ZooKeeperServers;
use tokio::sync::Mutex;

use crate::chaos::cluster::{Cluster, NAMES};
use crate::chaos::fault::OwnFault;
use crate::proxy::Proxy;
use crate::relais::Relais;

/// Folders for brokers, and a server of ZooKeeper, which are there for as long as this value lives.
#[derive(Debug)]
pub struct Replicated {
    folder: PathBuf,
    server: Mutex<ZooKeeperServers>,
    links: BTreeMap<&'static str, Mutex<Proxy>>,
}

impl Replicated {
    /// After so long without a master the others have another one.
    pub const ELECTION: Duration = Duration::from_secs(3);
    /// The shortest that the server grants is shorter.
    const SESSION: Duration = Duration::from_secs(1);

    /// Below this folder.
    ///
    /// # Errors
    /// When ZooKeeper is missing, or does not come up.
    pub async fn start(folder: &Path) -> Result<Self> {
        let server = ZooKeeperServers::start(1).await?;
        let mut links = BTreeMap::new();
        for name in NAMES {
            links.insert(name, Mutex::new(Proxy::start(&server.address()).await?));
        }
        Ok(Self { folder: folder.to_owned(), server: Mutex::new(server), links })
    }

    pub(super) fn broker(&self, how: &Relais, name: &str) -> Relais {
        let folder = self.folder.join(name);
        // They find those with the same name.
        let mut how = how.clone().name("chaos");
        how = how.store(&format!("replicated:{}", folder.display()));
        let link = self.links.get(name).and_then(|link| Some(link.try_lock().ok()?.url()));
        let server = link.unwrap_or_default().replace("tcp://", "");
        let session = Self::SESSION.as_millis().to_string();
        for argument in [
            ["--bind", "tcp://127.0.0.1:0"],
            ["--hostname", "127.0.0.1"],
            ["--zk-address", &server],
            ["--zk-session-timeout", &session],
        ]
        .concat()
        {
            how = how.argument(argument);
        }
        how
    }

    /// Breaks something of ZooKeeper under brokers that go on.
    pub(super) async fn inflict(
        &self,
        fault: OwnFault,
        span: Duration,
        cluster: &mut Cluster,
    ) -> Result<()> {
        match fault {
            OwnFault::ZooKeeperStopped => self.stop(span, cluster).await,
            OwnFault::ZooKeeperRestarted => self.stop(Duration::ZERO, cluster).await,
            OwnFault::ZooKeeperSlow => self.slow_down(span, cluster).await,
            OwnFault::SessionsExpired => self.expire(cluster).await,
            other => bail!("{other:?} cannot be in this mode"),
        }
    }

    async fn stop(&self, span: Duration, cluster: &mut Cluster) -> Result<()> {
        let mut server = self.server.lock().await;
        server.kill_all().await?;
        cluster.nobody_else_serves(span).await?;
        server.start_all().await
    }

    async fn slow_down(&self, span: Duration, cluster: &mut Cluster) -> Result<()> {
        for link in self.links.values() {
            link.lock().await.stall();
        }
        cluster.nobody_else_serves(span).await?;
        for link in self.links.values() {
            link.lock().await.pass();
        }
        Ok(())
    }

    async fn expire(&self, cluster: &mut Cluster) -> Result<()> {
        for link in self.links.values() {
            let mut link = link.lock().await;
            link.refuse().await;
            link.cut();
        }
        cluster.nobody_else_serves(2 * Self::SESSION).await?;
        for link in self.links.values() {
            link.lock().await.accept().await?;
        }
        Ok(())
    }
}

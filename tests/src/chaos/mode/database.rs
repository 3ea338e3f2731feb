//! Brokers on one database, each with a link of its own to it.
//!
//! ```text
//!   broker one --> proxy --\
//!   broker two --> proxy ---> the database's server
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use relaismq_examples::demo::databases::{DatabaseServer, Make};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::sync::Mutex;

use super::pause::Pause;
use crate::chaos::cluster::{Cluster, NAMES, Role};
use crate::chaos::damage::Damage;
use crate::chaos::fault::OwnFault;
use crate::proxy::Proxy;
use crate::relais::Relais;

/// A database for brokers, which is there for as long as this value lives.
#[derive(Debug)]
pub struct Database(Place);

#[derive(Debug)]
enum Place {
    /// A file of SQLite.
    Sqlite(PathBuf),
    /// A private server, and the way to it of each broker, by its name.
    Server { server: Box<Mutex<DatabaseServer>>, links: BTreeMap<&'static str, Link> },
}

/// A broker's way to the database.
#[derive(Debug)]
struct Link {
    proxy: Proxy,
    url: String,
}

impl Database {
    /// How long a master may be silent. Far shorter than one would choose, so that rounds are short.
    pub const LEASE: Duration = Duration::from_secs(2);

    /// A file of SQLite in this folder; nothing is made yet.
    #[must_use]
    pub fn sqlite(folder: &Path) -> Self {
        Self(Place::Sqlite(folder.join("messages.sqlite")))
    }

    /// A private server of this make, and a link to it for each broker.
    ///
    /// # Errors
    /// When its programs are missing, or it does not come up.
    pub async fn server(make: Make) -> Result<Self> {
        let server = DatabaseServer::start(make).await?;
        let target = format!("127.0.0.1:{}", server.port());
        let mut links = BTreeMap::new();
        for name in NAMES {
            let proxy = Proxy::start(&target).await?;
            let url = server.url_by(proxy.port());
            links.insert(name, Link { proxy, url });
        }
        Ok(Self(Place::Server { server: Box::new(Mutex::new(server)), links }))
    }

    pub(super) fn broker(&self, how: &Relais, name: &str) -> Relais {
        let how = how.clone().argument("--lock-acquire-interval");
        let how = how.argument(&Self::LEASE.as_millis().to_string());
        how.store(&format!("sql:{}", self.url(name)))
    }

    fn url(&self, name: &str) -> String {
        match &self.0 {
            Place::Sqlite(file) => format!("sqlite:{}", file.display()),
            Place::Server { links, .. } => {
                links.get(name).map(|link| link.url.clone()).unwrap_or_default()
            }
        }
    }

    /// Whoever writes to a file has it locked, also while it is paused.
    pub(super) const fn pause(&self) -> Pause {
        match &self.0 {
            Place::Sqlite(_) => Pause::Either(Self::LEASE),
            Place::Server { .. } => Pause::Replaced(Self::LEASE),
        }
    }

    pub(super) const fn faults(&self) -> &'static [OwnFault] {
        match &self.0 {
            Place::Sqlite(_) => &[OwnFault::DatabaseLocked, OwnFault::DatabaseLocked],
            Place::Server { .. } => &OwnFault::OF_SERVERS,
        }
    }

    /// It cuts all its connections, and is away for a moment.
    pub(super) async fn restart(&self) -> Result<()> {
        let Place::Server { server, .. } = &self.0 else { bail!("a file is not restarted") };
        let mut server = server.lock().await;
        server.stop().await?;
        server.start_again().await
    }

    /// Mostly the master's. It may lose its lease by that, and need not.
    pub(super) async fn break_link(
        &self,
        damage: Damage,
        span: Duration,
        chance: u64,
        cluster: &mut Cluster,
    ) -> Result<()> {
        let role = if chance.is_multiple_of(4) { Role::Slave } else { Role::Master };
        let Place::Server { links, .. } = &self.0 else { bail!("there is no link to a file") };
        let name = cluster.of(role).next().context("there is nobody")?.name;
        let link = links.get(name).with_context(|| format!("broker {name} has no link"))?;
        damage.begin(&link.proxy, chance);
        if damage.lasts() {
            cluster.nobody_ends(long_or_short(span, chance)).await?;
        }
        damage.end(&link.proxy);
        Ok(())
    }

    /// Somebody else writes to the file, and takes long.
    pub(super) async fn lock(
        &self,
        span: Duration,
        chance: u64,
        cluster: &mut Cluster,
    ) -> Result<()> {
        let Place::Sqlite(file) = &self.0 else { bail!("only a file is locked") };
        let mut other = SqliteConnectOptions::new().filename(file).connect().await?;
        sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await?;
        cluster.nobody_ends(long_or_short(span, chance)).await?;
        sqlx::raw_sql("ROLLBACK").execute(&mut other).await?;
        Ok(other.close().await?)
    }
}

/// Past the lease, or not.
fn long_or_short(span: Duration, chance: u64) -> Duration {
    if chance.is_multiple_of(2) { span } else { span + Database::LEASE }
}

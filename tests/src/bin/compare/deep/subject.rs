//! A broker on a store of its own.

use std::path::PathBuf;

use anyhow::{Context, Result};
use relaismq_examples::demo::databases::{DatabaseServer, Make};
use relaismq_tests::{activemq::ActiveMq, relais::Relais, server::Server};
use tempfile::TempDir;

use super::disk::room_of;

/// Whose broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broker {
    RelaisMq,
    ActiveMq,
}

/// Where it keeps messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Kept {
    /// In a folder: our file store, ActiveMQ's KahaDB
    File,
    /// In a private PostgreSQL
    #[value(name = "postgresql")]
    PostgreSql,
    /// In a private MariaDB
    #[value(name = "mariadb")]
    MariaDb,
}

/// A broker that can be killed and started again, on what it has kept.
#[derive(Debug)]
pub(super) struct Subject {
    broker: Broker,
    kept: Kept,
    folder: TempDir,
    database: Option<DatabaseServer>,
    running: Option<Server>,
}

impl Subject {
    /// With its store and nothing in it; the broker does not run yet.
    pub(super) async fn new(broker: Broker, kept: Kept) -> Result<Self> {
        let database = match kept {
            Kept::File => None,
            Kept::PostgreSql => Some(DatabaseServer::start(Make::PostgreSql).await?),
            Kept::MariaDb => Some(DatabaseServer::start(Make::MariaDb).await?),
        };
        Ok(Self { broker, kept, folder: tempfile::tempdir()?, database, running: None })
    }

    pub(super) fn name(&self) -> String {
        let store = match (self.broker, self.kept) {
            (Broker::RelaisMq, Kept::File) => "file store",
            (Broker::ActiveMq, Kept::File) => "KahaDB",
            (_, Kept::PostgreSql) => "PostgreSQL",
            (_, Kept::MariaDb) => "MariaDB",
        };
        match self.broker {
            Broker::RelaisMq => format!("RelaisMQ, {store}"),
            Broker::ActiveMq => format!("ActiveMQ, {store}"),
        }
    }

    /// Starts it, and returns when it says that it serves.
    pub(super) async fn start(&mut self) -> Result<()> {
        let folder = self.folder.path();
        let server = match (self.broker, &self.database) {
            (Broker::RelaisMq, None) => Relais::new().directory(folder).start().await,
            (Broker::RelaisMq, Some(database)) => {
                Relais::new().store(&format!("sql:{}", database.url())).start().await
            }
            (Broker::ActiveMq, database) => {
                let broker = ActiveMq::new().tuned_for_throughput();
                match database {
                    None => broker.directory(folder),
                    Some(database) => broker.database(&database.jdbc_url(), "lease"),
                }
                .start()
                .await
            }
        };
        let mut server = server?;
        server.until_ready(PATIENCE).await?;
        self.running = Some(server);
        Ok(())
    }

    pub(super) async fn kill(&mut self) -> Result<()> {
        self.server()?.kill().await
    }

    pub(super) async fn stop(&mut self) -> Result<()> {
        self.server()?.stop().await?;
        Ok(())
    }

    pub(super) fn server(&mut self) -> Result<&mut Server> {
        self.running.as_mut().context("the broker does not run")
    }

    pub(super) fn url(&mut self) -> Result<String> {
        self.server()?.url()
    }

    /// What its messages take on disk, in bytes.
    pub(super) fn room(&self) -> Result<u64> {
        let folder = self.database.as_ref().map(DatabaseServer::tables);
        let folder: PathBuf = folder.unwrap_or_else(|| self.folder.path().into());
        Ok(room_of(&folder)?)
    }
}

/// For a lease that has to run out first.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(120);

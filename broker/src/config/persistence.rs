//! What a broker keeps, where, and how it shares that with others.

use std::{fmt, path::PathBuf, str::FromStr};

use super::{
    database::{DatabaseConfig, Location},
    error::ConfigError,
    replicated::ReplicatedConfig,
    size::ByteSize,
    store::{StoreConfig, StoreOptions},
};

/// What a broker keeps and where. Two brokers with the same directory or database are master and slave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Persistence {
    /// In memory: gone with the process. ActiveMQ's `persistent="false"`.
    Memory,
    /// In a directory, durable: ActiveMQ's `kahaDB`.
    Directory(DirectoryConfig),
    /// In a database: ActiveMQ's `jdbcPersistenceAdapter`.
    Database(Box<DatabaseConfig>),
    /// On a majority of brokers: ActiveMQ's `replicatedLevelDB`.
    Replicated(Box<ReplicatedConfig>),
}

/// A directory that may be shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryConfig {
    /// The directory, made if it is missing.
    pub directory: PathBuf,
    /// Most that the files in it may have together. Default: the disk.
    pub limit: Option<ByteSize>,
    /// Room that messages leave free. Default: 65 MiB on a large disk.
    pub reserve: Option<ByteSize>,
    /// Begin with an empty store where one is missing, even though a broker has used the directory.
    pub create: bool,
}

impl DirectoryConfig {
    /// A directory with the usual lock.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into(), limit: None, reserve: None, create: false }
    }
}

/// Something that can be configured and not be run yet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} is not built yet; {remedy}")]
pub struct NotBuilt {
    what: String,
    remedy: &'static str,
}

impl Persistence {
    /// The store that keeps all this.
    ///
    /// # Errors
    /// [`NotBuilt`] for what no store keeps yet.
    pub fn store(&self) -> Result<(StoreConfig, StoreOptions), NotBuilt> {
        match self {
            Self::Memory => Ok((StoreConfig::Memory, StoreOptions::default())),
            Self::Directory(DirectoryConfig { directory, limit, reserve, create }) => {
                let options = StoreOptions { limit: *limit, reserve: *reserve, create: *create };
                Ok((StoreConfig::File(directory.clone()), options))
            }
            #[cfg(feature = "sql")]
            Self::Database(database) => {
                Ok((StoreConfig::Database(database.clone()), StoreOptions::default()))
            }
            #[cfg(not(feature = "sql"))]
            Self::Database(database) => Err(NotBuilt {
                what: format!("keeping messages in a database ({})", database.location),
                remedy: "build the broker with the feature `sql`, or use --store file:DIR",
            }),
            Self::Replicated(it) if it.nodes.is_empty() => Err(NotBuilt {
                what: "finding the other brokers in ZooKeeper".to_owned(),
                remedy: "name them all, with --nodes NAME=HOST:PORT,… or the attribute nodes",
            }),
            Self::Replicated(it) => {
                Ok((StoreConfig::Replicated(it.clone()), StoreOptions::default()))
            }
        }
    }
}

impl FromStr for Persistence {
    type Err = ConfigError;

    /// `memory`, `file:DIR`, `replicated:DIR` or `jdbc:URL`, for which `sql:URL` is the same.
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        match text.split_once(':') {
            None if text == "memory" => Ok(Self::Memory),
            Some(("file", directory)) if !directory.is_empty() => {
                Ok(Self::Directory(DirectoryConfig::new(directory)))
            }
            Some(("replicated", directory)) if !directory.is_empty() => {
                let directory = directory.into();
                let zookeeper = None;
                let replicated = ReplicatedConfig { directory, zookeeper, ..Default::default() };
                Ok(Self::Replicated(Box::new(replicated)))
            }
            Some(("jdbc" | "sql", _)) => DatabaseConfig::from_url(text)
                .map(|(database, _)| Self::Database(Box::new(database)))
                .map_err(|error| ConfigError::told("store", "jdbc:…", error.to_string())),
            _ => Err(ConfigError::new(
                "store",
                text,
                "write `memory`, `file:DIR`, `replicated:DIR`, or the URL of a database like \
                 jdbc:postgresql://HOST/DATABASE",
            )),
        }
    }
}

impl fmt::Display for Persistence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("in memory"),
            Self::Directory(it) => write!(f, "in the directory {}", it.directory.display()),
            Self::Database(it) => match &it.location {
                Location::File(file) => write!(f, "in the SQLite database {}", file.display()),
                server @ Location::Server { .. } => write!(f, "in the database {server}"),
            },
            Self::Replicated(it) => write!(f, "on a majority of {} brokers", it.replicas),
        }
    }
}

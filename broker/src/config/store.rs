//! Where messages are kept, as a running broker is told.

use std::{fmt, path::PathBuf, str::FromStr};

#[cfg(feature = "sql")]
use super::database::DatabaseConfig;
use super::{error::ConfigError, replicated::ReplicatedConfig, size::ByteSize};

/// Where messages are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreConfig {
    /// In memory: gone with the process. For tests and for traffic that may be lost.
    Memory,
    /// In a folder, durable. Brokers that are given the same folder are master and slaves.
    File(PathBuf),
    /// In a database, durable. Brokers that are given the same database are master and slaves.
    #[cfg(feature = "sql")]
    Database(Box<DatabaseConfig>),
    /// On a majority of brokers, durable. Each has its own folder.
    Replicated(Box<ReplicatedConfig>),
}

/// Folder used when no store is named.
const DEFAULT_FOLDER: &str = "relaismq-data";

impl Default for StoreConfig {
    fn default() -> Self {
        Self::File(DEFAULT_FOLDER.into())
    }
}

impl FromStr for StoreConfig {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        match text.split_once(':') {
            None if text == "memory" => Ok(Self::Memory),
            Some(("file", folder)) if !folder.is_empty() => Ok(Self::File(folder.into())),
            _ => Err(ConfigError::new("store", text, "write `memory` or `file:DIR`")),
        }
    }
}

impl fmt::Display for StoreConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("memory"),
            Self::File(folder) => write!(f, "file:{}", folder.display()),
            #[cfg(feature = "sql")]
            Self::Database(database) => write!(f, "database {}", database.location),
            Self::Replicated(it) => write!(f, "replicated:{}", it.directory.display()),
        }
    }
}

/// What a file store may use, and whether it may begin anew. The default is right for a disk that
/// belongs to the broker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreOptions {
    /// Most that the store's files may have together. At its limit a store takes no more messages, as
    /// on a full disk. Default: the disk. At least 16 MiB.
    pub limit: Option<ByteSize>,
    /// Room, on the disk or below the limit, that messages leave free: for removals, checkpoints and
    /// the next start. Default: 65 MiB on a large disk, less on a small one, see
    /// [`FileStoreOptions::reserve_bytes`](crate::store::file::FileStoreOptions::reserve_bytes).
    pub reserve: Option<ByteSize>,
    /// Begin with an empty store where one is missing, even though a broker has used the folder
    /// before: the operator says that this is right. Default: that is refused.
    pub create: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_read_back_as_they_print() {
        for text in ["memory", "file:/var/lib/relaismq"] {
            assert_eq!(text.parse::<StoreConfig>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_store_is_refused_with_a_hint() {
        for text in ["", "disk", "file:", "memory:x"] {
            assert!(text.parse::<StoreConfig>().unwrap_err().to_string().contains("file:DIR"));
        }
    }
}

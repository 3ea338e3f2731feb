//! What has been read so far.

use std::path::PathBuf;

use relaismq_options::Secret;

use crate::{
    config::{
        connector::{Connector, ConnectorTls},
        database::{DatabaseConfig, DatabaseLocker},
        limits::ServerLimits,
        replicated::ReplicatedConfig,
        tls::TlsConfig,
        zookeeper::ZooKeeperConfig,
    },
    engine::Settings,
    store::lock::LockOptions,
};

/// A configuration in the making: what the tables set. What depends on several of these is decided
/// at the end.
#[derive(Debug)]
pub(in crate::config) struct Draft {
    pub(super) name: String,
    pub(super) data_directory: PathBuf,
    pub(super) persistent: bool,
    pub(super) delete_all_messages: bool,
    pub(super) adapter: Option<Adapter>,
    /// Where that stands.
    pub(super) adapter_at: usize,
    pub(super) directory: Option<PathBuf>,
    pub(super) database: DatabaseDraft,
    pub(super) replicated: ReplicatedConfig,
    pub(super) zookeeper: ZooKeeperConfig,
    /// Some of it was said.
    pub(super) names_zookeeper: bool,
    pub(super) lock: LockOptions,
    pub(super) locker: DatabaseLocker,
    pub(super) source: SourceDraft,
    pub(super) connector: ConnectorDraft,
    pub(super) connectors: Vec<Connector>,
    /// Whose certificate they show.
    pub(super) tls: TlsConfig,
    /// Where the first connector with TLS stands, and the first one that asks clients for certificates.
    pub(super) secure: Option<usize>,
    pub(super) asking: Option<usize>,
    /// Where the first connector stands that cannot be served.
    pub(super) unserved: Option<usize>,
    pub(super) policy: PolicyDraft,
    pub(super) store_limit: Option<u64>,
    pub(super) limits: ServerLimits,
    pub(super) settings: Settings,
}

/// Which element in `persistenceAdapter` was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Adapter {
    Directory,
    Database,
    Replicated,
    Memory,
}

#[derive(Debug)]
pub(super) struct DatabaseDraft {
    pub(super) data_directory: Option<PathBuf>,
    pub(super) data_source: Option<String>,
    /// What the data source says, if it was found.
    pub(super) found: Option<DatabaseConfig>,
    pub(super) create_tables_on_startup: bool,
    pub(super) table_prefix: String,
}

/// A data source, by whichever names its maker calls things.
#[derive(Clone, Debug, Default)]
pub(super) struct SourceDraft {
    pub(super) driver: Option<String>,
    pub(super) url: Option<String>,
    pub(super) user: Option<String>,
    pub(super) password: Option<Secret>,
    pub(super) server: Option<String>,
    pub(super) port: Option<u32>,
    pub(super) database: Option<String>,
}

/// The connector that is being read.
#[derive(Debug, Default)]
pub(super) struct ConnectorDraft {
    pub(super) uri: Option<String>,
    pub(super) max_connections: Option<u32>,
    pub(super) max_frame_bytes: Option<u64>,
    pub(super) tls: ConnectorTls,
}

/// The policy that is being read.
#[derive(Debug, Default)]
pub(super) struct PolicyDraft {
    pub(super) queue: Option<String>,
    pub(super) topic: Option<String>,
    pub(super) memory_limit: Option<u64>,
    pub(super) dead_letter_queue: Option<String>,
    pub(super) prioritized: bool,
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            name: "localhost".to_owned(),
            data_directory: "activemq-data".into(),
            persistent: true,
            delete_all_messages: false,
            adapter: None,
            adapter_at: 0,
            directory: None,
            database: DatabaseDraft {
                data_directory: None,
                data_source: None,
                found: None,
                create_tables_on_startup: true,
                table_prefix: String::new(),
            },
            replicated: ReplicatedConfig::default(),
            zookeeper: ZooKeeperConfig::default(),
            names_zookeeper: false,
            lock: LockOptions::default(),
            locker: DatabaseLocker::default(),
            source: SourceDraft::default(),
            connector: ConnectorDraft::default(),
            connectors: Vec::new(),
            tls: TlsConfig::default(),
            secure: None,
            asking: None,
            unserved: None,
            policy: PolicyDraft::default(),
            store_limit: None,
            limits: ServerLimits::default(),
            settings: Settings::default(),
        }
    }
}

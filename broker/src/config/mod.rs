//! What a broker is told at its start, as plain data. Everything has a default that is safe to run
//! with.
//!
//! ```text
//! store, limits, size           what a running broker takes
//! connector, listen, tls        where clients connect: on what, at which address, with whose certificate
//! persistence, database         what is kept, and where; replicated: by several brokers, which
//!                               zookeeper helps to find each other
//! admin                         where the broker is looked after
//! settings                      all that has a number, as a table: for the command line
//! location                      where a configuration is: a file, or a broker: URI
//! xml, properties               ActiveMQ's own file, and what stands for ${…} in it
//! finding, error                what there is to say about it; documentation: what pages say of a row
//! ```

mod admin;
mod connector;
mod database;
mod documentation;
mod error;
mod finding;
mod limits;
mod listen;
mod location;
mod persistence;
mod properties;
mod replicated;
mod settings;
mod size;
mod store;
mod tls;
mod xml;
mod zookeeper;

use std::path::PathBuf;

pub use self::{
    admin::{AdminAddress, AdminConfig, HostAndPort},
    connector::{ClientCertificates, Connector, ConnectorTls},
    database::{
        DatabaseConfig, DatabaseLocker, DatabaseTls, Dialect, JdbcError, JdbcNote, Location,
        TlsMode,
    },
    documentation::SettingDoc,
    error::ConfigError,
    finding::{Finding, Refused, Weight},
    limits::ServerLimits,
    listen::ListenAddress,
    persistence::{DirectoryConfig, NotBuilt, Persistence},
    properties::Properties,
    replicated::{NodeAddress, ReplicatedConfig},
    settings::settings,
    size::ByteSize,
    store::{StoreConfig, StoreOptions},
    tls::TlsConfig,
    xml::{ElementDoc, Loaded, SettingPlace, catalogue},
    zookeeper::{ZooKeeperConfig, ZooKeeperPlace, ZooKeeperPlaceError},
};
pub(crate) use self::{
    connector::openwire_uri,
    settings::{SETTINGS, refuse_when_full},
};
use crate::{engine::Settings, store::lock::LockOptions};

/// Everything about a broker.
#[derive(Clone, Debug, PartialEq)]
pub struct BrokerConfig {
    /// The name that it tells its clients. Default `localhost`, as ActiveMQ's.
    pub name: String,
    /// Where its files are, if nothing else is said. Default `relaismq-data`.
    pub data_directory: PathBuf,
    /// The addresses it serves. None: `tcp://127.0.0.1:61616`.
    pub connectors: Vec<Connector>,
    /// Its certificate, for connectors with TLS.
    pub tls: TlsConfig,
    /// What it keeps, and where. Default: durably, in the data directory.
    pub persistence: Persistence,
    /// Who of several brokers on one directory or database is the master.
    pub lock: LockOptions,
    /// Where it is looked after.
    pub admin: AdminConfig,
    /// Bounds of the network side.
    pub limits: ServerLimits,
    /// Bounds and policies of queues and topics.
    pub settings: Settings,
}

impl Default for BrokerConfig {
    fn default() -> Self {
        const FOLDER: &str = "relaismq-data";
        Self {
            name: "localhost".to_owned(),
            data_directory: FOLDER.into(),
            connectors: Vec::new(),
            tls: TlsConfig::default(),
            persistence: Persistence::Directory(DirectoryConfig::new(FOLDER)),
            lock: LockOptions::default(),
            admin: AdminConfig::default(),
            limits: ServerLimits::default(),
            settings: Settings::default(),
        }
    }
}

impl BrokerConfig {
    /// Reads ActiveMQ's XML; `file` is how messages call it.
    ///
    /// # Errors
    /// Every reason why a broker cannot run so, with line, column and what to do.
    pub fn from_xml(file: &str, text: &str, properties: Properties) -> Result<Loaded, Refused> {
        xml::read(file, text, properties)
    }

    /// Reads what ActiveMQ calls a broker's URI: a file, `xbean:FILE`, `properties:FILE`, or
    /// `broker:(tcp://HOST:PORT)?persistent=false`.
    ///
    /// # Errors
    /// If it cannot be read, and every reason why a broker cannot run so.
    pub fn load(location: &str, properties: Properties) -> Result<Loaded, Refused> {
        location::load(location, properties)
    }
}

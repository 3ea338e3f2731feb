//! A compact OpenWire broker with durable stores and takeover.
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use relaismq_broker::{Broker, StoreConfig};
//!
//! let broker = Broker::builder().listen("tcp://127.0.0.1:0".parse()?).store(StoreConfig::Memory);
//! let broker = broker.start();
//! broker.serving().await?;
//! println!("connect to {}", broker.url());
//! broker.stop().await?;
//! # Ok(()) }
//! ```

#[cfg(feature = "admin")]
mod admin;
mod arguments;
mod broker;
mod config;
pub mod engine;
mod error;
mod fail_point;
mod log;
pub mod model;
mod node;
pub mod program;
mod replica;
mod selectable;
pub mod selector;
mod server;
pub mod store;
#[cfg(feature = "zookeeper")]
pub mod zookeeper;

/// Passwords in a configuration, and what of TLS may be used.
pub use relaismq_options::{CipherSuite, Scheme, Secret, TlsVersion};

pub use self::{
    broker::{Broker, Builder},
    config::{
        AdminAddress, AdminConfig, BrokerConfig, ByteSize, ClientCertificates, ConfigError,
        Connector, ConnectorTls, DatabaseConfig, DatabaseLocker, DatabaseTls, Dialect,
        DirectoryConfig, ElementDoc, Finding, HostAndPort, JdbcError, JdbcNote, ListenAddress,
        Loaded, Location, NodeAddress, NotBuilt, Persistence, Properties, Refused,
        ReplicatedConfig, ServerLimits, SettingDoc, SettingPlace, StoreConfig, StoreOptions,
        TlsConfig, TlsMode, Weight, ZooKeeperConfig, ZooKeeperPlace, ZooKeeperPlaceError,
        catalogue, settings,
    },
    error::BrokerError,
    node::{Holder, Role},
    store::lock::{LockOptions, OnDemotion},
};

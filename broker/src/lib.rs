//! A compact OpenWire broker with durable stores and takeover.
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use relaismq_broker::{Broker, StoreConfig};
//!
//! let broker = Broker::builder().listen("tcp://127.0.0.1:0".parse()?).store(StoreConfig::Memory);
//! let broker = broker.start().await?;
//! println!("connect to {}", broker.url());
//! broker.stop().await?;
//! # Ok(()) }
//! ```

mod arguments;
mod broker;
mod config;
pub mod engine;
mod error;
mod log;
pub mod model;
pub mod program;
pub mod selector;
mod server;
pub mod store;
mod takeover;

pub use self::{
    broker::{Broker, Builder},
    config::{
        BrokerConfig, ByteSize, ConfigError, DatabaseConfig, DatabaseLocker, DatabaseTls, Dialect,
        DirectoryConfig, ElementDoc, Finding, JdbcError, JdbcNote, LeaseConfig, ListenAddress,
        Loaded, Location, LockConfig, NotBuilt, Persistence, Properties, Refused, ReplicatedConfig,
        ServerLimits, SettingDoc, SettingPlace, StoreConfig, StoreOptions, Tables, TlsMode, Weight,
        catalogue,
    },
    error::{StartError, StopError},
};

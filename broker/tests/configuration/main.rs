//! ActiveMQ's configuration files as people have them, read and run.
//!
//! ```text
//! posted    files that people posted, reduced to their elements, with names replaced
//! documented  the examples of docs/configuration.md
//! article   the three snippets of an article on high availability
//! program   `relaismq-broker --config F`, and `--check`; replication: brokers that keep the same messages
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail like this"
)]

mod article;
mod documented;
mod posted;
mod program;
mod replication;

use relaismq_broker::{Broker, BrokerConfig, Persistence};

/// Starts a broker with this configuration, on a port that the system chooses, and stops it.
fn run(mut config: BrokerConfig) {
    config.connectors = vec!["tcp://127.0.0.1:0".parse().unwrap()];
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let broker = Broker::configured(config).unwrap().start();
        broker.serving().await.unwrap();
        broker.stop().await.unwrap();
    });
}

/// Whether something of it would be outside of the folder.
fn is_inside(config: &BrokerConfig, folder: &std::path::Path) -> bool {
    match &config.persistence {
        Persistence::Directory(directory) => directory.directory.starts_with(folder),
        Persistence::Memory => true,
        Persistence::Database(_) | Persistence::Replicated(_) => false,
    }
}

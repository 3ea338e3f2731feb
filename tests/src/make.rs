//! Whose broker: the makes that a test can loop over.

use std::path::Path;

use anyhow::Result;

use crate::activemq::{ActiveMq, Version};
use crate::artemis::Artemis;
use crate::relais::Relais;
use crate::server::Server;

/// A make of broker, as it comes: open to everyone, on a port that the system chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Make {
    /// ActiveMQ.
    ActiveMq(Version),
    /// Artemis with an OpenWire acceptor.
    Artemis,
    /// Our own.
    Ours,
}

impl Make {
    /// ActiveMQ 5.17.2.
    pub const FIVE: Self = Self::ActiveMq(Version::Five);
    /// ActiveMQ 6.3.1.
    pub const SIX: Self = Self::ActiveMq(Version::Six);

    /// Starts a broker in memory.
    ///
    /// # Errors
    /// When Java or a jar is missing, or the broker does not come up.
    pub async fn start(self) -> Result<Server> {
        match self {
            Self::ActiveMq(version) => ActiveMq::new().version(version).start().await,
            Self::Artemis => Artemis::new().start().await,
            Self::Ours => Relais::new().start().await,
        }
    }

    /// Starts a broker that keeps persistent messages in this directory.
    ///
    /// # Errors
    /// As for [`Make::start`].
    pub async fn start_in(self, directory: &Path) -> Result<Server> {
        match self {
            Self::ActiveMq(version) => {
                ActiveMq::new().version(version).directory(directory).start().await
            }
            Self::Artemis => Artemis::new().directory(directory).start().await,
            Self::Ours => Relais::new().directory(directory).start().await,
        }
    }

    /// Starts a broker that shares its directory with others: the first is master, the others wait.
    ///
    /// # Errors
    /// As for [`Make::start`], and for Artemis, whose live and backup brokers are made another way.
    pub async fn start_sharing(self, name: &str, port: u16, directory: &Path) -> Result<Server> {
        match self {
            Self::ActiveMq(version) => {
                let broker = ActiveMq::new().version(version).shared_directory(directory);
                broker.name(name).port(port).start().await
            }
            Self::Artemis => anyhow::bail!("an Artemis backup needs more than a shared directory"),
            Self::Ours => Relais::new().name(name).port(port).directory(directory).start().await,
        }
    }
}

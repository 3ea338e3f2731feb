//! Options that both programs have. Names and defaults are those of ActiveMQ's own commands; each is
//! also accepted in kebab-case.

use std::time::Duration;

use clap::Args;
use relaismq::{Connection, ConnectionBuilder, Queue, Target, Topic};

/// How to reach the broker.
#[derive(Args, Clone, Debug)]
pub struct BrokerArguments {
    /// Broker URI, such as failover:(tcp://a:61616,tcp://b:61616)
    #[arg(
        long = "brokerUrl",
        alias = "broker-url",
        value_name = "URI",
        env = "AMQ_URL",
        default_value = "failover://tcp://localhost:61616"
    )]
    pub broker_url: String,
    /// User name
    #[arg(long, env = "AMQ_USER")]
    pub user: Option<String>,
    /// Password; better given in AMQ_PASSWORD, where `ps` does not show it
    #[arg(long, env = "AMQ_PASSWORD", hide_env_values = true)]
    pub password: Option<String>,
    /// Seconds to wait for the first connection; 0 waits for ever, as ActiveMQ's commands do
    #[arg(
        long = "connectTimeout",
        alias = "connect-timeout",
        value_name = "SECONDS",
        default_value_t = 15
    )]
    pub connect_timeout: u64,
    /// queue://NAME or topic://NAME
    #[arg(long, default_value = "queue://TEST")]
    pub destination: String,
    /// Print one JSON object with the result on standard output
    #[arg(long)]
    pub json: bool,
}

impl BrokerArguments {
    /// A connection to be, with address, credentials and deadline.
    pub fn builder(&self) -> ConnectionBuilder {
        let mut builder = Connection::builder(&self.broker_url);
        if let Some(user) = &self.user {
            builder = builder.credentials(user, self.password.as_deref().unwrap_or_default());
        }
        builder.connect_timeout(match self.connect_timeout {
            0 => FOR_EVER,
            seconds => Duration::from_secs(seconds),
        })
    }

    /// The destination, with the options in its name.
    ///
    /// # Errors
    /// When it has another prefix than `queue://` and `topic://`.
    pub fn target(&self) -> anyhow::Result<Target> {
        let text = self.destination.as_str();
        if let Some(name) = text.strip_prefix("topic://") {
            return Ok(Topic::new(name).into());
        }
        let name = text.strip_prefix("queue://").unwrap_or(text);
        anyhow::ensure!(
            !name.contains("://") && !name.is_empty(),
            "--destination {text} cannot be understood: write queue://NAME or topic://NAME"
        );
        Ok(Queue::new(name).into())
    }
}

/// Longer than anybody waits, and no overflow when added to now.
const FOR_EVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

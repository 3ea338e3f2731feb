//! How the broker is reached.

use std::time::Duration;

use clap::Args;
use relaismq::{Connection, ConnectionBuilder, Target, options::Secret};

use super::{
    destinations,
    names::{Consistent, Given},
    values,
};

/// How to reach the broker.
#[derive(Args, Clone, Debug)]
pub struct BrokerArguments {
    /// Broker URI, such as failover:(tcp://a:61616,tcp://b:61616)
    #[arg(
        long = "brokerUrl",
        alias = "broker-url",
        value_name = "URI",
        env = "AMQ_URL",
        hide_env_values = true,
        default_value = "failover://tcp://localhost:61616"
    )]
    pub broker_url: String,
    /// User name
    #[arg(long, env = "AMQ_USER", hide_env_values = true, value_parser = values::some_text)]
    pub user: Option<String>,
    /// Password; better given in AMQ_PASSWORD, where `ps` does not show it
    #[arg(long, env = "AMQ_PASSWORD", hide_env_values = true, allow_hyphen_values = true)]
    pub password: Option<String>,
    /// Seconds to wait for the first connection; 0 waits for ever, as ActiveMQ's commands do
    #[arg(
        long = "connectTimeout",
        alias = "connect-timeout",
        value_name = "SECONDS",
        default_value_t = 15,
        allow_negative_numbers = true,
        value_parser = values::seconds
    )]
    pub connect_timeout: u64,
    /// queue://NAME or topic://NAME; a mere NAME is a queue
    #[arg(long, default_value = "queue://TEST", value_parser = destinations::readable)]
    pub destination: String,
    /// Print one JSON object with the result as the last line on standard output, and only JSON there
    #[arg(long)]
    pub json: bool,
}

impl BrokerArguments {
    /// A connection to be, with address, credentials and deadlines.
    pub fn builder(&self) -> ConnectionBuilder {
        let mut builder = Connection::builder(&self.broker_url).close_timeout(CLOSING);
        let password = self.password.as_deref();
        if let Some(user) = &self.user {
            builder = builder.credentials(user, password.unwrap_or_default());
        } else if let Some(password) = password {
            // The user stands in the URI.
            builder = builder.configure(|mut options| {
                options.identity.password = Some(Secret::new(password));
                options
            });
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
        destinations::target(&self.destination).map_err(anyhow::Error::msg)
    }

    /// Whether the destination is a topic.
    pub fn is_topic(&self) -> bool {
        destinations::is_topic(&self.destination)
    }
}

impl Consistent for BrokerArguments {
    fn contradiction(&self, given: &Given<'_>) -> Option<String> {
        let somebody = self.user.is_some() || self.broker_url.contains("jms.userName=");
        let text = "a password is somebody's: give --user, or set AMQ_USER";
        (given.has("password") && !somebody).then(|| text.to_owned())
    }
}

/// How to reach the broker, as the subcommands of `relaismq` have it.
#[derive(Args, Clone, Debug)]
pub struct Reach {
    /// Broker URI, such as failover:(tcp://a:61616,tcp://b:61616); ssl:// for TLS
    #[arg(
        short,
        long,
        value_name = "URI",
        env = "AMQ_URL",
        hide_env_values = true,
        default_value = "failover:(tcp://localhost:61616)"
    )]
    url: String,
    /// User name
    #[arg(long, env = "AMQ_USER", hide_env_values = true, value_parser = values::some_text)]
    user: Option<String>,
    /// Password; better given in AMQ_PASSWORD, where `ps` does not show it
    #[arg(long, env = "AMQ_PASSWORD", hide_env_values = true, allow_hyphen_values = true)]
    password: Option<String>,
    /// Seconds to wait for the first connection; 0 waits for ever
    #[arg(long, value_name = "SECONDS", default_value_t = 15, allow_negative_numbers = true,
        value_parser = values::seconds)]
    connect_timeout: u64,
}

impl Reach {
    /// The broker, a destination there, and whether the summary is JSON.
    pub fn to(self, destination: String, json: bool) -> BrokerArguments {
        BrokerArguments {
            broker_url: self.url,
            user: self.user,
            password: self.password,
            connect_timeout: self.connect_timeout,
            destination,
            json,
        }
    }
}

impl Consistent for Reach {
    fn contradiction(&self, given: &Given<'_>) -> Option<String> {
        self.clone().to(String::new(), false).contradiction(given)
    }
}

/// Longer than anybody waits, and no overflow when added to now.
const FOR_EVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
/// How long the broker may take to say goodbye.
const CLOSING: Duration = Duration::from_secs(5);

//! Options that both programs have. Names and defaults are those of ActiveMQ's own commands; each is
//! also accepted in kebab-case.

use std::time::Duration;

use clap::Args;

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
    /// Time for the first connection; `None` for ever.
    pub fn connect_deadline(&self) -> Option<Duration> {
        (self.connect_timeout > 0).then(|| Duration::from_secs(self.connect_timeout))
    }
}

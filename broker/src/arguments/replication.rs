//! What is about several brokers with the same messages only.

use std::time::Duration;

use clap::Args;
use relaismq_options::Secret;

use crate::config::{ListenAddress, NodeAddress, Persistence, ReplicatedConfig, ZooKeeperConfig};

/// The replication's part of the command line. What is not given is as the file says.
#[derive(Debug, Args)]
#[command(next_help_heading = "Replication (for --store replicated:DIR, or a --config with \
                               replicatedLevelDB, whose attributes these are)")]
pub(super) struct ReplicationArgs {
    /// One of the brokers, this one too, where it serves the others; to be given for each, or with
    /// commas between them. ZooKeeper is not needed then
    #[arg(long, value_name = "NAME=HOST:PORT", value_delimiter = ',')]
    nodes: Vec<NodeAddress>,
    /// Name of this broker among them [default: the broker's name]
    #[arg(long, value_name = "NAME")]
    node: Option<String>,
    /// How many brokers there are; a majority has to be up [default: 3, or as many as --nodes]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=99))]
    replicas: Option<u32>,
    /// Where this broker serves the others; port 0 for any, if there is ZooKeeper [default:
    /// tcp://0.0.0.0:61619, or what --nodes says]
    #[arg(long, value_name = "tcp://HOST:PORT")]
    bind: Option<ListenAddress>,
    /// The name by which the others reach this broker [default: that of the machine]
    #[arg(long, value_name = "HOST")]
    hostname: Option<String>,
    /// Who of those with the newest messages becomes the master: the largest [default: 1]
    #[arg(long, value_name = "COUNT")]
    weight: Option<u32>,
    /// What all of the brokers know, and nobody else; better in the environment
    #[arg(long, value_name = "TEXT", env = "RELAISMQ_SECURITY_TOKEN", hide_env_values = true)]
    security_token: Option<String>,
    /// ZooKeeper's servers, through which the brokers find each other [default: 127.0.0.1:2181, and
    /// none with --nodes]
    #[arg(long, value_name = "HOST:PORT,…")]
    zk_address: Option<String>,
    /// What is made there is for those only that have this password; better in the environment
    #[arg(long, value_name = "PASSWORD", env = "RELAISMQ_ZK_PASSWORD", hide_env_values = true)]
    zk_password: Option<String>,
    /// Where in ZooKeeper the brokers meet [default: /default]
    #[arg(long, value_name = "PATH")]
    zk_path: Option<String>,
    /// How long ZooKeeper waits for a silent broker [default: 2000]
    #[arg(long, value_name = "MILLISECONDS")]
    zk_session_timeout: Option<u64>,
}

impl ReplicationArgs {
    /// Changes what was given.
    pub(super) fn change(&self, persistence: &mut Persistence) -> Result<(), String> {
        match persistence {
            Persistence::Replicated(replicated) => self.change_replicated(replicated),
            _ if self.is_given() => {
                Err("what is under `Replication` in --help is for messages on \
                                         several brokers, --store replicated:DIR"
                    .to_owned())
            }
            _ => Ok(()),
        }
    }

    /// But for secrets: they may be in the environment for another broker.
    fn is_given(&self) -> bool {
        !self.nodes.is_empty()
            || self.replicas.is_some()
            || self.bind.is_some()
            || self.weight.is_some()
            || [&self.node, &self.hostname, &self.zk_address, &self.zk_path]
                .iter()
                .any(|it| it.is_some())
            || self.zk_session_timeout.is_some()
    }

    fn change_replicated(&self, replicated: &mut ReplicatedConfig) -> Result<(), String> {
        if !self.nodes.is_empty() {
            replicated.nodes.clone_from(&self.nodes);
            replicated.replicas = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        }
        replicated.node = self.node.clone().or(replicated.node.take());
        replicated.replicas = self.replicas.unwrap_or(replicated.replicas);
        let bind = self.bind.as_ref().map(ToString::to_string);
        replicated.bind = bind.or(replicated.bind.take());
        replicated.hostname = self.hostname.clone().or(replicated.hostname.take());
        replicated.weight = self.weight.unwrap_or(replicated.weight);
        let token = self.security_token.clone().map(Secret::new);
        replicated.security_token = token.or(replicated.security_token.take());
        self.change_zookeeper(replicated);
        replicated.check().map_err(|error| error.to_string())
    }

    fn change_zookeeper(&self, replicated: &mut ReplicatedConfig) {
        let known = match replicated.zookeeper.take() {
            // Who knows all of the others does not have to look for them.
            None if self.zk_address.is_none() && !replicated.nodes.is_empty() => return,
            known => known.unwrap_or_default(),
        };
        let timeout = self.zk_session_timeout.map(Duration::from_millis);
        replicated.zookeeper = Some(ZooKeeperConfig {
            address: self.zk_address.clone().unwrap_or(known.address),
            password: self.zk_password.clone().map(Secret::new).or(known.password),
            path: self.zk_path.clone().unwrap_or(known.path),
            session_timeout: timeout.unwrap_or(known.session_timeout),
        });
    }
}

//! Several brokers as they were configured, for the replica of one of them.

use tokio::sync::watch;

use crate::{
    config::{NodeAddress, ReplicatedConfig},
    replica::{KEPT_LOG_BYTES, Member, ReplicaOptions, Token},
};

/// What a replica wants to know, and through what it is told later of others, and how many of them are
/// preferred to it.
pub(super) fn of(config: &ReplicatedConfig, broker: &str) -> (ReplicaOptions, Told) {
    let name = config.node.clone().unwrap_or_else(|| name_of(config, broker));
    let (own, others): (Vec<&NodeAddress>, Vec<&NodeAddress>) =
        config.nodes.iter().partition(|node| node.name == name);
    let bind =
        config.bind.as_deref().map(|bind| bind.strip_prefix("tcp://").unwrap_or(bind).to_owned());
    let usual = || format!("0.0.0.0:{DEFAULT_PORT}");
    let address = own.first().map(|own| own.address.clone());
    let bind = bind.or_else(|| address.clone()).unwrap_or_else(usual);
    let address = address.unwrap_or_else(|| reached_at(config, &bind));
    let replicas = config.replicas.max(1) as usize;
    let others = others.into_iter().map(member).collect();
    let told = (watch::Sender::new(others), watch::Sender::new(0));
    let options = ReplicaOptions {
        dir: config.directory.clone(),
        member: Member { name, address },
        bind,
        others: told.0.subscribe(),
        rank: told.1.subscribe(),
        replicas,
        token: Token::new(config.security_token.as_ref()),
        kept_log_bytes: KEPT_LOG_BYTES,
    };
    (options, told)
}

/// The others, and how many of them are preferred.
pub(super) type Told = (watch::Sender<Vec<Member>>, watch::Sender<usize>);

/// Brokers that are named beforehand have names of their own. Those that find each other have one name, as in
/// ActiveMQ: they are told apart by where their disks are.
fn name_of(config: &ReplicatedConfig, broker: &str) -> String {
    if !config.nodes.is_empty() {
        return broker.to_owned();
    }
    let directory = std::path::absolute(&config.directory);
    let directory = directory.unwrap_or_else(|_| config.directory.clone());
    format!("{}:{}", hostname(config), directory.display())
}

/// As it is configured, else that of the machine.
fn hostname(config: &ReplicatedConfig) -> String {
    let own = || nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok());
    config.hostname.clone().or_else(own).unwrap_or_else(|| "localhost".to_owned())
}

fn member(node: &NodeAddress) -> Member {
    Member { name: node.name.clone(), address: node.address.clone() }
}

/// Where the others reach what is bound to this address.
fn reached_at(config: &ReplicatedConfig, bind: &str) -> String {
    let (host, port) = bind.rsplit_once(':').unwrap_or((bind, ""));
    if config.hostname.is_some() || matches!(host, "0.0.0.0" | "[::]") {
        return format!("{}:{port}", hostname(config));
    }
    bind.to_owned()
}

const DEFAULT_PORT: u16 = 61619;

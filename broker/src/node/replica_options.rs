//! Several brokers as they were configured, for the replica of one of them.

use tokio::sync::watch;

use crate::{
    config::{NodeAddress, ReplicatedConfig},
    replica::{KEPT_LOG_BYTES, Member, ReplicaOptions, Token},
};

/// What a replica wants to know. Without `nodes` the broker is alone until somebody tells it of others.
pub(super) fn of(config: &ReplicatedConfig, broker: &str) -> ReplicaOptions {
    let name = config.node.as_deref().unwrap_or(broker);
    let (own, others): (Vec<&NodeAddress>, Vec<&NodeAddress>) =
        config.nodes.iter().partition(|node| node.name == name);
    let bind =
        config.bind.as_deref().map(|bind| bind.strip_prefix("tcp://").unwrap_or(bind).to_owned());
    let usual = || format!("0.0.0.0:{DEFAULT_PORT}");
    let address = own.first().map(|own| own.address.clone());
    let bind = bind.or_else(|| address.clone()).unwrap_or_else(usual);
    let address = address.unwrap_or_else(|| reached_at(config, &bind));
    let replicas = config.replicas.max(1) as usize;
    ReplicaOptions {
        dir: config.directory.clone(),
        member: Member { name: name.to_owned(), address },
        bind,
        others: watch::Sender::new(others.into_iter().map(member).collect()).subscribe(),
        replicas,
        token: Token::new(config.security_token.as_ref()),
        kept_log_bytes: KEPT_LOG_BYTES,
    }
}

fn member(node: &NodeAddress) -> Member {
    Member { name: node.name.clone(), address: node.address.clone() }
}

/// Where the others reach what is bound to this address.
fn reached_at(config: &ReplicatedConfig, bind: &str) -> String {
    let port = bind.rsplit_once(':').map_or("", |(_, port)| port);
    match &config.hostname {
        Some(host) => format!("{host}:{port}"),
        None => bind.to_owned(),
    }
}

const DEFAULT_PORT: u16 = 61619;

//! Brokers that keep the same messages, each on its own disk.

use std::{fmt, path::PathBuf, str::FromStr};

use relaismq_options::Secret;

use super::{error::ConfigError, listen::ListenAddress, zookeeper::ZooKeeperConfig};

/// Brokers that keep the same messages, each on its own disk: ActiveMQ's `replicatedLevelDB`. What is confirmed
/// is on a majority of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicatedConfig {
    /// Directory of this broker's copy. Default `LevelDB`.
    pub directory: PathBuf,
    /// How many brokers there are. Default 3. With `nodes` it is their number.
    pub replicas: u32,
    /// This broker's name among the others; no two have the same. Default: the broker's name.
    pub node: Option<String>,
    /// All of them, this one too, if they are known beforehand. Without ZooKeeper they have to be.
    pub nodes: Vec<NodeAddress>,
    /// Where this broker serves the others. Default `tcp://0.0.0.0:61619`; with `nodes`, the address of this
    /// one there.
    pub bind: Option<String>,
    /// The name by which the others reach this broker, if they are not known beforehand. Default: that of the
    /// machine.
    pub hostname: Option<String>,
    /// ActiveMQ's `container`: shown to people in ZooKeeper, and nothing else.
    pub container: Option<String>,
    /// What all of them know, and nobody else: who does not is not listened to.
    pub security_token: Option<Secret>,
    /// Who of those that have the newest messages becomes master: the largest. Default 1.
    pub weight: u32,
    /// Where a message has to be before it is confirmed, as ActiveMQ writes it. Default `quorum_mem`. Whatever
    /// it says, that is the disks of a majority.
    pub sync: String,
    /// Where the brokers find each other, if they are not known beforehand. It decides nothing.
    pub zookeeper: Option<ZooKeeperConfig>,
}

impl Default for ReplicatedConfig {
    fn default() -> Self {
        Self {
            directory: "LevelDB".into(),
            replicas: 3,
            node: None,
            nodes: Vec::new(),
            bind: None,
            hostname: None,
            container: None,
            security_token: None,
            weight: 1,
            sync: "quorum_mem".to_owned(),
            zookeeper: None,
        }
    }
}

/// What of a configuration cannot be meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{attribute}: {what}")]
pub(crate) struct Contradiction {
    /// Of which attribute it is told.
    pub(super) attribute: &'static str,
    /// What is wrong, and what to do.
    pub(super) what: String,
}

impl ReplicatedConfig {
    /// What depends on several settings.
    pub(crate) fn check(&self) -> Result<(), Contradiction> {
        let told = |attribute, what: &str| Err(Contradiction { attribute, what: what.to_owned() });
        if let Some(zookeeper) = &self.zookeeper {
            zookeeper.place().map_err(|error| {
                let attribute = if error.is_path() { "zkPath" } else { "zkAddress" };
                Contradiction { attribute, what: error.to_string() }
            })?;
        } else if self.bind.as_deref().is_some_and(has_any_port) {
            return told(
                "bind",
                "with port 0 the others do not know where this broker is: write the port that `nodes` \
                 names, or zkAddress",
            );
        }
        Ok(())
    }
}

fn has_any_port(address: &str) -> bool {
    address.parse::<ListenAddress>().is_ok_and(|it| it.host_and_port().1 == 0)
}

/// A broker among those that keep the same messages, and where it serves the others: `NAME=HOST:PORT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeAddress {
    /// Its name; no two have the same.
    pub name: String,
    /// `HOST:PORT`.
    pub address: String,
}

impl FromStr for NodeAddress {
    type Err = ConfigError;

    /// `NAME=HOST:PORT`, for which `NAME@HOST:PORT` is the same.
    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let refuse = |hint| ConfigError::new("node", text, hint);
        let (name, address) = text
            .split_once(['=', '@'])
            .ok_or_else(|| refuse("write NAME=HOST:PORT, like a=10.0.0.1:61619"))?;
        if name.is_empty() {
            return Err(refuse("the name is missing: write NAME=HOST:PORT"));
        }
        let address = address.strip_prefix("tcp://").unwrap_or(address);
        let (host, port) = address
            .rsplit_once(':')
            .ok_or_else(|| refuse("the port is missing: write NAME=HOST:PORT"))?;
        if host.is_empty() || !port.parse::<u16>().is_ok_and(|port| port > 0) {
            return Err(refuse("write NAME=HOST:PORT with a port from 1 to 65535"));
        }
        Ok(Self { name: name.to_owned(), address: address.to_owned() })
    }
}

impl fmt::Display for NodeAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_read_back_as_they_print() {
        for text in ["a=127.0.0.1:61619", "b=[::1]:1", "broker-3=my_host:65535"] {
            assert_eq!(text.parse::<NodeAddress>().unwrap().to_string(), text);
        }
        let as_an_address = "a@tcp://host:1".parse::<NodeAddress>().unwrap();
        assert_eq!(as_an_address.to_string(), "a=host:1");
    }

    #[test]
    fn what_is_no_node_is_refused_with_a_hint() {
        for text in ["", "a", "a=", "=host:1", "a=host", "a=host:0", "a=:1", "a=host:65536"] {
            let refused = text.parse::<NodeAddress>().unwrap_err().to_string();
            assert!(refused.contains("NAME=HOST:PORT"), "{text}: {refused}");
        }
    }
}

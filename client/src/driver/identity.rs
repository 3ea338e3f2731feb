//! Names for connections, unique in the world.

use std::fs;

use relaismq_openwire::ConnectionId;

use crate::options::ConnectOptions;
use crate::proto::io::Now;

/// A new id in ActiveMQ's form, so that its console shows where a connection comes from.
pub(super) fn connection_id(options: &ConnectOptions, random: u64, now: Now) -> ConnectionId {
    let prefix = match &options.identity.connection_id_prefix {
        Some(prefix) => prefix.clone(),
        None => format!("ID:{}", host()),
    };
    let (process, random) = (std::process::id(), random & 0xffff_ffff);
    ConnectionId::new(format!("{prefix}-{process}-{}-{random:08x}:1", now.unix_ms))
}

/// The host's own name, where the system tells it.
fn host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname")
        .or_else(|_| fs::read_to_string("/etc/hostname"))
        .unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "localhost".to_owned() } else { name.to_owned() }
}

//! What `--check` prints.

use crate::{
    config::{
        AdminAddress, BrokerConfig, Connector, DatabaseConfig, DatabaseLocker, Persistence,
        ReplicatedConfig,
    },
    engine::WhenFull,
    store::lock::LockOptions,
};

/// What would run, a line for each subject.
pub(crate) fn report(config: &BrokerConfig) -> String {
    let BrokerConfig { name, connectors, persistence, lock, limits, settings, .. } = config;
    let usual = [Connector::default()];
    let connectors = if connectors.is_empty() { &usual[..] } else { connectors };
    let connectors: Vec<_> = connectors.iter().map(ToString::to_string).collect();
    let mut lines = vec![
        format!("broker {name}"),
        format!("serves {}", connectors.join(", ")),
        format!("keeps messages {persistence}"),
    ];
    lines.extend(details(persistence));
    lines.extend(of_lock(persistence, lock));
    let full = match settings.when_full {
        WhenFull::Wait => "waits",
        WhenFull::Refuse => "is told so",
    };
    lines.push(format!("who sends what there is no room for {full}"));
    lines.push(format!(
        "memory of waiting messages {}, of each queue {}, of unacknowledged ones {}",
        size(settings.memory_bytes as u64),
        size(settings.queue_memory_bytes as u64),
        size(settings.in_flight_bytes as u64),
    ));
    lines.push(format!(
        "{} connections, frames of at most {}",
        limits.max_connections,
        size(limits.max_frame_bytes)
    ));
    lines.push(of_admin(&config.admin.address));
    lines.push(format!("dead letters go to {}", settings.dead_letter_queue));
    lines.join("\n")
}

fn details(persistence: &Persistence) -> Option<String> {
    match persistence {
        Persistence::Memory => None,
        Persistence::Directory(it) => Some(it.limit.map_or_else(
            || "its files may fill the disk, but for a reserve".to_owned(),
            |limit| format!("its files may have {}", size(limit.0)),
        )),
        Persistence::Database(it) => Some(of_database(it)),
        Persistence::Replicated(it) => Some(of_replication(it)),
    }
}

fn of_lock(persistence: &Persistence, lock: &LockOptions) -> Option<String> {
    let shared = matches!(persistence, Persistence::Directory(_) | Persistence::Database(_));
    let waits = if lock.fail_if_locked { "this one ends" } else { "this one waits as its slave" };
    let text = match lock.use_lock {
        true => format!("if another broker is the master, {waits}"),
        false => "takes no lock: no other broker may use the same".to_owned(),
    };
    shared.then_some(text)
}

fn of_admin(address: &AdminAddress) -> String {
    match address.place().filter(|_| cfg!(feature = "admin")) {
        Some(place) => format!("its admin page is http://{place}/admin/"),
        None => "it has no admin page".to_owned(),
    }
}

fn of_database(database: &DatabaseConfig) -> String {
    let user = database.user.as_deref().map_or(String::new(), |user| format!("as {user}, "));
    let locker = match &database.locker {
        DatabaseLocker::Lease { .. } => "the master has a lease",
        DatabaseLocker::Row => "the master keeps a row locked",
    };
    format!("{user}{locker}")
}

fn of_replication(replicated: &ReplicatedConfig) -> String {
    let ReplicatedConfig { directory, replicas, weight, bind, zookeeper, nodes, .. } = replicated;
    let bind = bind.as_deref().unwrap_or("tcp://0.0.0.0:61619");
    let majority = replicas / 2 + 1;
    let others = match zookeeper {
        Some(it) => format!("found through ZooKeeper at {}, path {}", it.address, it.path),
        None => nodes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    };
    format!(
        "its copy is in {}; {majority} of {replicas} have to be up; weight {weight}\n\
         serves the others at {bind}; they are {others}",
        directory.display()
    )
}

fn size(bytes: u64) -> String {
    let units = [("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)];
    let unit = units.iter().find(|(_, unit)| bytes >= *unit && bytes.is_multiple_of(*unit));
    unit.map_or_else(|| format!("{bytes} bytes"), |(name, unit)| format!("{} {name}", bytes / unit))
}

//! From what was read to a configuration: whatever depends on several elements.

use std::{path::Path, time::Duration};

use super::{
    draft::{Adapter, Draft, LockerKind},
    reader::Reader,
};
use crate::config::{
    BrokerConfig,
    database::{DatabaseConfig, DatabaseLocker, LeaseConfig, Location},
    persistence::{DirectoryConfig, Persistence},
    size::ByteSize,
};
use crate::store::file::LEAST_LIMIT_BYTES;

/// How often a waiting broker looks at the lock of a directory, and its master.
const DIRECTORY_TIMES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// What was read, as a configuration; `at` is where the broker's element stands.
pub(super) fn finish(reader: &mut Reader<'_>, at: usize) -> BrokerConfig {
    connectors(reader, at);
    let persistence = persistence(reader, at);
    let draft = std::mem::take(&mut reader.draft);
    let mut settings = draft.settings;
    if persistence == Persistence::Memory {
        settings.store_bytes = draft.store_limit;
    }
    BrokerConfig {
        name: draft.name,
        data_directory: draft.data_directory,
        connectors: draft.connectors,
        persistence,
        limits: draft.limits,
        settings,
    }
}

fn connectors(reader: &mut Reader<'_>, at: usize) {
    if !reader.draft.connectors.is_empty() || reader.is_refused() {
        return;
    }
    match reader.draft.unserved {
        Some(at) => {
            let what = "no connector is left that is served";
            let remedy = "add <transportConnector uri=\"tcp://0.0.0.0:61616\"/>, or --listen";
            reader.refuse(at, "transportConnectors", what, remedy);
        }
        None => {
            let what = "no <transportConnectors>: ActiveMQ would serve nobody outside of its own \
                        process; this broker serves tcp://127.0.0.1:61616";
            reader.warn(at, "broker", what, "");
        }
    }
}

fn persistence(reader: &mut Reader<'_>, at: usize) -> Persistence {
    let (adapter, persistent) = (reader.draft.adapter, reader.draft.persistent);
    if !persistent || adapter == Some(Adapter::Memory) {
        if adapter.is_some_and(|it| it != Adapter::Memory) {
            let what = "has no effect: persistent=\"false\" keeps messages in memory";
            reader.warn(at, "persistenceAdapter", what, "");
        }
        return Persistence::Memory;
    }
    if reader.draft.delete_all_messages {
        let what = "removing what was kept is not built yet";
        let remedy = "leave it out, and remove the directory or the tables before the start, if that is meant";
        reader.refuse(at, "broker deleteAllMessagesOnStartup", what, remedy);
    }
    match adapter {
        Some(Adapter::Database) => Persistence::Database(Box::new(database(reader, at))),
        Some(Adapter::Replicated) => {
            Persistence::Replicated(Box::new(std::mem::take(&mut reader.draft.replicated)))
        }
        _ => Persistence::Directory(directory(reader, at)),
    }
}

fn directory(reader: &mut Reader<'_>, at: usize) -> DirectoryConfig {
    let (poll, keep_alive) = DIRECTORY_TIMES;
    let draft = &mut reader.draft;
    let usual = || draft.data_directory.join(folder_name(&draft.name)).join("KahaDB");
    let directory = draft.directory.directory.clone().unwrap_or_else(usual);
    let mut config = DirectoryConfig { directory, ..draft.directory.config.clone() };
    config.lock.acquire_sleep = draft.locker.acquire_sleep;
    config.limit = draft.store_limit.map(ByteSize);
    if config.lock.acquire_sleep.is_some_and(|time| time > poll) {
        let what = "has no effect: a waiting broker looks every 100 ms, and takes over sooner";
        reader.warn(at, "lockAcquireSleepInterval", what, "");
    }
    if config.lock.keep_alive.is_some_and(|time| time != keep_alive) {
        let what = "has no effect yet: the master looks every 5 s whether it still is";
        reader.warn(at, "lockKeepAlivePeriod", what, "");
    }
    if config.limit.is_some_and(|ByteSize(bytes)| bytes < LEAST_LIMIT_BYTES) {
        let what = "is too small for a store in a directory";
        reader.refuse(at, "storeUsage limit", what, "write at least 16 mb, or leave it out");
    }
    config
}

/// As ActiveMQ makes one of a broker's name.
fn folder_name(name: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | ':');
    name.chars().map(|c| if fits(c) { c } else { '_' }).collect()
}

fn database(reader: &mut Reader<'_>, at: usize) -> DatabaseConfig {
    let locker = locker(&reader.draft);
    let too_short = match &locker {
        DatabaseLocker::Lease(lease) => lease.keep_alive >= lease.acquire_sleep,
        DatabaseLocker::Row { .. } | DatabaseLocker::None => false,
    };
    if too_short {
        let what =
            "a lease of lockAcquireSleepInterval runs out before lockKeepAlivePeriod is over";
        let remedy = "make lockKeepAlivePeriod a third of it, or leave both out";
        reader.refuse(at, "jdbcPersistenceAdapter lockKeepAlivePeriod", what, remedy);
    }
    let draft = &mut reader.draft;
    let folder = draft.database.data_directory.as_deref().unwrap_or(&draft.data_directory);
    let usual = || DatabaseConfig::new(Location::File(Path::new(folder).join("activemq.sqlite")));
    let found = draft.database.found.clone();
    DatabaseConfig {
        create_tables_on_startup: draft.database.create_tables_on_startup,
        cleanup_period: draft.database.cleanup_period,
        tables: std::mem::take(&mut draft.database.tables),
        locker,
        ..found.unwrap_or_else(usual)
    }
}

fn locker(draft: &Draft) -> DatabaseLocker {
    let (database, locker) = (&draft.database, &draft.locker);
    if !database.use_lock {
        return DatabaseLocker::None;
    }
    let acquire_sleep = locker.acquire_sleep.or(database.acquire_sleep);
    let acquire_sleep = acquire_sleep.unwrap_or(Duration::from_secs(10));
    if locker.kind == Some(LockerKind::Row) {
        return DatabaseLocker::Row {
            acquire_sleep,
            keep_alive: database.keep_alive.unwrap_or(Duration::from_secs(30)),
            fail_if_locked: locker.fail_if_locked,
        };
    }
    let usual = LeaseConfig::default();
    DatabaseLocker::Lease(LeaseConfig {
        acquire_sleep,
        keep_alive: database.keep_alive.unwrap_or(usual.keep_alive.min(acquire_sleep / 3)),
        max_allowable_diff_from_db_time: locker.max_diff,
        holder: locker.holder.clone(),
        fail_if_locked: locker.fail_if_locked,
    })
}

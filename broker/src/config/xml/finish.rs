//! From what was read to a configuration: whatever depends on several elements.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use super::{draft::Adapter, reader::Reader};
use crate::config::{
    AdminConfig, BrokerConfig,
    database::{DatabaseConfig, DatabaseLocker, Location},
    persistence::{DirectoryConfig, Persistence},
    replicated::ReplicatedConfig,
    size::ByteSize,
    tls::TlsConfig,
};
use crate::store::file::LEAST_LIMIT_BYTES;

/// What was read, as a configuration; `at` is where the broker's element stands.
pub(super) fn finish(reader: &mut Reader<'_>, at: usize) -> BrokerConfig {
    connectors(reader, at);
    certificates(reader);
    let persistence = persistence(reader, at);
    let draft = std::mem::take(&mut reader.draft);
    let mut settings = draft.settings;
    if persistence == Persistence::Memory {
        settings.store_bytes = draft.store_limit;
    }
    BrokerConfig {
        admin: AdminConfig::default(),
        name: draft.name,
        data_directory: draft.data_directory,
        connectors: draft.connectors,
        tls: draft.tls,
        persistence,
        lock: draft.lock,
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
            let remedy = "add <transportConnector uri=\"tcp://0.0.0.0:61616\"/>";
            reader.refuse(at, "transportConnectors", what, remedy);
        }
        None => {
            let what = "no <transportConnectors>: ActiveMQ would serve nobody outside of its own \
                        process; this broker serves tcp://127.0.0.1:61616, or what --listen says";
            reader.warn(at, "broker", what, "");
        }
    }
}

/// Of `<sslContext>`, or as a Java virtual machine is told.
fn certificates(reader: &mut Reader<'_>) {
    let of_java = TlsConfig::of_java(&reader.properties);
    let draft = &mut reader.draft;
    let tls = &mut draft.tls;
    if tls.certificate.is_none() {
        (tls.certificate, tls.password) = (of_java.certificate, of_java.password);
    }
    if tls.trust.is_none() {
        (tls.trust, tls.trust_password) = (of_java.trust, of_java.trust_password);
    }
    for store in [&mut tls.certificate, &mut tls.trust].into_iter().flatten() {
        *store = on_class_path(store, reader.properties.get("activemq.conf"));
    }
    let (no_certificate, no_trust) = (tls.certificate.is_none(), tls.trust.is_none());
    let (secure, asking) = (draft.secure, draft.asking);
    if let Some(at) = secure.filter(|_| no_certificate) {
        let what = "this connector needs a certificate, and nobody says which";
        let remedy = "write <sslContext><sslContext keyStore=\"file:…\" keyStorePassword=\"…\"/></sslContext>, \
                      or give --tls-certificate";
        reader.refuse(at, "transportConnector uri", what, remedy);
    }
    if let Some(at) = asking.filter(|_| no_trust) {
        let what =
            "this connector asks clients for certificates, and nobody says whose are accepted";
        let remedy = "write trustStore=\"file:…\" into <sslContext>, or give --tls-trust";
        reader.refuse(at, "transportConnector uri", what, remedy);
    }
}

/// ActiveMQ finds `broker.ks` in its folder `conf`, too.
fn on_class_path(file: &Path, conf: Option<&str>) -> PathBuf {
    let there = conf.map(|conf| Path::new(conf).join(file));
    there.filter(|there| !file.exists() && there.exists()).unwrap_or_else(|| file.to_owned())
}

fn persistence(reader: &mut Reader<'_>, at: usize) -> Persistence {
    let (adapter, persistent) = (reader.draft.adapter, reader.draft.persistent);
    if !persistent || adapter == Some(Adapter::Memory) {
        if adapter.is_some_and(|it| it != Adapter::Memory) {
            let what = "has no effect: persistent=\"false\" keeps messages in memory";
            let at = reader.draft.adapter_at;
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
        Some(Adapter::Database) => {
            Persistence::Database(Box::new(database(reader, reader.draft.adapter_at.max(at))))
        }
        Some(Adapter::Replicated) => {
            let zookeeper = std::mem::take(&mut reader.draft.zookeeper);
            let zookeeper = reader.draft.names_zookeeper.then_some(zookeeper);
            let replicated = std::mem::take(&mut reader.draft.replicated);
            Persistence::Replicated(Box::new(ReplicatedConfig { zookeeper, ..replicated }))
        }
        _ => Persistence::Directory(directory(reader, reader.draft.adapter_at.max(at))),
    }
}

fn directory(reader: &mut Reader<'_>, at: usize) -> DirectoryConfig {
    let draft = &reader.draft;
    let usual = || draft.data_directory.join(folder_name(&draft.name)).join("KahaDB");
    let directory = draft.directory.clone().unwrap_or_else(usual);
    let limit = draft.store_limit.map(ByteSize);
    if limit.is_some_and(|ByteSize(bytes)| bytes < LEAST_LIMIT_BYTES) {
        let what = "is too small for a store in a directory";
        reader.refuse(at, "storeUsage limit", what, "write at least 16 mb, or leave it out");
    }
    DirectoryConfig { limit, ..DirectoryConfig::new(directory) }
}

/// As ActiveMQ makes one of a broker's name.
fn folder_name(name: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | ':');
    name.chars().map(|c| if fits(c) { c } else { '_' }).collect()
}

fn database(reader: &mut Reader<'_>, at: usize) -> DatabaseConfig {
    let lock = reader.draft.lock;
    let lease = matches!(reader.draft.locker, DatabaseLocker::Lease { .. });
    let good_for = lock.acquire_interval.unwrap_or(USUAL_LEASE);
    if lock.use_lock && lease && lock.keep_alive.is_some_and(|period| period >= good_for) {
        let what =
            "a lease of lockAcquireSleepInterval runs out before lockKeepAlivePeriod is over";
        let remedy = "make lockKeepAlivePeriod a third of it, or leave both out";
        reader.refuse(at, "jdbcPersistenceAdapter lockKeepAlivePeriod", what, remedy);
    }
    let draft = &mut reader.draft;
    let folder = draft.database.data_directory.as_deref().unwrap_or(&draft.data_directory);
    let usual = || DatabaseConfig::new(Location::File(folder.join(EMBEDDED)));
    let found = draft.database.found.clone();
    DatabaseConfig {
        create_tables_on_startup: draft.database.create_tables_on_startup,
        table_prefix: std::mem::take(&mut draft.database.table_prefix),
        locker: draft.locker.clone(),
        ..found.unwrap_or_else(usual)
    }
}

/// ActiveMQ's `lockAcquireSleepInterval`.
const USUAL_LEASE: Duration = Duration::from_secs(10);

/// File of the database of whoever names none.
const EMBEDDED: &str = "relaismq.sqlite";

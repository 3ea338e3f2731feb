//! What is kept, and where.

use std::time::Duration;

use relaismq_options::{Kind, Row, Secret};

use super::{
    database::JDBC,
    locker::{DIRECTORY_LOCKER, STOP_ON_ERROR, USE_LOCK},
};
use crate::config::xml::{
    draft::{Adapter, Draft},
    reader::Element,
    rows::{TUNING, idle, unneeded},
};

pub(super) static PERSISTENCE_ADAPTER: Element = Element {
    children: &[
        &KAHA_DB,
        &JDBC,
        &REPLICATED,
        &Element {
            attributes: &[idle("createTransactionStore", TUNING)],
            enter: |draft| draft.adapter = Some(Adapter::Memory),
            ..Element::read("memoryPersistenceAdapter", "Messages in memory.")
        },
        &Element::refused(
            "mKahaDB",
            "several stores side by side are not built yet",
            ONE_DIRECTORY,
        ),
        &Element::refused("levelDB", "LevelDB is not supported", ONE_DIRECTORY),
        &Element::refused(
            "amqPersistenceAdapter",
            "this store is gone from ActiveMQ, too",
            ONE_DIRECTORY,
        ),
        &Element::refused(
            "kahaPersistenceAdapter",
            "this store is gone from ActiveMQ, too",
            ONE_DIRECTORY,
        ),
        &Element::refused("journaledJDBC", JOURNAL, "write <jdbcPersistenceAdapter>"),
        &Element::refused("journalPersistenceAdapter", JOURNAL, "write <jdbcPersistenceAdapter>"),
        &Element::refused("bean", "stores of Java cannot be run", ONE_DIRECTORY),
        &Element::refused("ref", "stores of Java cannot be run", ONE_DIRECTORY),
    ],
    leave: |reader, node| reader.draft.adapter_at = node.range().start,
    ..Element::read("persistenceAdapter", "What is kept, and where.")
};

const ONE_DIRECTORY: &str = "write <kahaDB directory=\"DIR\"/>: one directory for all destinations";
const JOURNAL: &str =
    "a journal in front of a database is not supported; it would keep a slave from taking over";

static KAHA_DB: Element = Element {
    attributes: KAHA_ATTRIBUTES,
    children: &[&DIRECTORY_LOCKER],
    enter: |draft| draft.adapter = Some(Adapter::Directory),
    ..Element::read(
        "kahaDB",
        "Messages in a directory, which brokers may share. Its files are not KahaDB's.",
    )
};

const SYNCED: &str = "what is confirmed has been synced to the disk, whatever is said";
const SEGMENTS: &str = "the store sizes its own files";
const DAMAGE: &str = "damage is always noticed, and never passed over";

const KAHA_ATTRIBUTES: &[Row<Draft>] = &[
    Row {
        name: "directory",
        kind: Kind::Text(|o, v| o.directory = Some(v.into())),
        default: "",
        doc: "The directory; unset: KahaDB, below the broker's name, in dataDirectory. One with KahaDB's own files is refused.",
    },
    Row {
        name: "lockKeepAlivePeriod",
        kind: Kind::Timeout(|o, v| o.lock.keep_alive = v),
        default: "5000",
        doc: "How often the master looks whether it still is. It looks every 5 s if nothing is said; ActiveMQ never does.",
    },
    Row {
        name: "databaseLockedWaitDelay",
        kind: Kind::Millis(|o, v| o.lock.acquire_interval = Some(v)),
        default: "",
        doc: "An old name of the locker's lockAcquireSleepInterval.",
    },
    Row {
        name: "failIfDatabaseIsLocked",
        kind: Kind::Bool(|o, v| o.lock.fail_if_locked = v),
        default: "false",
        doc: "An old name of the locker's failIfLocked.",
    },
    USE_LOCK,
    unneeded("enableJournalDiskSyncs", "true", SYNCED),
    unneeded("journalDiskSyncStrategy", "always", SYNCED),
    idle("journalDiskSyncInterval", SYNCED),
    idle("concurrentStoreAndDispatchQueues", SYNCED),
    idle("concurrentStoreAndDispatchTopics", SYNCED),
    idle("concurrentStoreAndDispatchTransactions", SYNCED),
    idle("enableIndexWriteAsync", SYNCED),
    idle("enableIndexDiskSyncs", SYNCED),
    idle("checkpointInterval", SYNCED),
    idle("cleanupInterval", "room is given back as soon as it can be"),
    idle("cleanupOnStop", "room is given back as soon as it can be"),
    idle("enableAckCompaction", "room is given back as soon as it can be"),
    idle("compactAcksAfterNoGC", "room is given back as soon as it can be"),
    idle("compactAcksIgnoresStoreGrowth", "room is given back as soon as it can be"),
    idle("journalMaxFileLength", SEGMENTS),
    idle("journalMaxWriteBatchSize", SEGMENTS),
    idle("preallocationScope", SEGMENTS),
    idle("preallocationStrategy", SEGMENTS),
    idle("indexCacheSize", SEGMENTS),
    idle("indexLFUEvictionFactor", SEGMENTS),
    idle("indexWriteBatchSize", SEGMENTS),
    idle("indexPageSize", SEGMENTS),
    idle("indexDirectory", SEGMENTS),
    idle("enableIndexPageCaching", SEGMENTS),
    idle("enableIndexRecoveryFile", SEGMENTS),
    idle("maxAsyncJobs", TUNING),
    idle("maxFailoverProducersToTrack", "--remembered-producers says how many"),
    idle("failoverProducersAuditDepth", "a producer's last sequence is enough"),
    unneeded("checksumJournalFiles", "true", DAMAGE),
    idle("checkForCorruptJournalFiles", DAMAGE),
    idle("ignoreMissingJournalfiles", DAMAGE),
    idle("archiveCorruptedIndex", DAMAGE),
    idle("archiveDataLogs", "files whose messages are gone are removed"),
    idle("directoryArchive", "files whose messages are gone are removed"),
    idle("brokerName", "the broker has one name"),
    idle("enableSubscriptionStatistics", "there is no JMX here"),
    idle("forceRecoverIndex", "the index is made anew when it has to be"),
    idle("rewriteOnRedelivery", "what was given out is always noted"),
    idle("purgeRecoveredXATransactions", "there are no XA transactions"),
    idle("purgeRecoveredXATransactionStrategy", "there are no XA transactions"),
    STOP_ON_ERROR,
    idle("useIndexLFRUEviction", SEGMENTS),
    unneeded("storeOpenWireVersion", "11", "the store keeps version 11, as ActiveMQ's"),
];

static REPLICATED: Element = Element {
    attributes: REPLICATED_ATTRIBUTES,
    enter: |draft| draft.adapter = Some(Adapter::Replicated),
    ..Element::read("replicatedLevelDB", "Messages on a majority of brokers.")
};

const REPLICATED_ATTRIBUTES: &[Row<Draft>] = &[
    Row {
        name: "directory",
        kind: Kind::Text(|o, v| o.replicated.directory = v.into()),
        default: "LevelDB",
        doc: "Directory of this broker's copy.",
    },
    Row {
        name: "replicas",
        kind: Kind::Count(1, 99, |o, v| o.replicated.replicas = v),
        default: "3",
        doc: "How many brokers there are; a majority has to be up.",
    },
    Row {
        name: "bind",
        kind: Kind::Text(|o, v| o.replicated.bind = Some(v.to_owned())),
        default: "tcp://0.0.0.0:61619",
        doc: "Where the master serves the others.",
    },
    Row {
        name: "hostname",
        kind: Kind::Text(|o, v| o.replicated.hostname = Some(v.to_owned())),
        default: "",
        doc: "The name by which the others reach this broker; unset: that of the machine.",
    },
    Row {
        name: "zkAddress",
        kind: Kind::Text(|o, v| o.zookeeper.address = v.to_owned()),
        default: "127.0.0.1:2181",
        doc: "ZooKeeper's servers, with commas between them.",
    },
    Row {
        name: "zkPassword",
        kind: Kind::Secret(|o, v| o.zookeeper.password = Some(Secret::new(v))),
        default: "",
        doc: "ZooKeeper's password.",
    },
    Row {
        name: "zkPath",
        kind: Kind::Text(|o, v| o.zookeeper.path = v.to_owned()),
        default: "/default",
        doc: "Where in ZooKeeper the brokers meet.",
    },
    SESSION,
    Row { name: "zkSessionTmeout", ..SESSION },
    Row {
        name: "weight",
        kind: Kind::Count(0, u32::MAX, |o, v| o.replicated.weight = v),
        default: "1",
        doc: "Who becomes master of those with the newest messages: the largest.",
    },
    Row {
        name: "sync",
        kind: Kind::Text(|o, v| o.replicated.sync = v.to_owned()),
        default: "quorum_mem",
        doc: "Where a message is before it is confirmed.",
    },
    idle("container", "it concerns Fabric"),
    idle("containerWeights", "it concerns Fabric"),
    idle("minReplica", TUNING),
    idle("indexFactory", TUNING),
    idle("logSize", TUNING),
    idle("writeBufferSize", TUNING),
    idle("securityToken", TUNING),
];

const SESSION: Row<Draft> = Row {
    name: "zkSessionTimeout",
    kind: Kind::Names("a time like 2s", |o, v| {
        o.zookeeper.session_timeout = seconds(v).ok_or("write a time like 2s or 500ms")?;
        Ok(())
    }),
    default: "2s",
    doc: "How long ZooKeeper waits for a silent broker. Before ActiveMQ 5.11 it is written zkSessionTmeout.",
};

fn seconds(text: &str) -> Option<Duration> {
    match text.strip_suffix("ms") {
        Some(millis) => millis.trim().parse().ok().map(Duration::from_millis),
        None => text.strip_suffix('s').unwrap_or(text).trim().parse().ok().map(Duration::from_secs),
    }
}

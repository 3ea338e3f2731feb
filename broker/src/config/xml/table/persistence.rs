//! What is kept, and where.

use relaismq_options::{Kind, Row};

use super::{
    database::JDBC,
    locker::{DIRECTORY_LOCKER, STOP_ON_ERROR, USE_LOCK},
    replicated::REPLICATED,
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

const DECIDED: &str = "a prepared transaction waits until its transaction manager has decided";
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
    unneeded("purgeRecoveredXATransactions", "false", DECIDED),
    unneeded("purgeRecoveredXATransactionStrategy", "NEVER", DECIDED),
    STOP_ON_ERROR,
    idle("useIndexLFRUEviction", SEGMENTS),
    unneeded("storeOpenWireVersion", "11", "the store keeps version 11, as ActiveMQ's"),
];

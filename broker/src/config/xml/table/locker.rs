//! Who of several brokers is the master.

use relaismq_options::{Kind, Row};

use crate::config::{
    database::DatabaseLocker,
    xml::{
        draft::Draft,
        reader::Element,
        rows::{NAME, idle},
    },
};

/// In `kahaDB`.
pub(super) static DIRECTORY_LOCKER: Element = Element {
    children: &[
        &Element {
            attributes: FILE,
            ..Element::read(
                "shared-file-locker",
                "A lock on the file `lock`, as it is always taken.",
            )
        },
        &Element::refused(
            "lease-database-locker",
            "the lock of a database, for a directory",
            "write <shared-file-locker/>",
        ),
        &Element::refused(
            "database-locker",
            "the lock of a database, for a directory",
            "write <shared-file-locker/>",
        ),
        &Element::refused(
            "bean",
            "lockers of Java cannot be run",
            "leave it out: the file `lock` is locked",
        ),
    ],
    ..Element::read("locker", "How the master is found.")
};

const FILE: &[Row<Draft>] = &[SLEEP, FAIL, idle("name", "nobody is told it")];

const SLEEP: Row<Draft> = Row {
    name: "lockAcquireSleepInterval",
    kind: Kind::Millis(|o, v| o.lock.acquire_interval = Some(v)),
    default: "",
    doc: "How often a waiting broker looks; a lease is good for so long. Unset: 100 in a directory, 10000 in a database.",
};

/// In `jdbcPersistenceAdapter`.
pub(super) static DATABASE_LOCKER: Element = Element {
    children: &[
        &Element {
            attributes: LEASE,
            enter: |draft| draft.locker = DatabaseLocker::default(),
            ..Element::read("lease-database-locker", "A lease that runs out; the default.")
        },
        &Element {
            attributes: ROW,
            enter: |draft| draft.locker = DatabaseLocker::Row,
            ..Element::read("database-locker", "A row that stays locked: ActiveMQ's default.")
        },
        &Element::refused(
            "transact-database-locker",
            "it is for SQL Server, which is not supported",
            "write <lease-database-locker/>",
        ),
        &Element::refused(
            "shared-file-locker",
            "the lock of a directory, for a database",
            "write <lease-database-locker/>",
        ),
        &Element::refused(
            "bean",
            "lockers of Java cannot be run",
            "write <lease-database-locker/>",
        ),
    ],
    ..Element::read("locker", "How the master is found.")
};

const LEASE: &[Row<Draft>] = &[
    SLEEP,
    FAIL,
    Row {
        name: "leaseHolderId",
        kind: Kind::Text(|o, v| {
            if let DatabaseLocker::Lease { holder } = &mut o.locker {
                *holder = Some(v.to_owned());
            }
        }),
        default: "",
        doc: "Who holds the lease; unset: the broker's name. Two brokers must not have the same.",
    },
    idle("maxAllowableDiffFromDBTime", "leases are counted by the database's clock alone"),
    idle("handleStartException", "a broker that cannot start says so and ends"),
    idle("queryTimeout", "a question to the database that takes too long counts as lost"),
    NAME,
];

const ROW: &[Row<Draft>] = &[
    SLEEP,
    FAIL,
    idle("queryTimeout", "a question to the database that takes too long counts as lost"),
    idle("exceptionHandler", "a broker that cannot reach its database waits"),
    NAME,
];

const FAIL: Row<Draft> = Row {
    name: "failIfLocked",
    kind: Kind::Bool(|o, v| o.lock.fail_if_locked = v),
    default: "false",
    doc: "End instead of waiting if another broker is the master.",
};

/// Of both adapters.
pub(super) const USE_LOCK: Row<Draft> = Row {
    name: "useLock",
    kind: Kind::Bool(|o, v| o.lock.use_lock = v),
    default: "true",
    doc: "Whether a lock is taken, so that several brokers may share the messages. With false nobody else may use them.",
};

/// Of both adapters.
pub(super) const STOP_ON_ERROR: Row<Draft> = Row {
    name: "stopOnError",
    kind: Kind::Bool(|o, v| o.lock.stop_on_error = v),
    default: "false",
    doc: "End when the lock cannot be looked at, instead of waiting as a slave. No broker goes on serving then.",
};

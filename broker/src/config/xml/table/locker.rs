//! Who of several brokers is the master.

use std::time::Duration;

use relaismq_options::{Kind, Row};

use super::rows::{idle, later};
use crate::config::xml::{
    draft::{Draft, LockerKind},
    reader::Element,
};

/// In `kahaDB`.
pub(super) static DIRECTORY_LOCKER: Element = Element {
    children: &[
        &Element {
            attributes: FILE,
            enter: |draft| draft.locker.kind = Some(LockerKind::File),
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

const FILE: &[Row<Draft>] = &[
    SLEEP,
    later("failIfLocked", "false", "End instead of waiting if another broker is the master."),
    idle("name", "nobody is told it"),
];

const SLEEP: Row<Draft> = Row {
    name: "lockAcquireSleepInterval",
    kind: Kind::Millis(|o, v| o.locker.acquire_sleep = Some(v)),
    default: "10000",
    doc: "How often a waiting broker looks; a lease is good for so long. In a directory it looks every 100 ms.",
};

/// In `jdbcPersistenceAdapter`.
pub(super) static DATABASE_LOCKER: Element = Element {
    children: &[
        &Element {
            attributes: LEASE,
            enter: |draft| draft.locker.kind = Some(LockerKind::Lease),
            ..Element::read("lease-database-locker", "A lease that runs out; the default.")
        },
        &Element {
            attributes: ROW,
            enter: |draft| draft.locker.kind = Some(LockerKind::Row),
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
        kind: Kind::Text(|o, v| o.locker.holder = Some(v.to_owned())),
        default: "",
        doc: "Who holds the lease; unset: the broker's name. Two brokers must not have the same.",
    },
    Row {
        name: "maxAllowableDiffFromDBTime",
        kind: Kind::Timeout(|o, v| o.locker.max_diff = v.unwrap_or(Duration::ZERO)),
        default: "0",
        doc: "By how much the clock may differ from the database's before that is corrected; 0: never.",
    },
    idle("handleStartException", "a broker that cannot start says so and ends"),
    idle("queryTimeout", "a question to the database that takes too long counts as lost"),
    idle("name", "nobody is told it"),
];

const ROW: &[Row<Draft>] = &[
    SLEEP,
    FAIL,
    idle("queryTimeout", "a question to the database that takes too long counts as lost"),
    idle("exceptionHandler", "a broker that cannot reach its database waits"),
    idle("name", "nobody is told it"),
];

const FAIL: Row<Draft> = Row {
    name: "failIfLocked",
    kind: Kind::Bool(|o, v| o.locker.fail_if_locked = v),
    default: "false",
    doc: "End instead of waiting if another broker is the master.",
};

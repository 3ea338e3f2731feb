//! Messages in a database.

use relaismq_options::{Kind, Row, Secret};
use roxmltree::Node;

use super::locker::{DATABASE_LOCKER, STOP_ON_ERROR, USE_LOCK};
use crate::config::xml::{
    draft::{Adapter, Draft},
    reader::{Element, Local as _, Reader, Stands},
    rows::{TUNING, idle, later, refused},
    source,
};

pub(super) static JDBC: Element = Element {
    attributes: ATTRIBUTES,
    children: &[
        &DATABASE_LOCKER,
        &Element {
            children: &[&Element { attributes: STATEMENTS, ..Element::read("statements", "") }],
            attributes: STATEMENTS,
            ..Element::read("statements", "Names of tables and types of columns.")
        },
        &Element {
            standing: Stands::Elsewhere,
            ..Element::read("dataSource", "The database, as a bean or a reference to one.")
        },
        &Element::noted("adapter", "the URL says what kind of database it is"),
        &Element::refused(
            "lockDataSource",
            "a second database for the lock is not built yet",
            "leave it out",
        ),
        &Element::refused(
            "databaseLocker",
            "an old way to say who is master",
            "write <locker><lease-database-locker/></locker>",
        ),
    ],
    enter: |draft| draft.adapter = Some(Adapter::Database),
    leave: finish,
    ..Element::read(
        "jdbcPersistenceAdapter",
        "Messages in a database, which brokers may share: PostgreSQL, MySQL, MariaDB, or SQLite if nothing is said.",
    )
};

const ATTRIBUTES: &[Row<Draft>] = &[
    Row {
        name: "dataSource",
        kind: Kind::Text(|o, v| o.database.data_source = Some(v.to_owned())),
        default: "",
        doc: "The bean with the database, as #ID; unset: SQLite in the data directory.",
    },
    Row {
        name: "dataDirectory",
        kind: Kind::Text(|o, v| o.database.data_directory = Some(v.into())),
        default: "",
        doc: "Where SQLite's file is; unset: the broker's dataDirectory.",
    },
    Row {
        name: "createTablesOnStartup",
        kind: Kind::Bool(|o, v| o.database.create_tables_on_startup = v),
        default: "true",
        doc: "Make tables that are missing.",
    },
    USE_LOCK,
    Row {
        name: "useDatabaseLock",
        kind: Kind::Bool(|o, v| o.lock.use_lock = v),
        default: "true",
        doc: "An old name of useLock.",
    },
    Row {
        name: "lockKeepAlivePeriod",
        kind: Kind::Millis(|o, v| o.lock.keep_alive = Some(v)),
        default: "",
        doc: "How often the master looks whether it still is, and renews its lease; unset: 3000, for a row 30000.",
    },
    Row {
        name: "lockAcquireSleepInterval",
        kind: Kind::Millis(|o, v| o.lock.acquire_interval = Some(v)),
        default: "10000",
        doc: "An old place of the locker's attribute.",
    },
    later("useExternalMessageReferences", "false", "Messages outside of the database."),
    refused("lockDataSource", "A second database for the lock."),
    refused("databaseLocker", "An old way to say who is master; write <locker>."),
    refused("adapter", "What kind of database it is; the URL says that."),
    idle("cleanupPeriod", "a message is removed as soon as every subscriber has had it"),
    idle("transactionIsolation", "the store reads only what it has committed itself"),
    idle("changeAutoCommitAllowed", TUNING),
    idle("queryTimeout", "a question to the database that takes too long counts as lost"),
    idle("networkTimeout", "a question to the database that takes too long counts as lost"),
    idle("maxRows", TUNING),
    idle("enableAudit", TUNING),
    idle("maxAuditDepth", TUNING),
    idle("maxProducersToAudit", TUNING),
    idle("auditRecoveryDepth", TUNING),
    idle("brokerName", "the broker has one name"),
    STOP_ON_ERROR,
];

const STATEMENTS: &[Row<Draft>] = &[
    Row {
        name: "tablePrefix",
        kind: Kind::Text(|o, v| o.database.table_prefix = v.to_owned()),
        default: "",
        doc: "Stands before the name of each table.",
    },
    later("messageTableName", "ACTIVEMQ_MSGS", "Table of messages."),
    later("durableSubAcksTableName", "ACTIVEMQ_ACKS", "Table of durable subscriptions."),
    later("lockTableName", "ACTIVEMQ_LOCK", "Table of the lock."),
    idle("containerNameDataType", TYPES),
    idle("msgIdDataType", TYPES),
    idle("stringIdDataType", TYPES),
    idle("binaryDataType", TYPES),
    idle("sequenceDataType", TYPES),
    idle("longDataType", TYPES),
    refused("addMessageStatement", STATEMENT),
    refused("removeMessageStatement", STATEMENT),
    refused("findMessageStatement", STATEMENT),
    refused("lockCreateStatement", STATEMENT),
    refused("lockUpdateStatement", STATEMENT),
    refused("createSchemaStatements", STATEMENT),
];

const TYPES: &str = "tables that are missing are made with ActiveMQ's own types; those that are there are used as they are";
const STATEMENT: &str = "A statement in SQL: the store has its own.";

/// What a data source says, by whichever names its maker calls things.
pub(in crate::config) const DATA_SOURCE: &[Row<Draft>] = &[
    DRIVER,
    Row { name: "driverClass", ..DRIVER },
    URL,
    Row { name: "jdbcUrl", ..URL },
    Row { name: "URL", ..URL },
    USER,
    Row { name: "user", ..USER },
    Row {
        name: "password",
        kind: Kind::Secret(|o, v| o.source.password = Some(Secret::new(v))),
        default: "",
        doc: "With which password.",
    },
    Row {
        name: "serverName",
        kind: Kind::Text(|o, v| o.source.server = Some(v.to_owned())),
        default: "localhost",
        doc: "The server, where there is no URL.",
    },
    PORT,
    Row { name: "port", ..PORT },
    Row {
        name: "databaseName",
        kind: Kind::Text(|o, v| o.source.database = Some(v.to_owned())),
        default: "",
        doc: "The database, where there is no URL.",
    },
    idle("poolPreparedStatements", POOL),
    idle("maxOpenPreparedStatements", POOL),
    idle("initialSize", POOL),
    idle("maxActive", POOL),
    idle("maxTotal", POOL),
    idle("maxIdle", POOL),
    idle("minIdle", POOL),
    idle("maxWait", POOL),
    idle("maxWaitMillis", POOL),
    idle("initialConnections", POOL),
    idle("maxConnections", POOL),
    idle("dataSourceName", POOL),
    idle("maximumPoolSize", POOL),
    idle("minimumIdle", POOL),
    idle("minPoolSize", POOL),
    idle("maxPoolSize", POOL),
    idle("acquireIncrement", POOL),
    idle("connectionTimeout", POOL),
    idle("idleTimeout", POOL),
    idle("maxLifetime", POOL),
    idle("poolName", POOL),
    idle("validationQuery", POOL),
    idle("testOnBorrow", POOL),
    idle("testOnReturn", POOL),
    idle("testWhileIdle", POOL),
    idle("timeBetweenEvictionRunsMillis", POOL),
    idle("minEvictableIdleTimeMillis", POOL),
    idle("defaultAutoCommit", POOL),
    idle("defaultTransactionIsolation", POOL),
    idle("removeAbandoned", POOL),
    idle("removeAbandonedTimeout", POOL),
    idle("logAbandoned", POOL),
    idle("relaxAutoCommit", POOL),
    idle("loginTimeout", POOL),
];

const POOL: &str = "the store has the connections that it needs, and looks after them";
const DRIVER: Row<Draft> = Row {
    name: "driverClassName",
    kind: Kind::Text(|o, v| o.source.driver = Some(v.to_owned())),
    default: "",
    doc: "The Java driver; the URL says what kind of database it is.",
};
const URL: Row<Draft> = Row {
    name: "url",
    kind: Kind::Text(|o, v| o.source.url = Some(v.to_owned())),
    default: "",
    doc: "jdbc:postgresql:, jdbc:mysql:, jdbc:mariadb: or jdbc:sqlite:.",
};
const USER: Row<Draft> = Row {
    name: "username",
    kind: Kind::Text(|o, v| o.source.user = Some(v.to_owned())),
    default: "",
    doc: "Who logs in.",
};
const PORT: Row<Draft> = Row {
    name: "portNumber",
    kind: Kind::Count(1, 65_535, |o, v| o.source.port = Some(v)),
    default: "",
    doc: "Its port, where there is no URL.",
};

/// Finds the data source and reads it.
fn finish<'a>(reader: &mut Reader<'a>, node: Node<'a, 'a>) {
    let attribute = node.attributes().find(|it| it.name() == "dataSource");
    let at = attribute.map_or(node.range().start, |it| it.range().start);
    let inside = node.children().find(|it| it.has_tag_name_local("dataSource"));
    let inside = inside.and_then(|it| it.children().find(Node::is_element));
    match (reader.draft.database.data_source.clone(), inside) {
        (Some(name), _) => source::named(reader, DATA_SOURCE, name.trim_start_matches('#'), at),
        (None, Some(node)) if node.has_tag_name_local("ref") => {
            let name = node.attribute("bean").or_else(|| node.attribute("local"));
            source::named(reader, DATA_SOURCE, name.unwrap_or_default(), node.range().start);
        }
        (None, Some(bean)) => source::read(reader, DATA_SOURCE, bean),
        (None, None) => {}
    }
}

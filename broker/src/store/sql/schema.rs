//! The tables: made where they are missing, looked at where they are there. ActiveMQ tries each of its own
//! statements at each start; a table that it made, or an operator, is taken as it is.

use std::collections::BTreeMap;

use super::database::Database;
use super::options::SqlOptions;
use super::sentence::Sentence;
use super::tables::Tables;
use super::trouble::{Result, Trouble};
use super::value::Kind;
use crate::model::StoreLimits;

/// Makes what is missing, and says what fits in.
pub(super) fn prepare(database: &mut dyn Database, options: &SqlOptions) -> Result<StoreLimits> {
    let tables = &options.tables;
    if options.create_tables {
        create(database, tables)?;
        create_indexes(database, options)?;
    }
    let messages = columns(database, &tables.messages)?;
    let acks = columns(database, &tables.acks)?;
    need(&tables.messages, &messages, MESSAGE_COLUMNS)?;
    need(&tables.acks, &acks, ACK_COLUMNS)?;
    need(&tables.lock, &columns(database, &tables.lock)?, &["ID", "TIME", "BROKER_NAME"])?;
    need(&tables.master, &columns(database, &tables.master)?, &["TERM", "BATCH"])?;
    limits(database, &messages, &acks)
}

const MESSAGE_COLUMNS: &[&str] =
    &["ID", "CONTAINER", "MSGID_PROD", "MSGID_SEQ", "EXPIRATION", "MSG", "PRIORITY", "XID"];
const ACK_COLUMNS: &[&str] =
    &["CONTAINER", "SUB_DEST", "CLIENT_ID", "SUB_NAME", "SELECTOR", "LAST_ACKED_ID", "PRIORITY"];

/// Type and length of each column, by its name.
type Columns = BTreeMap<String, (String, Option<i64>)>;

fn columns(database: &mut dyn Database, table: &str) -> Result<Columns> {
    let dialect = database.dialect();
    let (before, after) = dialect.columns;
    let question = Sentence::new(dialect, before).give(table).say(after);
    let rows = database.ask(question, &[Kind::Text, Kind::Text, Kind::Int])?;
    let column = |row: &super::value::Row| {
        let kind = row.name(1)?.to_ascii_lowercase();
        Ok((row.name(0)?.to_ascii_uppercase(), (kind, row.int(2)?)))
    };
    rows.iter().map(column).collect()
}

fn need(table: &str, found: &Columns, names: &[&str]) -> Result<()> {
    if found.is_empty() {
        return Err(Trouble::Unsupported(format!(
            "the table {table} is missing, and tables are not to be made: make it, or allow that \
             (createTablesOnStartup)"
        )));
    }
    match names.iter().find(|name| !found.contains_key(**name)) {
        None => Ok(()),
        Some(name) => Err(Trouble::Unsupported(format!(
            "the table {table} has no column {name}: let an ActiveMQ of version 5.9 or newer start on \
             it once, which adds it"
        ))),
    }
}

fn limits(database: &mut dyn Database, messages: &Columns, acks: &Columns) -> Result<StoreLimits> {
    let (kind, length) = messages.get("MSG").cloned().unwrap_or_default();
    if kind.contains("char") {
        return Err(Trouble::Unsupported(
            "its messages lie elsewhere (useExternalMessageReferences), which only the broker that \
             put them there can read"
                .into(),
        ));
    }
    let of = |columns: &Columns, name: &str| {
        let length = columns.get(name).and_then(|it| it.1).unwrap_or(USUAL_LENGTH);
        usize::try_from(length).unwrap_or(usize::MAX)
    };
    let containers = of(messages, "CONTAINER").min(of(acks, "CONTAINER")).min(of(acks, "SUB_DEST"));
    let column = length.and_then(|it| usize::try_from(it).ok()).filter(|it| *it > 0);
    let packet = database.dialect().most_bytes;
    let packet = match packet {
        Some(question) => {
            let rows = database.ask(Sentence::new(database.dialect(), question), &[Kind::Int])?;
            let bytes = rows.first().map(|row| row.number(0)).transpose()?;
            bytes.and_then(|it| usize::try_from(it).ok())
        }
        None => None,
    };
    Ok(StoreLimits {
        destination: Some(containers.saturating_sub("topic://".len())),
        client_id: Some(of(acks, "CLIENT_ID")),
        subscription: Some(of(acks, "SUB_NAME")),
        selector: Some(of(acks, "SELECTOR")),
        producer: Some(of(messages, "MSGID_PROD")),
        message: [column, packet].into_iter().flatten().min(),
        zero: database.dialect().zero,
    })
}

fn create(database: &mut dyn Database, tables: &Tables) -> Result<()> {
    let dialect = database.dialect();
    let end = match dialect.table_end {
        Some((question, otherwise)) => {
            let rows = database.ask(Sentence::new(dialect, question), &[Kind::Text])?;
            rows.first().map(|row| row.name(0)).transpose()?.unwrap_or_else(|| otherwise.to_owned())
        }
        None => String::new(),
    };
    for (table, columns) in definitions(tables, dialect.blob, dialect.name_type) {
        if self::columns(database, table)?.is_empty() {
            let made = database.script(&format!("CREATE TABLE {table} ({columns}){end}"));
            // Perhaps another broker was faster.
            if let Err(trouble) = made
                && self::columns(database, table)?.is_empty()
            {
                return Err(cannot_make(table, trouble));
            }
        }
    }
    first_row(database, &tables.lock, "(ID) VALUES (1)")?;
    first_row(database, &tables.master, "(ID, TERM, BATCH, LAST_SEQUENCE) VALUES (1, 0, 0, 0)")
}

fn cannot_make(table: &str, trouble: Trouble) -> Trouble {
    match trouble {
        Trouble::Refused(detail) => Trouble::Unsupported(format!(
            "the table {table} cannot be made: {detail}; give the broker's user the right to make \
             tables, or make it yourself"
        )),
        other => other,
    }
}

fn first_row(database: &mut dyn Database, table: &str, row: &str) -> Result<()> {
    let count = format!("SELECT COUNT(*) FROM {table} WHERE ID = 1");
    let mut there = || {
        let rows = database.ask(Sentence::new(database.dialect(), count.as_str()), &[Kind::Int])?;
        Ok::<_, Trouble>(rows.first().map(|row| row.number(0)).transpose()? == Some(1))
    };
    if there()? {
        return Ok(());
    }
    match database.script(&format!("INSERT INTO {table} {row}")) {
        Err(Trouble::Refused(detail)) => {
            let rows = database.ask(Sentence::new(database.dialect(), count), &[Kind::Int])?;
            let there = rows.first().map(|row| row.number(0)).transpose()? == Some(1);
            if there { Ok(()) } else { Err(Trouble::Refused(detail)) }
        }
        other => other,
    }
}

/// On ActiveMQ's table: without them each page would sort a whole queue, or read through all of them.
fn create_indexes(database: &mut dyn Database, options: &SqlOptions) -> Result<()> {
    let tables = &options.tables;
    create_index(database, tables, &tables.index, "CONTAINER, ID")?;
    if options.prioritized.is_empty() {
        return Ok(());
    }
    create_index(database, tables, &tables.by_priority, "CONTAINER, PRIORITY, ID")
}

fn create_index(
    database: &mut dyn Database,
    tables: &Tables,
    name: &str,
    columns: &str,
) -> Result<()> {
    let dialect = database.dialect();
    let (before, after) = dialect.indexes;
    let question = Sentence::new(dialect, before).give(tables.messages.as_str()).say(after);
    let rows = database.ask(question, &[Kind::Text])?;
    for row in &rows {
        if row.name(0)?.eq_ignore_ascii_case(name) {
            return Ok(());
        }
    }
    let index = format!("CREATE INDEX {name} ON {} ({columns})", tables.messages);
    match database.script(&index) {
        // Perhaps another broker was faster. Without it all works, only more slowly.
        Err(Trouble::Refused(detail)) => {
            tracing::warn!(index = name, %detail, "an index cannot be made");
            Ok(())
        }
        other => other,
    }
}

fn definitions<'a>(tables: &'a Tables, blob: &str, name: &str) -> [(&'a str, String); 10] {
    [
        (
            &tables.messages,
            format!(
                "ID BIGINT NOT NULL, CONTAINER VARCHAR(250) NOT NULL, MSGID_PROD VARCHAR(250), \
                 MSGID_SEQ BIGINT, EXPIRATION BIGINT, MSG {blob}, PRIORITY BIGINT, XID VARCHAR(250), \
                 PRIMARY KEY (ID)"
            ),
        ),
        (
            &tables.acks,
            "CONTAINER VARCHAR(250) NOT NULL, SUB_DEST VARCHAR(250), CLIENT_ID VARCHAR(250) NOT NULL, \
             SUB_NAME VARCHAR(250) NOT NULL, SELECTOR VARCHAR(250), LAST_ACKED_ID BIGINT, \
             PRIORITY BIGINT DEFAULT 5 NOT NULL, XID VARCHAR(250), \
             PRIMARY KEY (CONTAINER, CLIENT_ID, SUB_NAME, PRIORITY)"
                .into(),
        ),
        (
            &tables.lock,
            "ID BIGINT NOT NULL, TIME BIGINT, BROKER_NAME VARCHAR(250), PRIMARY KEY (ID)".into(),
        ),
        (
            &tables.master,
            "ID BIGINT NOT NULL, TERM BIGINT NOT NULL, HOLDER VARCHAR(250), BATCH BIGINT NOT NULL, \
             LAST_SEQUENCE BIGINT NOT NULL, PRIMARY KEY (ID)"
                .into(),
        ),
        (&tables.queues, format!("NAME {name} NOT NULL, PRIMARY KEY (NAME)")),
        (
            &tables.subscriptions,
            format!(
                "NUMBER BIGINT NOT NULL, CLIENT_ID {name} NOT NULL, SUB_NAME {name} NOT NULL, \
                 SUB_DEST {name} NOT NULL, SELECTOR {name}, NO_LOCAL BIGINT NOT NULL, \
                 SEEN BIGINT NOT NULL, PRIMARY KEY (NUMBER)"
            ),
        ),
        (
            &tables.exceptions,
            "SUBSCRIPTION BIGINT NOT NULL, ID BIGINT NOT NULL, PRIMARY KEY (SUBSCRIPTION, ID)".into(),
        ),
        (
            &tables.producers,
            format!("PRODUCER {name} NOT NULL, SEQ BIGINT NOT NULL, PRIMARY KEY (PRODUCER)"),
        ),
        (
            &tables.marks,
            format!("CONTAINER {name} NOT NULL, RANGES {blob}, PRIMARY KEY (CONTAINER)"),
        ),
        (&tables.named, format!("NAME {name} NOT NULL, DATA {blob}, PRIMARY KEY (NAME)")),
    ]
}

/// Of a column that says nothing about it.
const USUAL_LENGTH: i64 = 250;

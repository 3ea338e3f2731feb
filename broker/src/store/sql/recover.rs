//! What the owner before left, ours or an ActiveMQ.

use std::collections::{BTreeMap, BTreeSet};

use relaismq_openwire::Text;

use super::database::Database;
use super::marks::Marks;
use super::reconcile::{Left, OurRecord, Row};
use super::sentence::Sentence;
use super::state::{QUEUE, TOPIC};
use super::tables::Tables;
use super::trouble::{Result, Trouble};
use super::value::Kind;
use crate::model::SubscriptionKey;

/// Everything that a start wants to know, read while nobody else writes.
pub(super) fn read(database: &mut dyn Database, tables: &Tables) -> Result<Read> {
    let mut reading = Reading { database, tables };
    Ok(Read {
        queues: reading.queues()?,
        left: reading.left()?,
        producers: reading.producers(&tables.producers, "PRODUCER, SEQ", "")?,
        told: reading.told()?,
        marks: reading.marks()?,
        last_sequence: reading.last_sequence()?,
    })
}

/// As it is in the tables.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// Messages in each; those that are only remembered have none.
    pub(super) queues: BTreeMap<String, u64>,
    pub(super) left: Left,
    pub(super) producers: BTreeMap<String, i64>,
    /// How far producers are by the messages that are there.
    pub(super) told: BTreeMap<String, i64>,
    pub(super) marks: BTreeMap<String, Marks>,
    pub(super) last_sequence: u64,
}

struct Reading<'a> {
    database: &'a mut dyn Database,
    tables: &'a Tables,
}

impl Reading<'_> {
    fn ask(&mut self, text: String, kinds: &[Kind]) -> Result<Vec<super::value::Row>> {
        self.database.ask(Sentence::new(self.database.dialect(), text), kinds)
    }

    fn queues(&mut self) -> Result<BTreeMap<String, u64>> {
        let mut queues = BTreeMap::new();
        let names = format!("SELECT NAME FROM {}", self.tables.queues);
        for row in self.ask(names, &[Kind::Text])? {
            queues.insert(row.name(0)?, 0);
        }
        let exactly = self.database.dialect().exactly.unwrap_or_default();
        let counts = format!(
            "SELECT MIN(CONTAINER), COUNT(*) FROM {} WHERE XID IS NULL GROUP BY {exactly}CONTAINER",
            self.tables.messages
        );
        for row in self.ask(counts, &[Kind::Text, Kind::Int])? {
            queues.insert(row.name(0)?, row.sequence(1)?);
        }
        queues.retain(|name, _| name.starts_with(QUEUE));
        Ok(queues)
    }

    fn left(&mut self) -> Result<Left> {
        Ok(Left {
            records: self.records()?,
            rows: self.rows()?,
            exceptions: self.exceptions()?,
            messages: self.topic_messages()?,
        })
    }

    fn records(&mut self) -> Result<Vec<OurRecord>> {
        let columns = "NUMBER, CLIENT_ID, SUB_NAME, SUB_DEST, SELECTOR, NO_LOCAL, SEEN";
        let records = format!("SELECT {columns} FROM {}", self.tables.subscriptions);
        let (int, text) = (Kind::Int, Kind::Text);
        let rows = self.ask(records, &[int, text, text, text, text, int, int])?;
        let record = |row: &super::value::Row| {
            let number = row.number(0)?;
            let number = u32::try_from(number)
                .map_err(|_| Trouble::Damaged(format!("a subscription has the number {number}")))?;
            Ok(OurRecord {
                number,
                key: key(row, 1)?,
                destination: row.name(3)?,
                selector: row.text(4)?,
                no_local: row.number(5)? != 0,
                seen: row.number(6)? != 0,
            })
        };
        rows.iter().map(record).collect()
    }

    fn rows(&mut self) -> Result<Vec<Row>> {
        let columns = "CONTAINER, CLIENT_ID, SUB_NAME, SUB_DEST, SELECTOR, LAST_ACKED_ID, PRIORITY";
        let rows = format!("SELECT {columns} FROM {}", self.tables.acks);
        let (int, text) = (Kind::Int, Kind::Text);
        let rows = self.ask(rows, &[text, text, text, text, text, int, int])?;
        let row = |row: &super::value::Row| {
            Ok(Row {
                container: row.name(0)?,
                key: key(row, 1)?,
                destination: row.text(3)?,
                selector: row.text(4)?,
                last_acked: row.int(5)?.unwrap_or(-1),
                priority: row.number(6)?,
            })
        };
        rows.iter().map(row).collect()
    }

    fn exceptions(&mut self) -> Result<BTreeMap<u32, BTreeSet<u64>>> {
        let mut exceptions: BTreeMap<u32, BTreeSet<u64>> = BTreeMap::new();
        let rows = format!("SELECT SUBSCRIPTION, ID FROM {}", self.tables.exceptions);
        for row in self.ask(rows, &[Kind::Int, Kind::Int])? {
            let number = u32::try_from(row.number(0)?).unwrap_or_default();
            exceptions.entry(number).or_default().insert(row.sequence(1)?);
        }
        Ok(exceptions)
    }

    fn topic_messages(&mut self) -> Result<Vec<(Text, u64, i64)>> {
        let mut names: BTreeSet<Text> = BTreeSet::new();
        let rows = format!(
            "SELECT CONTAINER, ID, PRIORITY FROM {} WHERE XID IS NULL AND CONTAINER LIKE '{TOPIC}%'",
            self.tables.messages
        );
        let rows = self.ask(rows, &[Kind::Text, Kind::Int, Kind::Int])?;
        let mut messages = Vec::with_capacity(rows.len());
        for row in rows {
            let container = row.name(0)?;
            let Some(name) = container.strip_prefix(TOPIC) else { continue };
            let name = Text::from(name);
            let name = match names.get(&*name) {
                Some(known) => known.clone(),
                None => {
                    names.insert(name.clone());
                    name
                }
            };
            messages.push((name, row.sequence(1)?, row.int(2)?.unwrap_or(0)));
        }
        Ok(messages)
    }

    fn told(&mut self) -> Result<BTreeMap<String, i64>> {
        let table = self.tables.messages.clone();
        let exactly = self.database.dialect().exactly.unwrap_or_default();
        let group = format!(" WHERE MSGID_PROD IS NOT NULL GROUP BY {exactly}MSGID_PROD");
        self.producers(&table, "MIN(MSGID_PROD), MAX(MSGID_SEQ)", &group)
    }

    fn producers(
        &mut self,
        table: &str,
        columns: &str,
        rest: &str,
    ) -> Result<BTreeMap<String, i64>> {
        let rows =
            self.ask(format!("SELECT {columns} FROM {table}{rest}"), &[Kind::Text, Kind::Int])?;
        rows.iter().map(|row| Ok((row.name(0)?, row.int(1)?.unwrap_or(0)))).collect()
    }

    fn marks(&mut self) -> Result<BTreeMap<String, Marks>> {
        let rows = format!("SELECT CONTAINER, RANGES FROM {}", self.tables.marks);
        let mut marks = BTreeMap::new();
        for row in self.ask(rows, &[Kind::Text, Kind::Blob])? {
            let name = row.name(0)?;
            let found = Marks::decode(&row.blob(1)?)
                .ok_or_else(|| Trouble::Damaged(format!("the marks of {name} cannot be read")))?;
            marks.insert(name, found);
        }
        Ok(marks)
    }

    /// No id of either broker is used again.
    fn last_sequence(&mut self) -> Result<u64> {
        let mut highest = 0;
        for (column, table) in [
            ("MAX(ID)", &self.tables.messages),
            ("MAX(LAST_ACKED_ID)", &self.tables.acks),
            ("MAX(LAST_SEQUENCE)", &self.tables.master),
        ] {
            let rows = self.database.ask(
                Sentence::new(self.database.dialect(), format!("SELECT {column} FROM {table}")),
                &[Kind::Int],
            )?;
            let found = rows.first().map(|row| row.int(0)).transpose()?.flatten().unwrap_or(0);
            highest = highest.max(u64::try_from(found).unwrap_or(0));
        }
        Ok(highest)
    }
}

fn key(row: &super::value::Row, column: usize) -> Result<SubscriptionKey> {
    let (client_id, name) = (row.name(column)?.into(), row.name(column + 1)?.into());
    Ok(SubscriptionKey { client_id, name })
}

//! What the owner before left, ours or an ActiveMQ.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
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
    let mut queues = reading.remembered_queues()?;
    let told = reading.messages(&mut queues)?;
    Ok(Read {
        queues,
        left: reading.left()?,
        producers: reading.producers()?,
        told,
        marks: reading.marks()?,
        named: reading.named()?,
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
    pub(super) named: Vec<(String, Bytes)>,
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

    fn remembered_queues(&mut self) -> Result<BTreeMap<String, u64>> {
        let names = format!("SELECT NAME FROM {}", self.tables.queues);
        let names = self.ask(names, &[Kind::Text])?;
        let names = names.iter().map(|row| Ok((row.name(0)?, 0))).collect::<Result<Vec<_>>>()?;
        Ok(names.into_iter().filter(|(name, _)| name.starts_with(QUEUE)).collect())
    }

    /// Counts the messages of each queue, but for those that a prepared transaction of ActiveMQ has in hand, and
    /// finds how far producers are by them. The database looks at every message for that, however little comes
    /// of it; so both are one question.
    fn messages(&mut self, queues: &mut BTreeMap<String, u64>) -> Result<BTreeMap<String, i64>> {
        let exactly = self.database.dialect().exactly.unwrap_or_default();
        let groups = format!(
            "SELECT MIN(CONTAINER), COUNT(CASE WHEN XID IS NULL THEN 1 END), MIN(MSGID_PROD), MAX(MSGID_SEQ) \
             FROM {} GROUP BY {exactly}CONTAINER, {exactly}MSGID_PROD",
            self.tables.messages
        );
        let mut told: BTreeMap<String, i64> = BTreeMap::new();
        for row in self.ask(groups, &[Kind::Text, Kind::Int, Kind::Text, Kind::Int])? {
            let (container, count) = (row.name(0)?, row.sequence(1)?);
            if count > 0 && container.starts_with(QUEUE) {
                *queues.entry(container).or_default() += count;
            }
            if let Some(producer) = row.text(2)? {
                let sequence = row.int(3)?.unwrap_or(0);
                let highest = told.entry(producer).or_insert(sequence);
                *highest = sequence.max(*highest);
            }
        }
        Ok(told)
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

    fn producers(&mut self) -> Result<BTreeMap<String, i64>> {
        let rows = format!("SELECT PRODUCER, SEQ FROM {}", self.tables.producers);
        let rows = self.ask(rows, &[Kind::Text, Kind::Int])?;
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

    fn named(&mut self) -> Result<Vec<(String, Bytes)>> {
        let rows = format!("SELECT NAME, DATA FROM {}", self.tables.named);
        let rows = self.ask(rows, &[Kind::Text, Kind::Blob])?;
        rows.iter().map(|row| Ok((row.name(0)?, row.blob(1)?))).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Batch, Change, Container, Envelope};
    use crate::store::Store;
    use crate::store::sql::dialects::Dialect;
    use crate::store::sql::{SqlOptions, SqlStore};

    /// Counts what it is asked, and the rows of its answers.
    struct Counting {
        database: Box<dyn Database>,
        questions: usize,
        rows: usize,
    }

    impl Database for Counting {
        fn dialect(&self) -> &'static Dialect {
            self.database.dialect()
        }

        fn ask(
            &mut self,
            sentence: Sentence,
            kinds: &[Kind],
        ) -> Result<Vec<super::super::value::Row>> {
            let answer = self.database.ask(sentence, kinds)?;
            self.questions += 1;
            self.rows += answer.len();
            Ok(answer)
        }

        fn tell(&mut self, sentence: Sentence) -> Result<u64> {
            self.database.tell(sentence)
        }

        fn script(&mut self, text: &str) -> Result<()> {
            self.database.script(text)
        }
    }

    fn add(sequence: u64) -> Change {
        let queue = if sequence.is_multiple_of(2) { "even" } else { "odd" };
        let producer_sequence = i64::try_from(sequence).unwrap();
        let producer = "ID:p:1:1:1".parse().ok();
        let envelope = Envelope { producer, producer_sequence, ..Envelope::default() };
        let (container, blob) = (Container::Queue(queue.into()), Bytes::from_static(b"blob"));
        Change::Add { container, sequence, envelope, blob, transient: false }
    }

    /// What a start asks and gets for so many messages in two queues.
    fn asked(messages: u64) -> (usize, usize) {
        let folder = tempfile::tempdir().unwrap();
        let options = SqlOptions::embedded(folder.path()).spill(folder.path());
        let mut store = SqlStore::alone(options.clone());
        store.recover().unwrap();
        let changes = (1..=messages).map(add).collect();
        store.commit(&[Batch { changes, sync: true }]).unwrap();
        drop(store);
        let database = options.connect().unwrap();
        let mut counting = Counting { database, questions: 0, rows: 0 };
        let read = read(&mut counting, &options.tables).unwrap();
        assert_eq!(read.queues.values().sum::<u64>(), messages);
        assert_eq!(read.told.get("ID:p:1:1:1").copied(), i64::try_from(messages).ok());
        (counting.questions, counting.rows)
    }

    #[test]
    fn a_start_reads_as_little_of_a_deep_queue_as_of_a_short_one() {
        let (questions, rows) = asked(10);
        assert!(questions <= 12 && rows <= 5, "{questions} questions, {rows} rows");
        assert_eq!(asked(3000), (questions, rows));
    }
}

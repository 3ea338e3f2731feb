//! PostgreSQL.

use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgConnection, Postgres};

use super::line::{Line, explain, speak};
use super::{Dialect, Upsert};
use crate::store::sql::database::Database;
use crate::store::sql::sentence::Sentence;
use crate::store::sql::trouble::{Result, Trouble};
use crate::store::sql::value::{Kind, Row, Value};

pub(in crate::store::sql) static DIALECT: Dialect = Dialect {
    numbered: true,
    begin: "BEGIN ISOLATION LEVEL READ COMMITTED",
    for_share: " FOR SHARE",
    for_update: " FOR UPDATE NOWAIT",
    exactly: None,
    now: "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",
    blob: "BYTEA",
    name_type: "TEXT",
    upsert: Upsert::OnConflict,
    columns: (
        "SELECT CAST(column_name AS TEXT), CAST(data_type AS TEXT), \
         CAST(character_maximum_length AS BIGINT) FROM information_schema.columns \
         WHERE table_schema = current_schema() AND lower(table_name) = lower(",
        ")",
    ),
    indexes: (
        "SELECT CAST(indexname AS TEXT) FROM pg_indexes \
         WHERE schemaname = current_schema() AND lower(tablename) = lower(",
        ")",
    ),
    table_end: None,
    // What a statement may have, with room for all else.
    most_bytes: Some("SELECT CAST(1000000000 AS BIGINT)"),
    sign: (
        "SELECT CASE WHEN pg_try_advisory_lock(hashtextextended('relaismq ' || ",
        ", 0)) THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END",
    ),
    unsign: (
        "SELECT CASE WHEN pg_advisory_unlock(hashtextextended('relaismq ' || ",
        ", 0)) THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END",
    ),
    zero: false,
    most_rows: 256,
    arrays: true,
};

struct PostgreSql(Line<PgConnection>);

/// Everything is found, and walked, by an index. What the planner believes of a queue's table is never true: of one
/// that has grown since it was last analyzed, that little is in it, so that for each page it would read and sort
/// all that is left; of one that is filled and emptied all the time, that nothing is in it, so that for each removal it
/// would read the whole table, with the thousands of dead rows that wait there for a vacuum.
const WALK: &str = "SET enable_sort = off; SET enable_seqscan = off; \
    SET enable_hashjoin = off; SET enable_mergejoin = off";

/// Connects.
pub(in crate::store::sql) fn connect(
    options: &PgConnectOptions,
    deadline: Duration,
    silence: Option<Duration>,
) -> Result<Box<dyn Database>> {
    let mut database = PostgreSql(Line::open(deadline, meaning, options.connect())?);
    database.script(WALK)?;
    if let Some(silence) = silence {
        let most = silence.as_millis();
        database.script(&format!("SET idle_in_transaction_session_timeout = {most}"))?;
    }
    Ok(Box::new(database))
}

impl Database for PostgreSql {
    fn dialect(&self) -> &'static Dialect {
        &DIALECT
    }

    fn ask(&mut self, sentence: Sentence, kinds: &[Kind]) -> Result<Vec<Row>> {
        self.0.with(meaning, async |it| ask(it, &sentence, kinds).await)
    }

    fn tell(&mut self, sentence: Sentence) -> Result<u64> {
        self.0.with(meaning, async |it| tell(it, &sentence).await)
    }

    fn script(&mut self, text: &str) -> Result<()> {
        self.0.with(meaning, async |it| script(it, text).await)
    }
}

speak!(Postgres, PgConnection, arrays);

fn arrays<'q>(query: Query<'q>, value: &Value) -> Query<'q> {
    match value {
        Value::Ints(numbers) => query.bind(numbers.clone()),
        Value::Texts(texts) => query.bind(texts.clone()),
        Value::Blobs(blobs) => {
            query.bind(blobs.iter().map(|blob| blob.to_vec()).collect::<Vec<_>>())
        }
        Value::Int(_) | Value::Text(_) | Value::Blob(_) => query,
    }
}

/// Classes of SQLSTATE: 08 and 57P are about the connection, 25P03 is one that was silent for too long, 40 about transactions that are undone
/// in favour of others, 53100 is a full disk.
fn meaning(error: sqlx::Error) -> Trouble {
    explain(error, |code, text| match code {
        "53100" => Trouble::Full(text),
        "25P03" => Trouble::Lost(text),
        code if code.starts_with("08") || code.starts_with("57P") => Trouble::Lost(text),
        code if code.starts_with("40") => Trouble::Undone(text),
        "55P03" => Trouble::Undone(text),
        _ => Trouble::Refused(text),
    })
}

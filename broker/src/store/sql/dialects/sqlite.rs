//! SQLite: a file, for one broker, or several on one machine.

use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::sqlite::{Sqlite, SqliteConnectOptions, SqliteConnection};

use super::line::{Line, explain, speak};
use super::{Dialect, Upsert};
use crate::store::sql::database::Database;
use crate::store::sql::sentence::Sentence;
use crate::store::sql::trouble::{Result, Trouble};
use crate::store::sql::value::{Kind, Row, Value};

pub(in crate::store::sql) static DIALECT: Dialect = Dialect {
    numbered: false,
    begin: "BEGIN IMMEDIATE",
    // Who writes has the whole file for itself.
    for_share: "",
    for_update: "",
    exactly: None,
    now: "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)",
    blob: "BLOB",
    name_type: "TEXT",
    upsert: Upsert::OnConflict,
    columns: ("SELECT name, type, NULL FROM pragma_table_info(", ")"),
    indexes: ("SELECT name FROM pragma_index_list(", ")"),
    table_end: None,
    // SQLITE_MAX_LENGTH, with room for all else.
    most_bytes: Some("SELECT 999000000"),
    zero: true,
    most_rows: 256,
    arrays: false,
};

struct File(Line<SqliteConnection>);

/// Opens the file.
pub(in crate::store::sql) fn connect(
    options: &SqliteConnectOptions,
    deadline: Duration,
) -> Result<Box<dyn Database>> {
    Ok(Box::new(File(Line::open(deadline, meaning, options.connect())?)))
}

impl Database for File {
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

speak!(Sqlite, SqliteConnection, super::line::no_arrays);

/// The lowest byte of a code says what it is about: 5 and 6 a lock of another one, 13 a full disk.
fn meaning(error: sqlx::Error) -> Trouble {
    explain(error, |code, text| match code.parse::<i32>().map(|code| code & 0xff) {
        Ok(5 | 6) => Trouble::Undone(text),
        Ok(13) => Trouble::Full(text),
        Ok(11 | 26) => Trouble::Damaged(text),
        _ => Trouble::Refused(text),
    })
}

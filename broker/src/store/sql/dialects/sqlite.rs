//! SQLite: a file, for one broker, or several on one machine.

use std::fs::{File, OpenOptions};
use std::path::PathBuf;
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::sqlite::{Sqlite, SqliteConnectOptions, SqliteConnection};

use super::line::{Line, explain, speak};
use super::{Dialect, Upsert};
use crate::store::lock::try_lock;
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
    // A lock of a file beside it.
    sign: ("", ""),
    unsign: ("", ""),
    zero: true,
    most_rows: 256,
    arrays: false,
};

struct SqliteFile {
    line: Line<SqliteConnection>,
    /// Beside the database's file.
    sign: PathBuf,
    signed: Option<File>,
}

/// Opens the file.
pub(in crate::store::sql) fn connect(
    options: &SqliteConnectOptions,
    deadline: Duration,
) -> Result<Box<dyn Database>> {
    let line = Line::open(deadline, meaning, options.connect())?;
    let mut sign = options.get_filename().as_os_str().to_owned();
    sign.push("-master");
    Ok(Box::new(SqliteFile { line, sign: sign.into(), signed: None }))
}

impl Database for SqliteFile {
    fn dialect(&self) -> &'static Dialect {
        &DIALECT
    }

    fn ask(&mut self, sentence: Sentence, kinds: &[Kind]) -> Result<Vec<Row>> {
        self.line.with(meaning, async |it| ask(it, &sentence, kinds).await)
    }

    fn tell(&mut self, sentence: Sentence) -> Result<u64> {
        self.line.with(meaning, async |it| tell(it, &sentence).await)
    }

    /// One database has one broker's tables or another's, which share the sign.
    fn sign(&mut self, _name: &str) -> Result<bool> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let locked = options.open(&self.sign).and_then(|file| Ok((try_lock(&file)?, file)));
        let (ours, file) = locked
            .map_err(|error| Trouble::Refused(format!("{}: {error}", self.sign.display())))?;
        self.signed = ours.then_some(file);
        Ok(ours)
    }

    fn unsign(&mut self, _name: &str) -> Result<()> {
        self.signed = None;
        Ok(())
    }

    fn script(&mut self, text: &str) -> Result<()> {
        self.line.with(meaning, async |it| script(it, text).await)
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

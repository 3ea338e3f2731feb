//! MariaDB and MySQL.

use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::mysql::{MySql, MySqlConnectOptions, MySqlConnection};

use super::line::{Line, explain, speak};
use super::{Dialect, Upsert, literal::written};
use crate::store::sql::database::Database;
use crate::store::sql::sentence::Sentence;
use crate::store::sql::trouble::{Result, Trouble};
use crate::store::sql::value::{Kind, Row, Value};

pub(in crate::store::sql) static DIALECT: Dialect = Dialect {
    numbered: false,
    begin: "START TRANSACTION",
    for_share: " LOCK IN SHARE MODE",
    for_update: " FOR UPDATE NOWAIT",
    // Its tables compare without case, and without blanks at the end, if nothing else was said.
    exactly: Some("BINARY "),
    now: "CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)",
    blob: "LONGBLOB",
    name_type: "VARBINARY(1000)",
    upsert: Upsert::OnDuplicateKey,
    columns: (
        "SELECT column_name, data_type, CAST(character_maximum_length AS SIGNED) \
         FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ",
        "",
    ),
    indexes: (
        "SELECT DISTINCT index_name FROM information_schema.statistics \
         WHERE table_schema = DATABASE() AND table_name = ",
        "",
    ),
    // Names differ if any of their bytes do, also by case and by blanks at the end; the words for that
    // differ between MariaDB and MySQL.
    table_end: Some((
        "SELECT CONCAT(' ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE ', collation_name) \
         FROM information_schema.collations \
         WHERE collation_name IN ('utf8mb4_nopad_bin', 'utf8mb4_0900_bin')",
        " ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
    )),
    // A packet has a row of names, too.
    most_bytes: Some("SELECT CAST(@@max_allowed_packet - 65536 AS SIGNED)"),
    // Its locks are the whole server's, and their names short.
    sign: ("SELECT GET_LOCK(CONCAT('relaismq ', MD5(CONCAT(DATABASE(), ' ', ", "))), 0)"),
    unsign: ("SELECT RELEASE_LOCK(CONCAT('relaismq ', MD5(CONCAT(DATABASE(), ' ', ", "))))"),
    zero: true,
    most_rows: 256,
    arrays: false,
};

struct MariaDb(Line<MySqlConnection>);

/// Connects.
pub(in crate::store::sql) fn connect(
    options: &MySqlConnectOptions,
    deadline: Duration,
    silence: Option<Duration>,
) -> Result<Box<dyn Database>> {
    let mut database = MariaDb(Line::open(deadline, meaning, options.connect())?);
    // Its own default takes locks between rows, which senders and lease would wait for.
    database.script("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")?;
    if let Some(silence) = silence {
        let most = silence.as_secs().max(1);
        // The comment is read by MariaDB only; MySQL has no such thing.
        database.script(&format!(
            "SET SESSION autocommit = 1 /*M!100300 , SESSION idle_transaction_timeout = {most} */"
        ))?;
    }
    Ok(Box::new(database))
}

impl Database for MariaDb {
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

    /// In one packet: a round trip costs about as much as what is done in it.
    fn begin(&mut self, question: Option<Sentence>, statement: Sentence) -> Result<(bool, u64)> {
        let asks = question.is_some();
        let mut packet = DIALECT.begin.to_owned();
        for sentence in question.into_iter().chain([statement]) {
            packet.push(';');
            packet.push_str(&written(&sentence, MOST_TOGETHER).ok_or_else(not_written)?);
        }
        packet.push_str(";SELECT ROW_COUNT()");
        let rows = self.0.with(meaning, async |it| answers(it, packet).await)?;
        let (count, found) = rows.split_last().ok_or_else(not_written)?;
        Ok((!asks || !found.is_empty(), u64::try_from(count.number(0)?).unwrap_or(0)))
    }

    /// As much as fits goes in one packet; what is longer is told by itself.
    fn finish(&mut self, sentences: Vec<Sentence>) -> Result<()> {
        let mut packet = String::new();
        for sentence in sentences {
            if let Some(text) = written(&sentence, MOST_TOGETHER.saturating_sub(packet.len())) {
                packet.push_str(&text);
                packet.push(';');
                continue;
            }
            if !packet.is_empty() {
                self.script(&std::mem::take(&mut packet))?;
            }
            self.tell(sentence)?;
        }
        packet.push_str("COMMIT");
        self.script(&packet)
    }
}

/// Most bytes of statements in one packet: less than any server's `max_allowed_packet`.
const MOST_TOGETHER: usize = 256 * 1024;

fn not_written() -> Trouble {
    Trouble::Refused("a statement that notes a batch cannot be written".into())
}

/// All rows of a number of statements; each has one number.
async fn answers(connection: &mut MySqlConnection, text: String) -> sqlx::Result<Vec<Row>> {
    let rows = sqlx::raw_sql(sqlx::AssertSqlSafe(text)).fetch_all(connection).await?;
    rows.iter().map(|row| read(row, &[Kind::Int])).collect()
}

speak!(MySql, MySqlConnection, super::line::no_arrays);

/// 1053 and 1927 are servers that stop, 1205 and 1213 transactions that are undone in favour of others,
/// 1021 and 1114 disks and tables that are full.
fn meaning(error: sqlx::Error) -> Trouble {
    let number = match &error {
        sqlx::Error::Database(inner) => inner
            .try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>()
            .map_or(0, sqlx::mysql::MySqlDatabaseError::number),
        _ => 0,
    };
    explain(error, |_, text| match number {
        1021 | 1114 => Trouble::Full(text),
        1053 | 1077 | 1079 | 1152 | 1158..=1161 | 1927 => Trouble::Lost(text),
        1205 | 1213 | 3572 => Trouble::Undone(text),
        _ => Trouble::Refused(text),
    })
}

//! How each database wants to be spoken to.
//!
//! ```text
//! postgresql, mysql (MariaDB too), sqlite   a connection each, and what is said differently there
//! line                                      what the three connections have in common
//! literal                                   statements that go in one packet, for mysql
//! ```

mod line;
mod literal;
pub(super) mod mysql;
pub(super) mod postgresql;
pub(super) mod sqlite;

/// What is said differently. Everything else is the SQL that all of them know.
#[derive(Debug)]
pub(super) struct Dialect {
    /// Values are `$1`, `$2`, not `?`.
    pub(super) numbered: bool,
    /// Begins a transaction that will write.
    pub(super) begin: &'static str,
    /// At the end of a SELECT: nobody may change the row before the transaction ends.
    pub(super) for_share: &'static str,
    /// At the end of a SELECT: ours alone until the transaction ends, or an error at once.
    pub(super) for_update: &'static str,
    /// Before a column, to compare it byte by byte where a table may do otherwise.
    pub(super) exactly: Option<&'static str>,
    /// Milliseconds since 1970 by the database's clock.
    pub(super) now: &'static str,
    /// Type of the messages.
    pub(super) blob: &'static str,
    /// Type of a name in our own tables, where names differ if any of their bytes do.
    pub(super) name_type: &'static str,
    /// After `INSERT INTO t (..) VALUES (..)`, for a row that may be there.
    pub(super) upsert: Upsert,
    /// Names, types and lengths of the columns of a table: before its name and after it.
    pub(super) columns: (&'static str, &'static str),
    /// Names of the indexes of a table, likewise.
    pub(super) indexes: (&'static str, &'static str),
    /// A question for what comes after the columns of a new table, and what it is if there is no answer.
    pub(super) table_end: Option<(&'static str, &'static str)>,
    /// A question for the largest message that the connection takes.
    pub(super) most_bytes: Option<&'static str>,
    /// Takes a sign of life, before its name and after it: 1 if it is ours, which ends with the connection.
    pub(super) sign: (&'static str, &'static str),
    /// Gives it back, likewise.
    pub(super) unsign: (&'static str, &'static str),
    /// Names may have a character zero in them.
    pub(super) zero: bool,
    /// Most rows in one statement.
    pub(super) most_rows: usize,
    /// It has arrays, and statements within statements.
    pub(super) arrays: bool,
}

/// How a row is written over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Upsert {
    /// `ON CONFLICT (key) DO UPDATE SET c = excluded.c`
    OnConflict,
    /// `ON DUPLICATE KEY UPDATE c = VALUES(c)`
    OnDuplicateKey,
}

impl Dialect {
    /// Writes these columns over if a row with this key is there.
    pub(super) fn or_replace(&self, key: &str, columns: &[&str]) -> String {
        let each = |word: &dyn Fn(&str) -> String| {
            columns.iter().map(|column| word(column)).collect::<Vec<_>>().join(", ")
        };
        match self.upsert {
            Upsert::OnConflict => {
                let set = each(&|column| format!("{column} = excluded.{column}"));
                format!(" ON CONFLICT ({key}) DO UPDATE SET {set}")
            }
            Upsert::OnDuplicateKey => {
                let set = each(&|column| format!("{column} = VALUES({column})"));
                format!(" ON DUPLICATE KEY UPDATE {set}")
            }
        }
    }
}

//! Which database, and how a broker behaves with it.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use sqlx::mysql::MySqlConnectOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

use super::database::Database;
use super::dialects::{mysql, postgresql, sqlite};
use super::locker::Locker;
use super::tables::Tables;
use super::trouble::Result;
use crate::model::Prioritized;

/// A database, and what a broker does with it. Two brokers with the same options are master and
/// slave.
#[derive(Clone, Debug)]
pub struct SqlOptions {
    source: Source,
    pub(super) tables: Tables,
    locker: Locker,
    pub(super) create_tables: bool,
    pub(super) deadline: Duration,
    pub(super) patience: Duration,
    silence: Option<Duration>,
    pub(super) spill: PathBuf,
    pub(super) prioritized: Prioritized,
}

/// Where the database is. Passwords are in there: nothing of it is printed but [`Source::place`].
#[derive(Clone)]
enum Source {
    PostgreSql(PgConnectOptions),
    MySql(MySqlConnectOptions),
    Sqlite(SqliteConnectOptions),
}

impl SqlOptions {
    /// SQLite in a file of this folder: the default of `jdbcPersistenceAdapter` without a data source.
    #[must_use]
    pub fn embedded(folder: &Path) -> Self {
        Self::new(Source::file(&folder.join(EMBEDDED)))
    }

    /// PostgreSQL, as it is to be connected to.
    pub(crate) fn postgresql(options: PgConnectOptions) -> Self {
        Self::new(Source::PostgreSql(options))
    }

    /// MySQL or MariaDB, likewise.
    pub(crate) fn mysql(options: MySqlConnectOptions) -> Self {
        Self::new(Source::MySql(options))
    }

    /// SQLite in this file, which is made if it is missing.
    pub(crate) fn file(path: &Path) -> Self {
        Self::new(Source::file(path))
    }

    fn new(source: Source) -> Self {
        Self {
            source,
            tables: Tables::new(""),
            locker: Locker::default(),
            create_tables: true,
            deadline: Duration::from_secs(30),
            patience: Duration::from_secs(30),
            silence: None,
            spill: std::env::temp_dir(),
            prioritized: Prioritized::default(),
        }
    }

    /// Where the database is, without user and password.
    #[must_use]
    pub fn place(&self) -> String {
        self.source.place()
    }

    /// The user to log in as, and the password. Default: those of the address.
    #[must_use]
    pub fn login(mut self, user: &str, password: Option<&str>) -> Self {
        match &mut self.source {
            Source::PostgreSql(options) => {
                let named = options.clone().username(user);
                *options = password.map_or(named.clone(), |it| named.password(it));
            }
            Source::MySql(options) => {
                let named = options.clone().username(user);
                *options = password.map_or(named.clone(), |it| named.password(it));
            }
            Source::Sqlite(_) => {}
        }
        self
    }

    /// What the names of all tables begin with (`tablePrefix`). Default: nothing.
    ///
    /// # Errors
    /// [`SqlOptionsError`] for anything but letters, digits and underscores.
    pub fn table_prefix(mut self, prefix: &str) -> std::result::Result<Self, SqlOptionsError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if !prefix.chars().all(plain) || prefix.len() > 30 {
            return Err(SqlOptionsError {
                place: self.place(),
                detail: format!(
                    "the table prefix \"{prefix}\" must be at most 30 letters, digits and underscores"
                ),
            });
        }
        self.tables = Tables::new(prefix);
        Ok(self)
    }

    /// What decides which broker is the master. All brokers of a database must have the same. Default:
    /// a lease.
    #[must_use]
    pub fn with_locker(mut self, locker: Locker) -> Self {
        self.locker = locker;
        self
    }

    pub(super) fn locker(&self) -> Locker {
        match self.source {
            Source::Sqlite(_) => Locker::Lease,
            Source::PostgreSql(_) | Source::MySql(_) => self.locker,
        }
    }

    /// Whether missing tables are made (`createTablesOnStartup`). Default: yes.
    #[must_use]
    pub fn create_tables(mut self, create: bool) -> Self {
        self.create_tables = create;
        self
    }

    /// How long one statement may take (`queryTimeout`). Default 30 s.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// How long a database may be away, such as for its own restart, before the broker gives up
    /// being master. Default 30 s; a lease that ends earlier ends it earlier.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// How long a broker may stand still within a transaction until the database undoes that and drops
    /// the connection, so that nobody waits for its locks. PostgreSQL and MariaDB do that, MySQL does not.
    /// Not for the locker that is a transaction itself. Default: as long as it likes.
    #[must_use]
    pub fn silence(mut self, silence: Duration) -> Self {
        self.silence = Some(silence);
        self
    }

    /// A folder for messages that need not outlive the process and find no room in memory. What is
    /// there is removed. Default: the system's for temporary files.
    #[must_use]
    pub fn spill(mut self, folder: &Path) -> Self {
        folder.clone_into(&mut self.spill);
        self
    }

    /// Queues whose pages are in the order of priorities, as ActiveMQ's column has them; the same as of the
    /// engine. Default: none.
    #[must_use]
    pub fn prioritized(mut self, queues: Prioritized) -> Self {
        self.prioritized = queues;
        self
    }

    /// There is a way to it that can be dead while the database is not.
    pub(super) fn is_remote(&self) -> bool {
        !matches!(self.source, Source::Sqlite(_))
    }

    pub(super) fn connect(&self) -> Result<Box<dyn Database>> {
        let silence = self.silence.filter(|_| self.locker() == Locker::Lease);
        match &self.source {
            Source::PostgreSql(options) => postgresql::connect(options, self.deadline, silence),
            Source::MySql(options) => mysql::connect(options, self.deadline, silence),
            Source::Sqlite(options) => sqlite::connect(options, self.deadline),
        }
    }
}

impl Source {
    fn file(path: &Path) -> Self {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5));
        Self::Sqlite(options)
    }

    fn place(&self) -> String {
        match self {
            Self::PostgreSql(it) => {
                let database = it.get_database().unwrap_or(it.get_username());
                format!("postgresql://{}:{}/{database}", it.get_host(), it.get_port())
            }
            Self::MySql(it) => {
                let database = it.get_database().unwrap_or_default();
                format!("mysql://{}:{}/{database}", it.get_host(), it.get_port())
            }
            Self::Sqlite(it) => format!("sqlite:{}", it.get_filename().display()),
        }
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.place())
    }
}

impl FromStr for SqlOptions {
    type Err = SqlOptionsError;

    /// `postgresql://USER:PASSWORD@HOST:PORT/DATABASE`, `mysql://…`, `mariadb://…` with the parameters
    /// that sqlx documents, or `sqlite:FILE`.
    fn from_str(text: &str) -> std::result::Result<Self, SqlOptionsError> {
        let scheme = text.split(':').next().unwrap_or_default();
        // What cannot be read may have a password in it: only its scheme is repeated.
        let refuse = |detail: String| SqlOptionsError { place: format!("{scheme}:…"), detail };
        let source = match scheme {
            "postgresql" | "postgres" => {
                text.parse().map(Source::PostgreSql).map_err(|it: sqlx::Error| refuse(it.to_string()))
            }
            "mysql" | "mariadb" => {
                text.parse().map(Source::MySql).map_err(|it: sqlx::Error| refuse(it.to_string()))
            }
            "sqlite" => match text.trim_start_matches("sqlite:").trim_start_matches("//") {
                "" => Err(refuse("the file is missing: write sqlite:FILE".into())),
                path => Ok(Source::file(Path::new(path))),
            },
            _ => Err(refuse(
                "write postgresql://, mysql://, mariadb:// or sqlite:FILE; SQL Server and Oracle are \
                 not supported: use one of these instead, or keep ActiveMQ for that database"
                    .into(),
            )),
        };
        source.map(Self::new)
    }
}

/// A database that cannot be meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the database {place} cannot be used: {detail}")]
pub struct SqlOptionsError {
    place: String,
    detail: String,
}

/// File of the embedded database.
const EMBEDDED: &str = "relaismq.sqlite";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        for text in [
            "postgresql://user:secret@host:5433/orders",
            "mysql://user:secret@host/orders",
            "mariadb://user:secret@host/orders",
        ] {
            let options: SqlOptions = text.parse().unwrap();
            assert!(!options.place().contains("secret"), "{}", options.place());
            assert!(!format!("{options:?}").contains("secret"));
            let options = options.login("other", Some("hidden"));
            assert!(!format!("{options:?}").contains("hidden"));
        }
        let options: SqlOptions = "postgresql://user:secret@host:5433/orders".parse().unwrap();
        assert_eq!(options.place(), "postgresql://host:5433/orders");
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_what_to_do() {
        for text in [
            "",
            "sqlite:",
            "oracle:thin:secret@host",
            "sqlserver://sa:secret@host",
            "postgresql://secret@:x:y",
        ] {
            let refused = text.parse::<SqlOptions>().unwrap_err().to_string();
            assert!(!refused.contains("secret"), "{refused}");
        }
        let options: SqlOptions = "sqlite:/tmp/x.db".parse().unwrap();
        assert!(options.table_prefix("x; DROP TABLE").is_err());
    }
}

//! A database that several brokers may share.
//!
//! ```text
//! url         from a JDBC URL; options: the table of what may stand behind it
//! locker      who of them is the master
//! ```

mod locker;
mod options;
mod url;

use std::{fmt, path::PathBuf};

use relaismq_options::Secret;

pub(in crate::config) use self::options::URL_OPTIONS;
pub use self::{
    locker::DatabaseLocker,
    options::{DatabaseTls, TlsMode},
    url::{JdbcError, JdbcNote},
};

/// Whose SQL is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialect {
    /// PostgreSQL.
    PostgreSql,
    /// MySQL.
    MySql,
    /// MariaDB.
    MariaDb,
    /// SQLite, inside the broker.
    Sqlite,
}

/// Where a database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// On a server.
    Server {
        /// Whose SQL it speaks.
        dialect: Dialect,
        /// Name or IP address; IPv6 without brackets.
        host: String,
        /// TCP port.
        port: u16,
        /// The database on it.
        database: String,
    },
    /// In a file, which SQLite keeps.
    File(PathBuf),
}

/// Everything about a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseConfig {
    /// Where it is.
    pub location: Location,
    /// Who logs in. Default: nobody is named.
    pub user: Option<String>,
    /// With which password.
    pub password: Option<Secret>,
    /// How the way there is protected.
    pub tls: DatabaseTls,
    /// Make tables that are missing. Default true.
    pub create_tables_on_startup: bool,
    /// Stands before the name of each table: ActiveMQ's `tablePrefix`. Default: nothing.
    pub table_prefix: String,
    /// Who of several brokers is the master.
    pub locker: DatabaseLocker,
}

impl DatabaseConfig {
    /// A database with the usual options.
    pub fn new(location: Location) -> Self {
        Self {
            location,
            user: None,
            password: None,
            tls: DatabaseTls::default(),
            create_tables_on_startup: true,
            table_prefix: String::new(),
            locker: DatabaseLocker::default(),
        }
    }

    /// From a JDBC URL; with what is odd about it.
    ///
    /// # Errors
    /// [`JdbcError`] if it is malformed, or names a database that is not supported.
    pub fn from_url(url: &str) -> Result<(Self, Vec<JdbcNote>), JdbcError> {
        url::parse(url)
    }
}

impl Dialect {
    /// As people call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PostgreSql => "PostgreSQL",
            Self::MySql => "MySQL",
            Self::MariaDb => "MariaDB",
            Self::Sqlite => "SQLite",
        }
    }

    /// Port of a server that names none; SQLite has none.
    pub const fn default_port(self) -> u16 {
        match self {
            Self::PostgreSql => 5432,
            Self::MySql | Self::MariaDb => 3306,
            Self::Sqlite => 0,
        }
    }
}

impl Location {
    /// Whose SQL is spoken there.
    pub const fn dialect(&self) -> Dialect {
        match self {
            Self::Server { dialect, .. } => *dialect,
            Self::File(_) => Dialect::Sqlite,
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server { dialect, host, port, database } => {
                write!(f, "{database} of {} at {host}:{port}", dialect.name())
            }
            Self::File(file) => write!(f, "{}", file.display()),
        }
    }
}

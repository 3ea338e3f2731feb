//! What is about a database only.

use clap::Args;
use relaismq_options::Secret;

use crate::config::{DatabaseConfig, DatabaseLocker, Persistence};

/// The database's part of the command line. What is not given is as the file says.
#[derive(Debug, Args)]
#[command(
    next_help_heading = "Database (for --store jdbc:URL, or a --config with jdbcPersistenceAdapter)"
)]
pub(super) struct DatabaseArgs {
    /// Who logs in
    #[arg(long, value_name = "NAME")]
    database_user: Option<String>,
    /// With which password; better in the environment, where other users of the machine do not see it
    #[arg(
        long,
        value_name = "PASSWORD",
        env = "RELAISMQ_DATABASE_PASSWORD",
        hide_env_values = true
    )]
    database_password: Option<String>,
    /// Stands before the names of the tables. ActiveMQ's tablePrefix
    #[arg(long, value_name = "PREFIX")]
    table_prefix: Option<String>,
    /// Whether missing tables are made. createTablesOnStartup [default: true]
    #[arg(long, value_name = "true|false")]
    create_tables: Option<bool>,
    /// How the master is found [default: lease]
    #[arg(long, value_name = "lease|row", hide_possible_values = true)]
    database_lock: Option<DatabaseLock>,
    /// Who holds the lease; two brokers must not have the same. leaseHolderId [default: the broker's name]
    #[arg(long, value_name = "NAME")]
    lease_holder: Option<String>,
}

/// The two kinds of lock that a database has.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum DatabaseLock {
    /// Runs out unless it is renewed: ActiveMQ's lease-database-locker.
    Lease,
    /// A row that stays locked: ActiveMQ's default.
    Row,
}

impl DatabaseArgs {
    /// Changes what was given.
    pub(super) fn change(&self, persistence: &mut Persistence) -> Result<(), &'static str> {
        match persistence {
            Persistence::Database(database) => self.change_database(database),
            _ if self.is_given() => Err("what is under `Database` in --help is for messages in a \
                                         database, --store jdbc:URL"),
            _ => Ok(()),
        }
    }

    /// But for the password: it may be in the environment for another broker.
    fn is_given(&self) -> bool {
        self.database_user.is_some()
            || self.table_prefix.is_some()
            || self.create_tables.is_some()
            || self.database_lock.is_some()
            || self.lease_holder.is_some()
    }

    fn change_database(&self, database: &mut DatabaseConfig) -> Result<(), &'static str> {
        database.user = self.database_user.clone().or(database.user.take());
        let password = self.database_password.clone().map(Secret::new);
        database.password = password.or(database.password.take());
        if let Some(prefix) = &self.table_prefix {
            database.table_prefix.clone_from(prefix);
        }
        database.create_tables_on_startup =
            self.create_tables.unwrap_or(database.create_tables_on_startup);
        self.change_lock(&mut database.locker)
    }

    fn change_lock(&self, locker: &mut DatabaseLocker) -> Result<(), &'static str> {
        match self.database_lock {
            Some(DatabaseLock::Row) => *locker = DatabaseLocker::Row,
            Some(DatabaseLock::Lease) if *locker == DatabaseLocker::Row => {
                *locker = DatabaseLocker::default();
            }
            Some(DatabaseLock::Lease) | None => {}
        }
        match locker {
            DatabaseLocker::Lease { holder } => {
                *holder = self.lease_holder.clone().or(holder.take());
                Ok(())
            }
            DatabaseLocker::Row if self.lease_holder.is_some() => {
                Err("--lease-holder is for --database-lock lease")
            }
            DatabaseLocker::Row => Ok(()),
        }
    }
}

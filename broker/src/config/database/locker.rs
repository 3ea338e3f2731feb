//! Who of several brokers on one database is the master.

use std::time::Duration;

/// How the master is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseLocker {
    /// By a lease in the lock table that runs out unless it is renewed: ActiveMQ's
    /// `lease-database-locker`, and the default here.
    Lease(LeaseConfig),
    /// By a row that stays locked in a transaction which never ends: ActiveMQ's default.
    Row {
        /// How often a waiting broker tries. Default 10 s, as ActiveMQ's.
        acquire_sleep: Duration,
        /// How often the master looks whether it still is. Default 30 s, as ActiveMQ's.
        keep_alive: Duration,
        /// End instead of waiting. Default false.
        fail_if_locked: bool,
    },
    /// Nobody else uses the database: ActiveMQ's `useLock="false"`.
    None,
}

/// A lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseConfig {
    /// How long it is good for, and how often a waiting broker tries. Default 10 s, as ActiveMQ's.
    pub acquire_sleep: Duration,
    /// How often it is renewed. Default 3 s; ActiveMQ's default of 30 s is longer than the lease.
    pub keep_alive: Duration,
    /// By how much the clock may differ from the database's before that is corrected. Default 0: never.
    pub max_allowable_diff_from_db_time: Duration,
    /// Who holds it. Default: the broker's name.
    pub holder: Option<String>,
    /// End instead of waiting. Default false.
    pub fail_if_locked: bool,
}

impl Default for LeaseConfig {
    fn default() -> Self {
        Self {
            acquire_sleep: Duration::from_secs(10),
            keep_alive: Duration::from_secs(3),
            max_allowable_diff_from_db_time: Duration::ZERO,
            holder: None,
            fail_if_locked: false,
        }
    }
}

impl Default for DatabaseLocker {
    fn default() -> Self {
        Self::Lease(LeaseConfig::default())
    }
}

impl DatabaseLocker {
    /// ActiveMQ's default, with its times.
    pub const fn row() -> Self {
        Self::Row {
            acquire_sleep: Duration::from_secs(10),
            keep_alive: Duration::from_secs(30),
            fail_if_locked: false,
        }
    }
}

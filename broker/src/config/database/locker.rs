//! Who of several brokers on one database is the master.

/// How the master is found. How often is looked, and what else holds for every lock, says
/// [`LockOptions`](crate::LockOptions).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseLocker {
    /// By a lease in the lock table that runs out unless it is renewed: ActiveMQ's
    /// `lease-database-locker`, and the default here. It is good for the lock's `acquire_interval`.
    Lease {
        /// Who holds it. Default: the broker's name.
        holder: Option<String>,
    },
    /// By a row that stays locked in a transaction which never ends: ActiveMQ's default.
    Row,
}

impl Default for DatabaseLocker {
    fn default() -> Self {
        Self::Lease { holder: None }
    }
}

//! How brokers on one database agree upon a master.

/// Which of ActiveMQ's lockers the brokers of a database agree upon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Locker {
    /// A lease that is renewed (`lease-database-locker`). A broker that stands still for longer loses it.
    #[default]
    Lease,
    /// A transaction that never ends (`database-locker`, ActiveMQ's default). A master whose machine is gone has it
    /// until the database notices. In SQLite, where such a transaction keeps everybody out, it is a lease all
    /// the same.
    Transaction,
}

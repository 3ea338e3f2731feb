//! One broker among others: when it is the master.
//!
//! ```text
//! mastership        the seam: who decides that
//! alone             nobody else is there
//! shared_directory  whoever has the lock of a directory
//! database_lease    whoever has the lock of a database; database_options: that database, as configured
//! quorum            whoever a majority follows; replica_options: those brokers, as configured; discovery: through
//!                   ZooKeeper
//! role              what a broker is at the moment
//! supervisor        becomes the master, serves, loses that, becomes the master again
//! log_lines         what the log says of all that, in ActiveMQ's words
//! serving           one term as the master; interruption: what ends it from outside
//! desk              where others ask what the broker is and has
//! ```
//! Losing a term is no failure: the engine stops, clients are cut off without an answer, ports are closed, the
//! store is left, and then the broker is a slave again.

mod alone;
#[cfg(feature = "sql")]
mod database_lease;
#[cfg(feature = "sql")]
mod database_options;
#[cfg_attr(not(feature = "admin"), expect(dead_code, reason = "only the admin page asks"))]
mod desk;
#[cfg(feature = "zookeeper")]
mod discovery;
mod interruption;
mod log_lines;
mod mastership;
mod quorum;
mod replica_options;
mod role;
mod serving;
mod shared_directory;
mod supervisor;
#[cfg(test)]
mod tests;

use tokio::sync::watch;

#[cfg(feature = "sql")]
use self::database_lease::DatabaseLease;
#[cfg(feature = "admin")]
pub(crate) use self::desk::Standing;
#[cfg(feature = "zookeeper")]
use self::discovery::Discovery;
use self::{
    alone::Alone, mastership::Mastership, quorum::Quorum, shared_directory::SharedDirectory,
};
pub(crate) use self::{
    desk::{Desk, Facts},
    log_lines::Lines,
    serving::Serving,
    supervisor::Supervisor,
};
pub use self::{mastership::Holder, role::Role};
#[cfg(feature = "sql")]
use crate::{
    config::DatabaseConfig,
    store::sql::{SqlOptions, SqlStore},
};
use crate::{
    config::{ByteSize, Connector, ReplicatedConfig, StoreConfig, StoreOptions},
    model::Prioritized,
    replica::Insight,
    store::{Store, file::FileStoreOptions, lock::LockOptions, memory::MemoryStore},
};

/// What decides for a broker with this store.
pub(crate) fn mastership_of(
    store: &StoreConfig,
    options: StoreOptions,
    lock: LockOptions,
    (name, listen): (&str, &[Connector]),
    prioritized: &Prioritized,
    shown: watch::Sender<Option<Insight>>,
) -> Box<dyn Mastership> {
    #[cfg(not(feature = "sql"))]
    let _ = prioritized;
    match store {
        StoreConfig::Memory => {
            Box::new(Alone::new(|| Ok(Box::new(MemoryStore::new()) as Box<dyn Store>)))
        }
        StoreConfig::File(folder) => {
            let store = file_options(FileStoreOptions::new(folder), options);
            if lock.use_lock {
                return Box::new(SharedDirectory::new(folder, store, lock));
            }
            let open = move || Ok(Box::new(store.clone().open()?) as Box<dyn Store>);
            Box::new(Alone::new(open))
        }
        #[cfg(feature = "sql")]
        StoreConfig::Database(database) => {
            let options = database_options::of(database).prioritized(prioritized.clone());
            of_database(database, options, lock, name)
        }
        StoreConfig::Replicated(replicated) => of_replicas(replicated, (name, listen), shown),
    }
}

#[cfg(feature = "sql")]
fn of_database(
    database: &DatabaseConfig,
    options: SqlOptions,
    lock: LockOptions,
    name: &str,
) -> Box<dyn Mastership> {
    if lock.use_lock {
        let holder = database_options::holder(database).unwrap_or(name);
        return Box::new(DatabaseLease::new(options, lock, holder));
    }
    Box::new(Alone::new(move || Ok(Box::new(SqlStore::alone(options.clone())) as Box<dyn Store>)))
}

fn of_replicas(
    config: &ReplicatedConfig,
    (name, listen): (&str, &[Connector]),
    shown: watch::Sender<Option<Insight>>,
) -> Box<dyn Mastership> {
    let (options, told) = replica_options::of(config, name);
    #[cfg(not(feature = "zookeeper"))]
    let _ = (listen, told);
    let quorum = Quorum::new(options, shown);
    #[cfg(feature = "zookeeper")]
    let quorum = quorum.finding_others(Discovery::of(config, name, listen, told));
    Box::new(quorum)
}

fn file_options(store: FileStoreOptions, options: StoreOptions) -> FileStoreOptions {
    let mut store = store.create(options.create);
    if let Some(ByteSize(bytes)) = options.limit {
        store = store.limit_bytes(bytes);
    }
    if let Some(ByteSize(bytes)) = options.reserve {
        store = store.reserve_bytes(bytes);
    }
    store
}

//! One broker among others: when it is the master.
//!
//! ```text
//! mastership        the seam: who decides that
//! alone             nobody else is there
//! shared_directory  whoever has the lock of a directory
//! database_lease    whoever has the lock of a database; database_options: that database, as configured
//! role              what a broker is at the moment
//! supervisor        becomes the master, serves, loses that, becomes the master again
//! log_lines         what the log says of all that, in ActiveMQ's words
//! serving           one term as the master; interruption: what ends it from outside
//! ```
//! Losing a term is no failure: the engine stops, clients are cut off without an answer, ports are closed, the
//! store is left, and then the broker is a slave again.

mod alone;
#[cfg(feature = "sql")]
mod database_lease;
#[cfg(feature = "sql")]
mod database_options;
mod interruption;
mod log_lines;
mod mastership;
mod role;
mod serving;
mod shared_directory;
mod supervisor;
#[cfg(test)]
mod tests;

#[cfg(feature = "sql")]
use self::database_lease::DatabaseLease;
use self::{alone::Alone, mastership::Mastership, shared_directory::SharedDirectory};
pub(crate) use self::{log_lines::Lines, serving::Serving, supervisor::Supervisor};
pub use self::{mastership::Holder, role::Role};
#[cfg(feature = "sql")]
use crate::{config::DatabaseConfig, store::sql::SqlStore};
use crate::{
    config::{ByteSize, StoreConfig, StoreOptions},
    store::{Store, file::FileStoreOptions, lock::LockOptions, memory::MemoryStore},
};

/// What decides for a broker with this store.
pub(crate) fn mastership_of(
    store: &StoreConfig,
    options: StoreOptions,
    lock: LockOptions,
    name: &str,
) -> Box<dyn Mastership> {
    #[cfg(not(feature = "sql"))]
    let _ = name;
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
        StoreConfig::Database(database) => of_database(database, lock, name),
    }
}

#[cfg(feature = "sql")]
fn of_database(database: &DatabaseConfig, lock: LockOptions, name: &str) -> Box<dyn Mastership> {
    let options = database_options::of(database);
    if lock.use_lock {
        let holder = database_options::holder(database).unwrap_or(name);
        return Box::new(DatabaseLease::new(options, lock, holder));
    }
    Box::new(Alone::new(move || Ok(Box::new(SqlStore::alone(options.clone())) as Box<dyn Store>)))
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

//! From a configured store to an opened one: alone at once, on a shared folder when it is free.

use std::path::Path;

use crate::{
    config::StoreConfig,
    error::StartError,
    store::{
        Store,
        file::FileStoreOptions,
        lock::{
            DEFAULT_KEEP_ALIVE, DEFAULT_POLL, LOCK_FILE, LockError, Ownership, SharedDirectory,
        },
        memory::MemoryStore,
    },
};

/// Told the lock file when this broker becomes a slave.
pub(crate) type OnWaiting = Box<dyn FnOnce(&Path) + Send>;

/// A store that this broker may use.
pub(crate) struct Opened {
    pub(crate) store: Box<dyn Store>,
    /// Proof for a shared folder; looked at again while the broker runs.
    pub(crate) ownership: Option<Ownership>,
}

/// Opens the store; waits as a slave while another broker has it, after telling `on_waiting`.
/// Cancel-safe.
pub(crate) async fn open(
    config: &StoreConfig,
    on_waiting: Option<OnWaiting>,
) -> Result<Opened, StartError> {
    let StoreConfig::File(folder) = config else {
        return Ok(Opened { store: Box::new(MemoryStore::new()), ownership: None });
    };
    let shared = SharedDirectory::new(folder);
    let ownership = own(&shared, on_waiting, &folder.join(LOCK_FILE)).await?;
    let options = FileStoreOptions::new(folder).shared(ownership.clone(), DEFAULT_KEEP_ALIVE);
    Ok(Opened { store: Box::new(options.open()?), ownership: Some(ownership) })
}

async fn own(
    shared: &SharedDirectory,
    on_waiting: Option<OnWaiting>,
    lock: &Path,
) -> Result<Ownership, LockError> {
    if let Some(ownership) = shared.try_acquire()? {
        return Ok(ownership);
    }
    if let Some(tell) = on_waiting {
        tell(lock);
    }
    shared.acquire(DEFAULT_POLL).await
}

/// Looks at the lock once every keep-alive period, also while nothing is written; returns why the
/// folder is no longer ours. Never returns for a store that is not shared. Cancel-safe.
pub(crate) async fn watch(ownership: Option<Ownership>) -> LockError {
    let Some(ownership) = ownership else { return std::future::pending().await };
    let mut look = tokio::time::interval(DEFAULT_KEEP_ALIVE);
    loop {
        look.tick().await;
        let held = ownership.clone();
        match tokio::task::spawn_blocking(move || held.still_mine()).await {
            Ok(Ok(())) | Err(_) => {}
            Ok(Err(error)) => return error,
        }
    }
}

//! From a configured store to an opened one: alone at once, on a shared folder when it is free.

use std::path::Path;

use crate::{
    config::StoreConfig,
    error::StartError,
    store::{
        Store, StoreError,
        file::{FileStore, FileStoreOptions},
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
    let mut waiting = Waiting(on_waiting);
    let ownership = own(folder, &mut waiting).await?;
    let store = open_free(folder, &ownership, &mut waiting).await?;
    Ok(Opened { store: Box::new(store), ownership: Some(ownership) })
}

/// What is yet to be told of a wait.
struct Waiting(Option<OnWaiting>);

impl Waiting {
    fn tell(&mut self, folder: &Path) {
        if let Some(tell) = self.0.take() {
            tell(&folder.join(LOCK_FILE));
        }
    }
}

async fn own(folder: &Path, waiting: &mut Waiting) -> Result<Ownership, LockError> {
    let shared = SharedDirectory::new(folder);
    if let Some(ownership) = shared.try_acquire()? {
        return Ok(ownership);
    }
    waiting.tell(folder);
    shared.acquire(DEFAULT_POLL).await
}

/// Opens the store. A master whose lock file was deleted has the database open until it notices, or
/// for as long as it is paused: that is waited for, or there would be no broker left afterwards.
async fn open_free(
    folder: &Path,
    ownership: &Ownership,
    waiting: &mut Waiting,
) -> Result<FileStore, StartError> {
    let mut look = tokio::time::interval(DEFAULT_POLL);
    loop {
        look.tick().await;
        let options = FileStoreOptions::new(folder).shared(ownership.clone(), DEFAULT_KEEP_ALIVE);
        match options.open() {
            Err(StoreError::Fenced { .. }) => ownership.still_mine()?,
            opened => return Ok(opened?),
        }
        waiting.tell(folder);
    }
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

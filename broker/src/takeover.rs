//! From a configured store to an opened one: alone at once, on a shared folder when it is free.

use std::{convert::Infallible, path::Path};

use tokio::task::spawn_blocking;

use crate::{
    config::{ByteSize, StoreConfig, StoreOptions},
    error::StartError,
    fail_point,
    store::{
        Store, StoreError,
        file::{FileStore, FileStoreOptions, Presence, StoreId, look, look_again},
        lock::{DEFAULT_KEEP_ALIVE, DEFAULT_POLL, LOCK_FILE, Ownership, SharedDirectory},
        memory::MemoryStore,
    },
};

/// A store that this broker may use.
pub(crate) struct Opened {
    pub(crate) store: Box<dyn Store>,
    /// Proof for a shared folder; looked at again while the broker runs.
    pub(crate) held: Option<(Ownership, Presence)>,
}

/// Opens the store; waits as a slave while another broker has it, after telling `on_waiting`.
/// Cancel-safe.
pub(crate) async fn open(
    config: &StoreConfig,
    options: StoreOptions,
    on_waiting: impl FnOnce(&Path) + Send,
) -> Result<Opened, StartError> {
    let StoreConfig::File(folder) = config else {
        return Ok(Opened { store: Box::new(MemoryStore::new()), held: None });
    };
    let mut waiting = Waiting { tell: Some(on_waiting), seen: look(folder)? };
    let ownership = own(folder, &mut waiting).await?;
    fail_point::reached("locked");
    let store = open_free(folder, options, &ownership, &mut waiting).await?;
    let presence = store.presence()?;
    Ok(Opened { store: Box::new(store), held: Some((ownership, presence)) })
}

/// What is yet to be told of a wait, and what was seen meanwhile.
struct Waiting<T> {
    tell: Option<T>,
    /// The store in the folder: whoever has seen one never serves another one, or none.
    seen: Option<StoreId>,
}

impl<T: FnOnce(&Path)> Waiting<T> {
    fn tell(&mut self, folder: &Path) {
        if let Some(tell) = self.tell.take() {
            tell(&folder.join(LOCK_FILE));
        }
    }

    /// Looks until there is a store: the master may just be making it.
    async fn watch(&mut self, folder: &Path) -> Infallible {
        let mut look = tokio::time::interval(DEFAULT_POLL);
        while self.seen.is_none() {
            look.tick().await;
            let folder = folder.to_owned();
            self.seen = spawn_blocking(move || look_again(&folder)).await.ok().flatten();
        }
        std::future::pending().await
    }
}

async fn own(
    folder: &Path,
    waiting: &mut Waiting<impl FnOnce(&Path)>,
) -> Result<Ownership, StartError> {
    let shared = SharedDirectory::new(folder);
    if let Some(ownership) = shared.try_acquire()? {
        return Ok(ownership);
    }
    waiting.tell(folder);
    tokio::select! {
        ownership = shared.acquire(DEFAULT_POLL) => Ok(ownership?),
        never = waiting.watch(folder) => match never {},
    }
}

/// Opens the store. A master whose lock file was deleted has the store open until it notices, or for
/// as long as it is paused: that is waited for, or there would be no broker left afterwards.
async fn open_free(
    folder: &Path,
    options: StoreOptions,
    ownership: &Ownership,
    waiting: &mut Waiting<impl FnOnce(&Path)>,
) -> Result<FileStore, StartError> {
    let mut look = tokio::time::interval(DEFAULT_POLL);
    loop {
        look.tick().await;
        let store = file_options(folder, options).expecting(waiting.seen);
        match store.shared(ownership.clone(), DEFAULT_KEEP_ALIVE).open() {
            Err(StoreError::Fenced { .. }) => ownership.still_mine()?,
            opened => return Ok(opened?),
        }
        waiting.tell(folder);
    }
}

fn file_options(folder: &Path, options: StoreOptions) -> FileStoreOptions {
    let mut store = FileStoreOptions::new(folder).create(options.create);
    if let Some(ByteSize(bytes)) = options.limit {
        store = store.limit_bytes(bytes);
    }
    if let Some(ByteSize(bytes)) = options.reserve {
        store = store.reserve_bytes(bytes);
    }
    store
}

/// Looks at the lock and at the store once every keep-alive period, also while nothing is written;
/// returns why the folder is no longer ours. Never returns for a store that is not shared.
/// Cancel-safe.
pub(crate) async fn watch(held: Option<(Ownership, Presence)>) -> String {
    let Some((ownership, presence)) = held else { return std::future::pending().await };
    let mut look = tokio::time::interval(DEFAULT_KEEP_ALIVE);
    loop {
        look.tick().await;
        let (ownership, presence) = (ownership.clone(), presence.clone());
        let lost = spawn_blocking(move || match ownership.still_mine() {
            Err(error) => Some(error.to_string()),
            Ok(()) => presence.lost(),
        });
        if let Ok(Some(reason)) = lost.await {
            return reason;
        }
    }
}

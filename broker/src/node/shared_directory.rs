//! Brokers that share a directory: whoever has its lock is the master.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
    time::Duration,
};

use tokio::{
    task::spawn_blocking,
    time::{Interval, MissedTickBehavior, interval, interval_at},
};
use tracing::info;

use super::mastership::{Holder, Mastership, OpenStore, Pending, Term, Waits};
use crate::{
    error::BrokerError,
    store::{
        Store,
        file::{FileStoreOptions, Presence, StoreId, is_in_use, look, look_again},
        lock::{
            self, DEFAULT_KEEP_ALIVE, DEFAULT_POLL, LOCK_FILE, LockError, LockOptions, Ownership,
        },
    },
};

/// The lock of a directory, and the store that is in it.
pub(crate) struct SharedDirectory {
    folder: PathBuf,
    store: FileStoreOptions,
    options: LockOptions,
    /// What was seen in the folder: whoever has seen a store never serves another one, or none.
    seen: Option<StoreId>,
    stage: Stage,
}

enum Stage {
    New,
    /// Waited, or was the master: the folder is there, and is not made again.
    Known,
    /// Was the master, and lets others go first.
    Deposed,
    Held(Held),
}

struct Held {
    ownership: Ownership,
    /// Known once the store is open.
    opened: Arc<OnceLock<Opened>>,
}

#[derive(Debug)]
struct Opened {
    presence: Presence,
    store: Option<StoreId>,
}

/// A slave that looks so often has had its turn.
const TURNS: u32 = 3;

impl SharedDirectory {
    /// Of this folder; nothing is touched yet.
    pub(crate) fn new(folder: &Path, store: FileStoreOptions, options: LockOptions) -> Self {
        Self { folder: folder.into(), store, options, seen: None, stage: Stage::New }
    }

    async fn take(&mut self, waits: &Waits<'_>) -> Result<Term, BrokerError> {
        if matches!(self.stage, Stage::New) {
            let folder = self.folder.clone();
            self.seen = blocking(&self.folder, move || look(&folder)).await??;
        }
        let mut patience = Patience { told: false, waits, directory: self.holder() };
        let mut looks = self.looks(&mut patience);
        loop {
            looks.tick().await;
            if let Some(ownership) = self.own(&mut patience).await?
                && self.is_free(&ownership, &mut looks, &mut patience).await?
            {
                return Ok(self.term(ownership));
            }
        }
    }

    /// Whoever has just lost the lock lets a slave take it, if there is one.
    fn looks(&self, patience: &mut Patience<'_>) -> Interval {
        let period = self.options.acquire_interval_or(DEFAULT_POLL);
        let mut looks = match self.stage {
            Stage::Deposed => {
                patience.tell();
                interval_at(tokio::time::Instant::now() + TURNS * period, period)
            }
            _ => interval(period),
        };
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        looks
    }

    /// One try to take the lock.
    async fn own(&mut self, patience: &mut Patience<'_>) -> Result<Option<Ownership>, BrokerError> {
        let directory = lock::SharedDirectory::new(&self.folder);
        let is_new = matches!(self.stage, Stage::New);
        let attempt = blocking(&self.folder, move || match is_new {
            true => directory.try_acquire(),
            false => directory.try_again(),
        });
        let ownership = attempt.await??;
        self.stage = Stage::Known;
        if ownership.is_none() {
            self.must_wait(patience)?;
            self.look_for_a_store().await?;
        }
        Ok(ownership)
    }

    fn must_wait(&self, patience: &mut Patience<'_>) -> Result<(), BrokerError> {
        if self.options.fail_if_locked {
            return Err(LockError::Locked(self.folder.join(LOCK_FILE)).into());
        }
        patience.tell();
        Ok(())
    }

    /// The master may just be making it.
    async fn look_for_a_store(&mut self) -> Result<(), BrokerError> {
        if self.seen.is_none() {
            let folder = self.folder.clone();
            self.seen = blocking(&self.folder, move || look_again(&folder)).await?;
        }
        Ok(())
    }

    /// A master whose lock file was deleted has the store open until it notices, or for as long as it is
    /// paused: that is waited for. False if the lock was lost meanwhile.
    async fn is_free(
        &self,
        ownership: &Ownership,
        looks: &mut Interval,
        patience: &mut Patience<'_>,
    ) -> Result<bool, BrokerError> {
        loop {
            let (folder, ours) = (self.folder.clone(), ownership.clone());
            let look = move || ours.still_mine().and_then(|()| is_in_use(&folder));
            match blocking(&self.folder, look).await? {
                Ok(false) => return Ok(true),
                Ok(true) => self.must_wait(patience)?,
                Err(LockError::Lost { .. }) => return Ok(false),
                Err(error) => return Err(error.into()),
            }
            looks.tick().await;
        }
    }

    fn term(&mut self, ownership: Ownership) -> Term {
        let held = Held { ownership, opened: Arc::default() };
        let number = held.ownership.generation();
        let open = self.opener(&held);
        self.stage = Stage::Held(held);
        Term { number, open }
    }

    fn opener(&self, Held { ownership, opened }: &Held) -> OpenStore {
        let (folder, opened) = (self.folder.clone(), opened.clone());
        let options = self.store.clone().expecting(self.seen);
        let options = options.shared(ownership.clone(), self.keep_alive());
        Box::new(move || {
            let store = options.open()?;
            let presence = store.presence()?;
            // A store that was made just now is one that was seen, too.
            drop(opened.set(Opened { presence, store: look_again(&folder) }));
            Ok(Box::new(store) as Box<dyn Store>)
        })
    }

    /// Looks at the lock and at the store once every keep-alive period, also while nothing is written.
    async fn watch(&mut self) -> Result<String, BrokerError> {
        let Stage::Held(held) = &self.stage else { return std::future::pending().await };
        let mut looks = interval(self.keep_alive());
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            let (ownership, opened) = (held.ownership.clone(), held.opened.clone());
            let look = blocking(&self.folder, move || still_ours(&ownership, &opened));
            match look.await? {
                Ok(()) => {}
                Err(error @ LockError::Io { .. }) if self.options.stop_on_error => {
                    return Err(error.into());
                }
                Err(error) => return Ok(error.to_string()),
            }
        }
    }

    fn keep_alive(&self) -> Duration {
        self.options.keep_alive_or(DEFAULT_KEEP_ALIVE)
    }

    fn holder(&self) -> Holder {
        Holder { lock: self.folder.join(LOCK_FILE).display().to_string(), name: None }
    }

    fn give_back(&mut self) {
        if let Stage::Held(held) = std::mem::replace(&mut self.stage, Stage::Known) {
            let opened = held.opened.get().and_then(|opened| opened.store);
            self.seen = opened.or(self.seen);
            self.stage = Stage::Deposed;
        }
    }
}

impl Mastership for SharedDirectory {
    fn acquire<'a>(&'a mut self, waits: &'a Waits<'a>) -> Pending<'a, Result<Term, BrokerError>> {
        Box::pin(self.take(waits))
    }

    fn lost(&mut self) -> Pending<'_, Result<String, BrokerError>> {
        Box::pin(self.watch())
    }

    fn release(&mut self) -> Pending<'_, ()> {
        self.give_back();
        Box::pin(std::future::ready(()))
    }
}

/// What a wait says, once.
struct Patience<'a> {
    told: bool,
    waits: &'a Waits<'a>,
    directory: Holder,
}

impl Patience<'_> {
    fn tell(&mut self) {
        if !std::mem::replace(&mut self.told, true) {
            // The words that ActiveMQ's users look for in their logs.
            let lock = &self.directory.lock;
            info!(
                "Database {lock} is locked by another server. This broker is now in slave mode waiting a lock to be \
                 acquired"
            );
            info!("Database {lock} is locked... waiting for the database to be unlocked");
            (self.waits)(self.directory.clone());
        }
    }
}

fn still_ours(ownership: &Ownership, opened: &OnceLock<Opened>) -> Result<(), LockError> {
    ownership.still_mine()?;
    match opened.get().and_then(|opened| opened.presence.lost()) {
        Some(detail) => Err(LockError::Lost { path: ownership.dir().into(), detail }),
        None => Ok(()),
    }
}

/// A network file system may hang: never on the runtime's own threads.
async fn blocking<T: Send + 'static>(
    folder: &Path,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, LockError> {
    let done = spawn_blocking(work).await;
    done.map_err(|error| LockError::Io { path: folder.into(), source: io::Error::other(error) })
}

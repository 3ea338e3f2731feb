//! A store that fails on demand: it tells what a disk keeps from what a process believes.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::memory::State;
use super::{Store, StoreError};
use crate::model::{Batch, Container, Recovered, StoredMessage};

/// What goes wrong, and when. Syncs and commits are counted from 1 over the life of the [`Disk`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The n-th sync fails and what it should have kept is lost.
    FailSyncAndLose(u64),
    /// The n-th sync fails although its data reached the disk: the unknown outcome.
    FailSyncAndKeep(u64),
    /// The n-th sync does not return until [`Disk::thaw`]; its data reaches the disk first. Use it
    /// with the writer thread: whoever calls [`Store::commit`] is blocked.
    FreezeSync(u64),
    /// The n-th commit finds no room; nothing of it is kept and the store goes on.
    FullCommit(u64),
    /// Every commit that is larger than this many bytes ([`Batch::weight`]) finds no room.
    FullAbove(usize),
}

/// What survives a crash: cheap to clone, shared by the stores that are opened on it in turn.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    platter: Mutex<Platter>,
    thawed: Condvar,
}

#[derive(Debug, Default)]
struct Platter {
    durable: State,
    faults: Vec<Fault>,
    syncs: u64,
    commits: u64,
    frozen: bool,
}

impl Disk {
    /// An empty disk without faults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a fault; several may be planned.
    pub fn plan(&self, fault: Fault) {
        self.platter().faults.push(fault);
    }

    /// How many syncs were asked for so far.
    #[must_use]
    pub fn syncs(&self) -> u64 {
        self.platter().syncs
    }

    /// How many commits were tried so far.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.platter().commits
    }

    /// Whether a sync is being held back now.
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        self.platter().frozen
    }

    /// Lets a frozen sync return.
    pub fn thaw(&self) {
        self.platter().frozen = false;
        self.shared.thawed.notify_all();
    }

    /// Opens a store that sees what is durable now. Drop an earlier store without closing it, and
    /// open anew, to play a crash.
    #[must_use]
    pub fn open(&self) -> FaultyStore {
        let live = self.platter().durable.clone();
        FaultyStore { live, disk: self.clone(), broken: false }
    }

    fn platter(&self) -> MutexGuard<'_, Platter> {
        self.shared.platter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One process's view of a [`Disk`]. What was committed without sync is seen by [`Store::page`],
/// but survives only if a later sync succeeds.
#[derive(Debug)]
pub struct FaultyStore {
    live: State,
    disk: Disk,
    broken: bool,
}

impl FaultyStore {
    fn usable(&self) -> Result<(), StoreError> {
        if self.broken { Err(failure("used after a final error")) } else { Ok(()) }
    }

    fn sync(&mut self) -> Result<(), StoreError> {
        let mut platter = self.disk.platter();
        platter.syncs += 1;
        let now = platter.syncs;
        let planned = |fault| platter.faults.contains(&fault);
        let (lose, keep) =
            (planned(Fault::FailSyncAndLose(now)), planned(Fault::FailSyncAndKeep(now)));
        let freeze = planned(Fault::FreezeSync(now));
        if !lose {
            platter.durable = self.live.clone();
        }
        if lose || keep {
            self.broken = true;
            return Err(failure("the sync failed as planned"));
        }
        platter.frozen = freeze;
        while platter.frozen {
            let wait = self.disk.shared.thawed.wait(platter);
            platter = wait.unwrap_or_else(PoisonError::into_inner);
        }
        Ok(())
    }

    fn room(&self, batches: &[Batch]) -> Result<(), StoreError> {
        let mut platter = self.disk.platter();
        platter.commits += 1;
        let weight: usize = batches.iter().map(Batch::weight).sum();
        let full = platter.faults.iter().any(|fault| match *fault {
            Fault::FullCommit(n) => n == platter.commits,
            Fault::FullAbove(bytes) => weight > bytes,
            Fault::FailSyncAndLose(_) | Fault::FailSyncAndKeep(_) | Fault::FreezeSync(_) => false,
        });
        if full {
            return Err(StoreError::Full { place: PATH.into(), detail: "as planned".into() });
        }
        Ok(())
    }
}

impl Store for FaultyStore {
    fn recover(&mut self) -> Result<Recovered, StoreError> {
        let recovered = self.live.recover();
        self.disk.platter().durable = self.live.clone();
        Ok(recovered)
    }

    fn commit(&mut self, batches: &[Batch]) -> Result<(), StoreError> {
        self.usable()?;
        self.room(batches)?;
        self.live.apply(batches);
        if batches.iter().any(|batch| batch.sync) { self.sync() } else { Ok(()) }
    }

    fn page(
        &mut self,
        container: &Container,
        after: u64,
        max_count: usize,
        max_bytes: usize,
    ) -> Result<Vec<StoredMessage>, StoreError> {
        self.usable()?;
        Ok(self.live.page(container, after, max_count, max_bytes))
    }

    fn close(&mut self) -> Result<(), StoreError> {
        self.usable()?;
        self.live.offers_known = true;
        self.sync()
    }
}

fn failure(detail: &str) -> StoreError {
    StoreError::Io { place: PATH.into(), detail: detail.into() }
}

const PATH: &str = "(faulty disk)";

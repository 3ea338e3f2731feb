//! The store of a master: what is committed is proposed to the others, and done when a majority has it and it is
//! in the store here. What need not outlive the process stays here.

use roaring::RoaringTreemap;
use tokio::runtime::Handle;

use super::{
    machine::{Shared, is_of_the_log},
    proposer::Proposer,
};
use crate::{
    model::{Batch, Change, Container, Recovered, StoreLimits, StoredMessage},
    store::{Store, StoreError},
};

/// For one term. Called from one thread, which waits for the others.
pub(crate) struct MasterStore {
    proposer: Proposer,
    runtime: Handle,
    contents: Shared,
    /// Sequences of messages that are kept here only.
    transient: RoaringTreemap,
    /// How messages call it.
    place: String,
}

impl MasterStore {
    pub(super) fn new(
        proposer: Proposer,
        runtime: Handle,
        contents: Shared,
        place: String,
    ) -> Self {
        Self { proposer, runtime, contents, transient: RoaringTreemap::new(), place }
    }

    fn fenced(&self) -> StoreError {
        let detail = format!("this broker's term {} as the master is over", self.proposer.term);
        StoreError::Fenced { place: self.place.clone(), detail }
    }

    /// Messages find room here; whether they do on the others, those have to see to.
    fn check_room(&self, batches: &[Batch]) -> Result<(), StoreError> {
        let adds = batches.iter().any(Batch::adds);
        if !adds || self.contents.lock().store().map_err(|it| it.of(&self.place))?.has_room()? {
            return Ok(());
        }
        let detail =
            "there is no room for more messages; removing some is still possible".to_owned();
        Err(StoreError::Full { place: self.place.clone(), detail })
    }

    /// What all keep, and what is kept here only.
    fn split(&mut self, batches: &[Batch]) -> (Vec<Batch>, Vec<Batch>) {
        let (mut lasting, mut passing) = (Vec::new(), Vec::new());
        for batch in batches {
            let (here, all): (Vec<_>, Vec<_>) =
                batch.changes.iter().cloned().partition(|change| self.stays_here(change));
            if !here.is_empty() {
                passing.push(Batch { changes: here, sync: false });
            }
            if !all.is_empty() {
                lasting.push(Batch { changes: all, sync: batch.sync });
            }
        }
        (lasting, passing)
    }

    fn stays_here(&mut self, change: &Change) -> bool {
        match change {
            Change::Add { transient: true, sequence, .. } => {
                self.transient.insert(*sequence);
                true
            }
            Change::Remove { sequence, .. } => self.transient.remove(*sequence),
            Change::DropSubscriber(_)
            | Change::Offer { container: Container::Subscriber(_), .. } => true,
            _ => false,
        }
    }

    /// Returns when a majority has all of it, or when nobody knows whether it has.
    fn propose(&self, batches: &[Batch]) -> Result<(), StoreError> {
        let outcome = self.runtime.block_on(self.proposer.decide(batches));
        outcome.map_err(|detail| StoreError::Unknown { place: self.place.clone(), detail })
    }
}

impl Store for MasterStore {
    fn recover(&mut self) -> Result<Recovered, StoreError> {
        if !self.proposer.is_master() {
            return Err(self.fenced());
        }
        let mut contents = self.contents.lock();
        let mut recovered = contents.store().map_err(|it| it.of(&self.place))?.contents()?;
        recovered.marks.retain(|(name, _)| !is_of_the_log(name));
        // Whatever was said of what consumers got was agreed upon, too.
        Ok(Recovered { offers_known: true, ..recovered })
    }

    fn limits(&self) -> StoreLimits {
        StoreLimits { message: Some(MOST_MESSAGE_BYTES), ..StoreLimits::default() }
    }

    fn commit(&mut self, batches: &[Batch]) -> Result<(), StoreError> {
        if !self.proposer.is_master() {
            return Err(self.fenced());
        }
        self.check_room(batches)?;
        let (lasting, passing) = self.split(batches);
        if !passing.is_empty() {
            self.contents.lock().store().map_err(|it| it.of(&self.place))?.commit(&passing)?;
        }
        if lasting.is_empty() { Ok(()) } else { self.propose(&lasting) }
    }

    fn page(
        &mut self,
        container: &Container,
        after: u64,
        max_count: usize,
        max_bytes: usize,
    ) -> Result<Vec<StoredMessage>, StoreError> {
        let mut contents = self.contents.lock();
        let store = contents.store().map_err(|it| it.of(&self.place))?;
        store.page(container, after, max_count, max_bytes)
    }

    /// The store stays open: this broker goes on as a slave.
    fn close(&mut self) -> Result<(), StoreError> {
        self.contents.lock().sync().map_err(|it| it.of(&self.place))
    }
}

impl std::fmt::Debug for MasterStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MasterStore").field("term", &self.proposer.term).finish_non_exhaustive()
    }
}

/// An entry has to reach the others before they take its sender for dead.
const MOST_MESSAGE_BYTES: usize = 16 << 20;

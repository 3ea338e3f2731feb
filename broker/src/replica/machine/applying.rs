//! The contents as the Raft library wants them. It runs on threads that may wait for the disk.

use openraft::{OptionalSend, RaftSnapshotBuilder, Snapshot, storage::RaftStateMachine};

use super::contents::Shared;
use crate::replica::{
    casualty::Casualty,
    snapshot::SnapshotFiles,
    trouble::Trouble,
    types::{Entry, Kind, LogId, Membership, SnapshotMeta, StorageError},
};

/// Applies the log.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    contents: Shared,
    casualty: Casualty,
}

impl Machine {
    pub(crate) const fn new(contents: Shared, casualty: Casualty) -> Self {
        Self { contents, casualty }
    }

    fn of_snapshot(&self, trouble: Trouble) -> StorageError {
        self.casualty.note(trouble).of_snapshot()
    }
}

impl RaftStateMachine<Kind> for Machine {
    type SnapshotBuilder = Self;

    async fn applied_state(&mut self) -> Result<(Option<LogId>, Membership), StorageError> {
        let contents = self.contents.lock();
        Ok((contents.applied(), contents.membership().clone()))
    }

    async fn apply<I>(&mut self, entries: I) -> Result<Vec<()>, StorageError>
    where
        I: IntoIterator<Item = Entry> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let applied = self.contents.lock().apply(entries.into_iter());
        let applied = applied.map_err(|it| self.casualty.note(it).applying());
        applied.map(|count| vec![(); count])
    }

    async fn get_snapshot_builder(&mut self) -> Self {
        self.clone()
    }

    /// Where a snapshot arrives is the network's business.
    async fn begin_receiving_snapshot(&mut self) -> Result<Box<SnapshotFiles>, StorageError> {
        Ok(Box::new(SnapshotFiles::without_files()))
    }

    async fn install_snapshot(
        &mut self,
        meta: &SnapshotMeta,
        snapshot: Box<SnapshotFiles>,
    ) -> Result<(), StorageError> {
        let installed = self.contents.lock().install(meta, *snapshot);
        installed.map_err(|it| self.of_snapshot(it))
    }

    /// Made when it is asked for: it is always the newest.
    async fn get_current_snapshot(&mut self) -> Result<Option<Snapshot<Kind>>, StorageError> {
        let mut contents = self.contents.lock();
        if contents.applied().is_none() {
            return Ok(None);
        }
        let files = contents.freeze().map_err(|it| self.of_snapshot(it))?;
        Ok(Some(Snapshot { meta: contents.meta(), snapshot: Box::new(files) }))
    }
}

impl RaftSnapshotBuilder<Kind> for Machine {
    /// The store is always there; all that the log waits for before it is dropped is that it is durable.
    async fn build_snapshot(&mut self) -> Result<Snapshot<Kind>, StorageError> {
        let mut contents = self.contents.lock();
        contents.sync().map_err(|it| self.of_snapshot(it))?;
        let snapshot = Box::new(SnapshotFiles::without_files());
        Ok(Snapshot { meta: contents.meta(), snapshot })
    }
}

//! The log as the Raft library wants it. It runs on threads that may wait for the disk.

use std::{
    fmt::Debug,
    ops::{Bound, RangeBounds},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use openraft::{
    LogState, OptionalSend, RaftLogReader,
    storage::{LogFlushed, RaftLogStorage},
};

use super::journal::Journal;
use crate::replica::{
    casualty::Casualty,
    trouble::Trouble,
    types::{Entry, Kind, LogId, StorageError, Vote},
};

/// A log that several may read.
#[derive(Clone, Debug)]
pub(crate) struct LogStore {
    journal: Arc<Mutex<Journal>>,
    casualty: Casualty,
}

impl LogStore {
    pub(crate) fn new(journal: Journal, casualty: Casualty) -> Self {
        Self { journal: Arc::new(Mutex::new(journal)), casualty }
    }

    fn reading(&self, trouble: Trouble) -> StorageError {
        self.casualty.note(trouble).reading_log()
    }

    fn writing(&self, trouble: Trouble) -> StorageError {
        self.casualty.note(trouble).writing_log()
    }

    pub(crate) fn journal(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RaftLogReader<Kind> for LogStore {
    async fn try_get_log_entries<R: RangeBounds<u64> + Clone + Debug + OptionalSend>(
        &mut self,
        range: R,
    ) -> Result<Vec<Entry>, StorageError> {
        let from = match range.start_bound() {
            Bound::Included(&from) => from,
            Bound::Excluded(&before) => before + 1,
            Bound::Unbounded => 0,
        };
        let to = match range.end_bound() {
            Bound::Included(&last) => last + 1,
            Bound::Excluded(&to) => to,
            Bound::Unbounded => u64::MAX,
        };
        self.journal().read(from, to, usize::MAX).map_err(|it| self.reading(it))
    }

    async fn limited_get_log_entries(
        &mut self,
        from: u64,
        to: u64,
    ) -> Result<Vec<Entry>, StorageError> {
        self.journal().read(from, to, MOST_AT_ONCE).map_err(|it| self.reading(it))
    }
}

impl RaftLogStorage<Kind> for LogStore {
    type LogReader = Self;

    async fn get_log_state(&mut self) -> Result<LogState<Kind>, StorageError> {
        let journal = self.journal();
        Ok(LogState { last_purged_log_id: journal.purged(), last_log_id: journal.last() })
    }

    async fn get_log_reader(&mut self) -> Self {
        self.clone()
    }

    async fn save_vote(&mut self, vote: &Vote) -> Result<(), StorageError> {
        self.journal().save_vote(*vote).map_err(|it| self.writing(it))
    }

    async fn read_vote(&mut self) -> Result<Option<Vote>, StorageError> {
        Ok(self.journal().vote())
    }

    async fn append<I>(
        &mut self,
        entries: I,
        callback: LogFlushed<Kind>,
    ) -> Result<(), StorageError>
    where
        I: IntoIterator<Item = Entry> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let entries = entries.into_iter().collect();
        self.journal().append(entries).map_err(|it| self.writing(it))?;
        callback.log_io_completed(Ok(()));
        Ok(())
    }

    async fn truncate(&mut self, log_id: LogId) -> Result<(), StorageError> {
        self.journal().truncate(log_id.index).map_err(|it| self.writing(it))
    }

    async fn purge(&mut self, log_id: LogId) -> Result<(), StorageError> {
        self.journal().purge(log_id).map_err(|it| self.writing(it))
    }
}

/// What is sent to another broker at once; one entry at least.
const MOST_AT_ONCE: usize = 1 << 20;

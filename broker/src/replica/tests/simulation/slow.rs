//! A log whose disk is slow at times.
#![expect(clippy::disallowed_methods, reason = "time is virtual")]

use std::{
    fmt::Debug,
    ops::RangeBounds,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use openraft::{
    LogState, OptionalSend, RaftLogReader,
    storage::{LogFlushed, RaftLogStorage},
};
use tokio::time::sleep;

use crate::replica::{
    log::LogStore,
    types::{Entry, Kind, LogId, StorageError, Vote},
};

/// How long it takes now, in milliseconds.
#[derive(Clone, Debug, Default)]
pub(super) struct Slowness(Arc<AtomicU64>);

impl Slowness {
    pub(super) fn set(&self, milliseconds: u64) {
        self.0.store(milliseconds, Ordering::Relaxed);
    }

    async fn wait(&self) {
        let milliseconds = self.0.load(Ordering::Relaxed);
        if milliseconds > 0 {
            sleep(Duration::from_millis(milliseconds)).await;
        }
    }
}

/// The real log behind it.
pub(super) struct SlowLog {
    pub(super) log: LogStore,
    pub(super) slowness: Slowness,
}

impl RaftLogReader<Kind> for SlowLog {
    async fn try_get_log_entries<R: RangeBounds<u64> + Clone + Debug + OptionalSend>(
        &mut self,
        range: R,
    ) -> Result<Vec<Entry>, StorageError> {
        self.log.try_get_log_entries(range).await
    }
}

impl RaftLogStorage<Kind> for SlowLog {
    type LogReader = LogStore;

    async fn get_log_state(&mut self) -> Result<LogState<Kind>, StorageError> {
        self.log.get_log_state().await
    }

    async fn get_log_reader(&mut self) -> LogStore {
        self.log.get_log_reader().await
    }

    async fn save_vote(&mut self, vote: &Vote) -> Result<(), StorageError> {
        self.slowness.wait().await;
        self.log.save_vote(vote).await
    }

    async fn read_vote(&mut self) -> Result<Option<Vote>, StorageError> {
        self.log.read_vote().await
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
        let entries: Vec<Entry> = entries.into_iter().collect();
        self.slowness.wait().await;
        self.log.append(entries, callback).await
    }

    async fn truncate(&mut self, log_id: LogId) -> Result<(), StorageError> {
        self.log.truncate(log_id).await
    }

    async fn purge(&mut self, log_id: LogId) -> Result<(), StorageError> {
        self.log.purge(log_id).await
    }
}

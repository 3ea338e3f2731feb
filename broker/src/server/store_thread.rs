//! The store's thread, as a task sees it.

use std::{io, sync::Arc};

use tokio::sync::mpsc;

use crate::{
    model::Recovered,
    store::{
        Store, StoreError,
        writer::{GroupLimits, StoreEvent, StoreWriter},
    },
};

/// A store that is being opened, or is open.
#[derive(Debug)]
pub(crate) struct StoreThread {
    /// Takes what is to be stored.
    pub(super) writer: StoreWriter,
    events: mpsc::UnboundedReceiver<Vec<StoreEvent>>,
}

impl StoreThread {
    /// Begins to open a store.
    ///
    /// # Errors
    /// The system's, when it has no thread.
    pub(crate) fn open(
        open: impl FnOnce() -> Result<Box<dyn Store>, StoreError> + Send + 'static,
    ) -> io::Result<Self> {
        let (stored, events) = mpsc::unbounded_channel();
        let deliver = move |group| drop(stored.send(group));
        let writer = StoreWriter::open(open, GroupLimits::default(), deliver)?;
        Ok(Self { writer, events })
    }

    /// Waits until it is open. To be asked once. Cancel-safe.
    ///
    /// # Errors
    /// Why it could not be opened; nothing is left of it then.
    pub(crate) async fn recovered(&mut self) -> Result<Recovered, Arc<StoreError>> {
        match self.events.recv().await.and_then(|group| group.into_iter().next()) {
            Some(StoreEvent::Recovered(recovered)) => Ok(recovered),
            Some(StoreEvent::OpenFailed(error)) => Err(error),
            _ => Err(gone()),
        }
    }

    /// What it has answered; `None` when it has ended. Cancel-safe.
    pub(super) async fn next(&mut self) -> Option<Vec<StoreEvent>> {
        self.events.recv().await
    }

    /// Closes the store in order, after everything that it was asked for.
    ///
    /// # Errors
    /// Why it could not be closed in order, or not even be opened.
    pub(crate) async fn close(mut self) -> Result<(), Arc<StoreError>> {
        self.writer.close();
        while let Some(group) = self.events.recv().await {
            for event in group {
                match event {
                    StoreEvent::Closed => return Ok(()),
                    StoreEvent::CloseFailed(error) | StoreEvent::OpenFailed(error) => {
                        return Err(error);
                    }
                    // Confirmed or not, their clients have gone: unknown outcomes to them.
                    _ => {}
                }
            }
        }
        Err(gone())
    }

    /// Leaves the store as it is. Returns when its files are closed; what is being written at this moment
    /// is waited for.
    pub(crate) async fn abandon(mut self) {
        self.writer.abandon();
        while self.events.recv().await.is_some() {}
    }
}

fn gone() -> Arc<StoreError> {
    let detail = "the store's thread ended early".to_owned();
    Arc::new(StoreError::Io { place: "(unknown)".to_owned(), detail })
}

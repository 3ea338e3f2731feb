//! The one thread that owns the store: gathers what waits, commits it with one sync, answers.
//!
//! ```text
//! engine --commit/page/close--> [unbounded channel, counted bytes] --> thread --> Store
//!    ^                                                                   |
//!    +---------------- deliver(Vec<StoreEvent>), once per group ---------+
//! ```
//! A lone commit is written at once. While the disk works on one group, the next one gathers; so
//! groups grow with the load and no artificial delay is needed, but for acknowledgements behind which the
//! next message is about to come (`company`). `task` is what the thread does.

mod company;
mod task;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use self::task::{Lanes, Request, Shared, Work, begin};
use super::{Store, StoreError};
use crate::model::{Batch, Container, Recovered, StoredMessage, Ticket};

/// What the writer thread answers. Answers come in the order of the requests, but for those to
/// urgent and patient ones.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum StoreEvent {
    /// The store is open; this is what it holds. The first event.
    Recovered(Recovered),
    /// The store could not be opened or read; the thread is gone.
    OpenFailed(Arc<StoreError>),
    /// The batch would survive `kill -9`, and a power cut if it asked for a sync.
    Stored(Ticket),
    /// The batch was not kept ([`StoreError::Full`]), or nobody knows (any other error). It comes
    /// back.
    StoreFailed(Ticket, Arc<StoreError>, Batch),
    /// A page of messages.
    Paged(Ticket, Vec<StoredMessage>),
    /// The page could not be read.
    PageFailed(Ticket, Arc<StoreError>),
    /// The store ended in order; the thread is gone.
    Closed,
    /// The store could not be closed in order; the thread is gone.
    CloseFailed(Arc<StoreError>),
}

impl StoreEvent {
    /// What went wrong, if something did.
    #[must_use]
    pub fn error(&self) -> Option<&StoreError> {
        match self {
            Self::OpenFailed(error)
            | Self::StoreFailed(_, error, _)
            | Self::PageFailed(_, error)
            | Self::CloseFailed(error) => Some(error),
            Self::Recovered(_) | Self::Stored(_) | Self::Paged(..) | Self::Closed => None,
        }
    }
}

/// Bounds of one group commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupLimits {
    /// Most batches in a group. Default 4096.
    pub max_batches: usize,
    /// A group takes no further batch once it holds this many bytes ([`Batch::weight`]).
    /// Default 8 MiB; ActiveMQ's journal stops at 4 MiB (`journalMaxWriteBatchSize`).
    pub max_bytes: usize,
}

impl Default for GroupLimits {
    fn default() -> Self {
        Self { max_batches: 4096, max_bytes: 8 << 20 }
    }
}

/// The handle of the writer thread. Dropping it lets the thread finish what was handed in, waits
/// for that, and leaves the store without its clean mark; [`StoreWriter::close`] first sets it.
#[derive(Debug)]
pub struct StoreWriter {
    requests: Option<Sender<Request>>,
    lanes: Arc<Lanes>,
    pending_bytes: Arc<AtomicUsize>,
    abandoned: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl StoreWriter {
    /// Starts the thread, which opens the store and recovers it; [`StoreEvent::Recovered`] or
    /// [`StoreEvent::OpenFailed`] is the first event. What is handed in before waits. `deliver` gets the
    /// events of one group at a time, on the writer thread: it must not block for long, or the store stands
    /// still.
    ///
    /// # Errors
    /// The system's, when it cannot start a thread.
    pub fn open(
        open: impl FnOnce() -> Result<Box<dyn Store>, StoreError> + Send + 'static,
        limits: GroupLimits,
        deliver: impl FnMut(Vec<StoreEvent>) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (requests, inbox) = channel();
        let pending_bytes = Arc::new(AtomicUsize::new(0));
        let lanes = Arc::new(Lanes::default());
        let abandoned = Arc::new(AtomicBool::new(false));
        let pending = pending_bytes.clone();
        let shared = Shared { pending, lanes: lanes.clone(), abandoned: abandoned.clone() };
        let begin = move || begin(open, limits, deliver, shared, &inbox);
        let thread = std::thread::Builder::new().name("store-writer".into()).spawn(begin)?;
        Ok(Self { requests: Some(requests), lanes, pending_bytes, abandoned, thread: Some(thread) })
    }

    /// Hands in a batch; never blocks. Answered by `Stored` or `StoreFailed`.
    ///
    /// One that only marks what is given to consumers ([`Batch::is_urgent`]) overtakes all that
    /// waits: it is about messages that the store has confirmed. One that only keeps transient messages
    /// ([`Batch::is_patient`]) is overtaken by all others, but for those that come last ([`Batch::comes_last`]): whoever
    /// waits for the disk does not wait for what is not for the disk.
    ///
    /// `knows` is the last failure that the caller had heard of when it made the batch. When another
    /// batch has found no room since, this one finds none either if it adds messages: the caller
    /// may try that one again, and nothing that was handed in behind it is kept before it.
    pub fn commit(&self, ticket: Ticket, batch: Batch, knows: Ticket) {
        let bytes = batch.weight();
        self.pending_bytes.fetch_add(bytes, Ordering::Relaxed);
        if batch.is_urgent() {
            self.lanes.push_urgent(Work { ticket, batch, knows, bytes });
            return self.send(Request::Look);
        }
        if batch.is_patient() {
            self.lanes.push_patient(Work { ticket, batch, knows, bytes });
            return self.send(Request::Look);
        }
        self.send(Request::Commit(Work { ticket, batch, knows, bytes }));
    }

    /// Asks for a page, see [`Store::page`]; it sees every batch handed in before, but for patient ones that
    /// have not been answered yet, and none handed in later. Answered by `Paged` or `PageFailed`.
    pub fn page(
        &self,
        ticket: Ticket,
        container: Container,
        after: u64,
        max_count: usize,
        max_bytes: usize,
    ) {
        self.send(Request::Page { ticket, container, after, max_count, max_bytes });
    }

    /// Closes the store after everything handed in before. Answered by `Closed` or `CloseFailed`;
    /// requests handed in later are never answered.
    pub fn close(&self) {
        self.send(Request::Close);
    }

    /// Gives the store up: what was handed in and is not being written at this moment is dropped, nothing is
    /// answered any more, and the store is left without its clean mark. The thread ends, and with it the
    /// `deliver` of [`Self::open`]: when that is dropped, the store's files are closed.
    pub fn abandon(&self) {
        self.abandoned.store(true, Ordering::Release);
        self.send(Request::Look);
    }

    /// Bytes ([`Batch::weight`]) handed in and not yet answered. The channel has no bound of its
    /// own, so that the engine never blocks: the engine must hold producers back by this number.
    #[must_use]
    pub fn pending_bytes(&self) -> usize {
        self.pending_bytes.load(Ordering::Relaxed)
    }

    fn send(&self, request: Request) {
        if let Some(requests) = &self.requests
            && requests.send(request).is_err()
        {
            tracing::debug!("request to a closed store ignored");
        }
    }
}

impl Drop for StoreWriter {
    fn drop(&mut self) {
        self.requests = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the store's writer thread panicked");
        }
    }
}

#[cfg(test)]
mod tests;

//! The one thread that owns the store: gathers what waits, commits it with one sync, answers.
//!
//! ```text
//! engine --commit/page/close--> [unbounded channel, counted bytes] --> thread --> Store
//!    ^                                                                   |
//!    +---------------- deliver(Vec<StoreEvent>), once per group ---------+
//! ```
//! A lone commit is written at once. While the disk works on one group, the next one gathers; so
//! groups grow with the load and no artificial delay is needed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use super::{Store, StoreError};
use crate::model::{Batch, Container, StoredMessage, Ticket};

/// What the writer thread answers. Answers come in the order of the requests.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum StoreEvent {
    /// The batch would survive `kill -9`, and a power cut if it asked for a sync.
    Stored(Ticket),
    /// The batch was not kept ([`StoreError::Full`]), or nobody knows (any other error).
    StoreFailed(Ticket, Arc<StoreError>),
    /// A page of messages.
    Paged(Ticket, Vec<StoredMessage>),
    /// The page could not be read.
    PageFailed(Ticket, Arc<StoreError>),
    /// The store ended in order; the thread is gone.
    Closed,
    /// The store could not be closed in order; the thread is gone.
    CloseFailed(Arc<StoreError>),
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
    pending_bytes: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

impl StoreWriter {
    /// Starts the thread. `store` must have been recovered. `deliver` gets the events of one group
    /// at a time, on the writer thread: it must not block for long, or the store stands still.
    ///
    /// # Errors
    /// The system's, when it cannot start a thread.
    pub fn spawn(
        store: Box<dyn Store>,
        limits: GroupLimits,
        deliver: impl FnMut(Vec<StoreEvent>) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (requests, inbox) = channel();
        let pending_bytes = Arc::new(AtomicUsize::new(0));
        let task = Task { store, limits, deliver, broken: None, pending: pending_bytes.clone() };
        let thread =
            std::thread::Builder::new().name("store-writer".into()).spawn(|| task.run(inbox))?;
        Ok(Self { requests: Some(requests), pending_bytes, thread: Some(thread) })
    }

    /// Hands in a batch; never blocks. Answered by `Stored` or `StoreFailed`.
    pub fn commit(&self, ticket: Ticket, batch: Batch) {
        let bytes = batch.weight();
        self.pending_bytes.fetch_add(bytes, Ordering::Relaxed);
        self.send(Request::Commit { ticket, batch, bytes });
    }

    /// Asks for a page, see [`Store::page`]; it sees every batch handed in before and none handed
    /// in later. Answered by `Paged` or `PageFailed`.
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

#[derive(Debug)]
enum Request {
    Commit { ticket: Ticket, batch: Batch, bytes: usize },
    Page { ticket: Ticket, container: Container, after: u64, max_count: usize, max_bytes: usize },
    Close,
}

/// Batches that are committed together.
#[derive(Default)]
struct Group {
    tickets: Vec<Ticket>,
    batches: Vec<Batch>,
    bytes: usize,
}

struct Task<D> {
    store: Box<dyn Store>,
    limits: GroupLimits,
    deliver: D,
    /// After a final error the store is never called again; every request gets this answer.
    broken: Option<Arc<StoreError>>,
    pending: Arc<AtomicUsize>,
}

impl<D: FnMut(Vec<StoreEvent>)> Task<D> {
    #[expect(clippy::needless_pass_by_value, reason = "the thread owns its inbox")]
    fn run(mut self, inbox: Receiver<Request>) {
        let mut next = inbox.recv().ok();
        while let Some(request) = next.take() {
            match request {
                Request::Commit { ticket, batch, bytes } => {
                    let mut group = Group::default();
                    group.push(ticket, batch, bytes);
                    next = self.gather(&mut group, &inbox);
                    self.commit(group);
                }
                Request::Page { ticket, container, after, max_count, max_bytes } => {
                    let page =
                        self.call(|store| store.page(&container, after, max_count, max_bytes));
                    (self.deliver)(vec![match page {
                        Ok(messages) => StoreEvent::Paged(ticket, messages),
                        Err(error) => StoreEvent::PageFailed(ticket, error),
                    }]);
                }
                Request::Close => {
                    let closed = self.call(|store| store.close());
                    // Files and locks are free before anybody hears of the end.
                    drop(self.store);
                    (self.deliver)(vec![match closed {
                        Ok(()) => StoreEvent::Closed,
                        Err(error) => StoreEvent::CloseFailed(error),
                    }]);
                    return;
                }
            }
            next = next.or_else(|| inbox.recv().ok());
        }
    }

    /// Takes the commits that wait; returns what must come after them.
    fn gather(&self, group: &mut Group, inbox: &Receiver<Request>) -> Option<Request> {
        while group.batches.len() < self.limits.max_batches && group.bytes < self.limits.max_bytes {
            match inbox.try_recv().ok()? {
                Request::Commit { ticket, batch, bytes } => group.push(ticket, batch, bytes),
                other => return Some(other),
            }
        }
        None
    }

    fn commit(&mut self, group: Group) {
        let whole = self.call(|store| store.commit(&group.batches));
        let alone = group.batches.len() == 1;
        let events = match whole {
            Err(error) if !error.is_final() && !alone => self.commit_singly(&group),
            outcome => group.tickets.iter().map(|&t| committed(t, outcome.clone())).collect(),
        };
        self.pending.fetch_sub(group.bytes, Ordering::Relaxed);
        drop(group);
        (self.deliver)(events);
    }

    /// The group found no room; perhaps some of its batches do, such as those that only remove.
    fn commit_singly(&mut self, group: &Group) -> Vec<StoreEvent> {
        let pairs = group.tickets.iter().zip(group.batches.chunks(1));
        pairs.map(|(&t, batch)| committed(t, self.call(|store| store.commit(batch)))).collect()
    }

    /// Calls the store unless it is broken. A panic in it counts as a final error: the engine must
    /// hear of it rather than wait for ever.
    fn call<T>(
        &mut self,
        work: impl FnOnce(&mut dyn Store) -> Result<T, StoreError>,
    ) -> Result<T, Arc<StoreError>> {
        if let Some(error) = &self.broken {
            return Err(error.clone());
        }
        let outcome = catch_unwind(AssertUnwindSafe(|| work(self.store.as_mut())));
        let error = match outcome {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(error)) => Arc::new(error),
            Err(_) => Arc::new(StoreError::Io {
                path: "(unknown)".into(),
                detail: "the store panicked; see the output above".into(),
            }),
        };
        if error.is_final() {
            tracing::error!(%error, "the store is unusable from now on");
            self.broken = Some(error.clone());
        }
        Err(error)
    }
}

impl Group {
    fn push(&mut self, ticket: Ticket, batch: Batch, bytes: usize) {
        self.tickets.push(ticket);
        self.batches.push(batch);
        self.bytes += bytes;
    }
}

fn committed(ticket: Ticket, outcome: Result<(), Arc<StoreError>>) -> StoreEvent {
    match outcome {
        Ok(()) => StoreEvent::Stored(ticket),
        Err(error) => StoreEvent::StoreFailed(ticket, error),
    }
}

#[cfg(test)]
mod tests;

//! What the writer's thread does all day.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{
    GroupLimits, StoreEvent,
    company::{self, Company},
};
use crate::{
    fail_point,
    model::{Batch, Container, Recovered, Ticket},
    store::{Store, StoreError},
};

/// What the handle asks of the thread.
#[derive(Debug)]
pub(super) enum Request {
    Commit(Work),
    /// There was something urgent, or something that may be overtaken; perhaps it is done already.
    Look,
    Page {
        ticket: Ticket,
        container: Container,
        after: u64,
        max_count: usize,
        max_bytes: usize,
    },
    Close,
}

/// A batch to commit.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) ticket: Ticket,
    pub(super) batch: Batch,
    /// The last failure that whoever made it had heard of.
    pub(super) knows: Ticket,
    pub(super) bytes: usize,
}

/// What overtakes the requests, and what they overtake.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    urgent: Mutex<Group>,
    patient: Mutex<VecDeque<Work>>,
}

impl Lanes {
    pub(super) fn push_urgent(&self, work: Work) {
        self.urgent().push(work);
    }

    pub(super) fn push_patient(&self, work: Work) {
        self.patient().push_back(work);
    }

    fn take_urgent(&self) -> Group {
        std::mem::take(&mut *self.urgent())
    }

    /// About so many bytes of it.
    fn take_patient(&self, bytes: usize) -> Group {
        let (mut group, mut patient) = (Group::default(), self.patient());
        while group.bytes < bytes
            && let Some(work) = patient.pop_front()
        {
            group.push(work);
        }
        group
    }

    fn urgent(&self) -> MutexGuard<'_, Group> {
        self.urgent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn patient(&self) -> MutexGuard<'_, VecDeque<Work>> {
        self.patient.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the thread shares with the handle.
pub(super) struct Shared {
    pub(super) pending: Arc<AtomicUsize>,
    pub(super) lanes: Arc<Lanes>,
    /// Nothing more is to be written.
    pub(super) abandoned: Arc<AtomicBool>,
}

/// The thread from its beginning to its end.
pub(super) fn begin(
    open: impl FnOnce() -> Result<Box<dyn Store>, StoreError>,
    limits: GroupLimits,
    mut deliver: impl FnMut(Vec<StoreEvent>),
    shared: Shared,
    inbox: &Receiver<Request>,
) {
    let recover = || {
        let mut store = open()?;
        fail_point::reached("opened");
        let recovered = store.recover()?;
        let recovered = Recovered { limits: store.limits(), ..recovered };
        Ok((store, recovered))
    };
    match caught(recover) {
        Ok((store, recovered)) => {
            deliver(vec![StoreEvent::Recovered(recovered)]);
            let company = Company::default();
            Task { store, limits, deliver, company, broken: None, no_room: None, shared }
                .run(inbox);
        }
        Err(error) => deliver(vec![StoreEvent::OpenFailed(Arc::new(error))]),
    }
}

/// A panic in a store counts as a final error: whoever waits must hear of it rather than wait for ever.
fn caught<T>(work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(StoreError::Io {
            place: "(unknown)".into(),
            detail: "the store panicked; see the output above".into(),
        })
    })
}

/// The thread's own. The store is dropped before whoever is answered knows of the end.
struct Task<D> {
    store: Box<dyn Store>,
    limits: GroupLimits,
    deliver: D,
    company: Company,
    /// After a final error the store is never called again; every request gets this answer.
    broken: Option<Arc<StoreError>>,
    /// The last batch that found no room.
    no_room: Option<(Ticket, Arc<StoreError>)>,
    shared: Shared,
}

impl<D: FnMut(Vec<StoreEvent>)> Task<D> {
    fn run(mut self, inbox: &Receiver<Request>) {
        let mut next = self.wait(inbox);
        while let Some(request) = next.take_if(|_| !self.is_abandoned()) {
            self.commit(self.shared.lanes.take_urgent());
            match request {
                Request::Look => {}
                Request::Commit(work) => {
                    let mut group = Group::default();
                    group.push(work);
                    next = self.gather(&mut group, inbox);
                    self.commit(group);
                    // What may be overtaken is not overtaken for ever.
                    self.commit(self.shared.lanes.take_patient(CHUNK));
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
                    self.commit_patient();
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
            next = next.or_else(|| self.wait(inbox));
        }
    }

    /// The next request. While there is none, the store has time to tidy up.
    fn wait(&mut self, inbox: &Receiver<Request>) -> Option<Request> {
        loop {
            if self.is_abandoned() {
                return None;
            }
            match inbox.try_recv() {
                Ok(request) => return Some(request),
                Err(TryRecvError::Disconnected) => {
                    self.commit_patient();
                    return None;
                }
                Err(TryRecvError::Empty) => {}
            }
            let patient = self.shared.lanes.take_patient(CHUNK);
            if !patient.batches.is_empty() {
                self.commit(patient);
                continue;
            }
            // What fails here is told with the next request.
            let Ok(Some(pause)) = self.call(|store| store.tidy()) else {
                return inbox.recv().ok();
            };
            match inbox.recv_timeout(pause) {
                Ok(request) => return Some(request),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// Takes the commits that wait; returns what must come after them.
    fn gather(&mut self, group: &mut Group, inbox: &Receiver<Request>) -> Option<Request> {
        while group.batches.len() < self.limits.max_batches && group.bytes < self.limits.max_bytes {
            match self.joining(group, inbox)? {
                Request::Commit(work) => group.push(work),
                // It is not kept waiting for the sync of this group.
                Request::Look => self.commit(self.shared.lanes.take_urgent()),
                other => return Some(other),
            }
        }
        None
    }

    /// What waits, or comes soon enough for this group.
    fn joining(&self, group: &Group, inbox: &Receiver<Request>) -> Option<Request> {
        match inbox.try_recv() {
            Err(TryRecvError::Empty) if !group.adds => {
                inbox.recv_timeout(self.company.expected_for(company::now())?).ok()
            }
            request => request.ok(),
        }
    }

    fn commit(&mut self, group: Group) {
        if group.batches.is_empty() || self.is_abandoned() {
            return;
        }
        if group.batches.iter().any(Batch::comes_last) {
            // What is dropped must not be filled afterwards, and what waits for all waits for this, too.
            self.commit_patient();
        }
        let (bytes, adds, begun) = (group.bytes, group.adds, company::now());
        fail_point::reached_if("before-removal", || group.batches.iter().any(Batch::removes));
        let events = match self.commit_together(&group) {
            Some(outcome) => group.each(|_, _| outcome.clone()),
            None => group.each(|order, batch| self.commit_alone(order, batch)),
        };
        self.shared.pending.fetch_sub(bytes, Ordering::Relaxed);
        (self.deliver)(events);
        if adds {
            let now = company::now();
            self.company.answered(now, now - begun);
        }
    }

    fn is_abandoned(&self) -> bool {
        self.shared.abandoned.load(Ordering::Acquire)
    }

    /// All that has been overtaken so far.
    fn commit_patient(&mut self) {
        loop {
            let group = self.shared.lanes.take_patient(self.limits.max_bytes);
            if group.batches.is_empty() {
                return;
            }
            self.commit(group);
        }
    }

    /// Nothing if the group finds no room: perhaps some of its batches do, such as those that only
    /// remove.
    fn commit_together(&mut self, group: &Group) -> Option<Result<(), Arc<StoreError>>> {
        let mut pairs = group.orders.iter().zip(&group.batches);
        if pairs.any(|(order, batch)| self.comes_too_early(*order, batch).is_some()) {
            return None;
        }
        let outcome = self.call(|store| store.commit(&group.batches));
        let full = outcome.as_ref().is_err_and(|error| !error.is_final());
        (!full).then_some(outcome)
    }

    fn commit_alone(&mut self, order: Order, batch: &Batch) -> Result<(), Arc<StoreError>> {
        if let Some(error) = self.comes_too_early(order, batch) {
            return Err(error);
        }
        let outcome = self.call(|store| store.commit(std::slice::from_ref(batch)));
        if let Err(error) = &outcome
            && !error.is_final()
        {
            self.no_room = Some((order.ticket, error.clone()));
        }
        outcome
    }

    /// Another batch has found no room since this one was made, and may be tried again: what comes
    /// behind that one must not be kept before it.
    fn comes_too_early(&self, order: Order, batch: &Batch) -> Option<Arc<StoreError>> {
        let (ticket, error) = self.no_room.as_ref()?;
        (order.knows < *ticket && batch.adds()).then(|| error.clone())
    }

    /// Calls the store unless it is broken.
    fn call<T>(
        &mut self,
        work: impl FnOnce(&mut dyn Store) -> Result<T, StoreError>,
    ) -> Result<T, Arc<StoreError>> {
        if let Some(error) = &self.broken {
            return Err(error.clone());
        }
        let error = match caught(|| work(self.store.as_mut())) {
            Ok(value) => return Ok(value),
            Err(error) => Arc::new(error),
        };
        if error.is_final() {
            // Whoever runs the broker says so when it ends for this.
            tracing::debug!(%error, "the store is unusable from now on");
            self.broken = Some(error.clone());
        }
        Err(error)
    }
}

/// What may be overtaken is committed in such pieces, so that others wait for no more than one.
const CHUNK: usize = 64 * 1024;

/// Batches that are committed together.
#[derive(Debug, Default)]
struct Group {
    orders: Vec<Order>,
    batches: Vec<Batch>,
    bytes: usize,
    /// Some of them keep messages.
    adds: bool,
}

/// A batch's place among the others.
#[derive(Clone, Copy, Debug)]
struct Order {
    ticket: Ticket,
    knows: Ticket,
}

impl Group {
    fn push(&mut self, Work { ticket, batch, knows, bytes }: Work) {
        self.orders.push(Order { ticket, knows });
        self.adds |= batch.adds();
        self.batches.push(batch);
        self.bytes += bytes;
    }

    /// What became of each.
    fn each(
        self,
        mut outcome: impl FnMut(Order, &Batch) -> Result<(), Arc<StoreError>>,
    ) -> Vec<StoreEvent> {
        let pairs = self.orders.into_iter().zip(self.batches);
        let event = |(order, batch): (Order, Batch)| match outcome(order, &batch) {
            Ok(()) => StoreEvent::Stored(order.ticket),
            Err(error) => StoreEvent::StoreFailed(order.ticket, error, batch),
        };
        pairs.map(event).collect()
    }
}

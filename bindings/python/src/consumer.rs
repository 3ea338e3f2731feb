//! Consumers, and the iteration that decides about a message by how its body ended.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use relaismq::{AckMode, Cause, ConsumerBuilder, Delivery, ReceiveError};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::arguments::{Options, limit};
use crate::counters::Counters;
use crate::errors::Trouble;
use crate::operation::{NOTHING, Operation};
use crate::policies::redelivery;
use crate::process::{Home, Kept};
use crate::received::{delivered, delivery_of};
use crate::tracer::Tracer;

/// How much longer than asked for a broker that is asked for single messages may take to say that it has
/// none: the client's own grace comes first.
const GRACE: Duration = Duration::from_secs(1);

/// What is known of a connection by everything that is made from it.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) home: Home,
    pub(crate) counters: Arc<Counters>,
    pub(crate) tracer: Option<Arc<Tracer>>,
    pub(crate) asynchronous: bool,
}

/// A consumer, shared by threads: each look takes the lock, no wait does.
struct Core {
    context: Context,
    consumer: Mutex<Option<relaismq::Consumer>>,
    /// Given out by an iteration whose body has not ended.
    outstanding: Mutex<Option<Delivery>>,
    /// What is being given back, before anything else can be taken.
    recovering: Mutex<Option<JoinHandle<()>>>,
    /// Only one waits at the mailbox at a time.
    turn: tokio::sync::Mutex<()>,
    closed: watch::Sender<bool>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Core {
    /// True when there is something to take, false if nothing came within the time.
    async fn ready(&self, limit: Option<Duration>) -> Result<bool, Trouble> {
        let mut closed = self.closed.subscribe();
        let looking = async {
            let _turn = self.turn.lock().await;
            let recovering = lock(&self.recovering).take();
            if let Some(recovering) = recovering {
                // Whatever became of it, the mailbox tells what there is.
                let _ = recovering.await;
            }
            poll_fn(|context| match &mut *lock(&self.consumer) {
                Some(consumer) => consumer.poll_ready(limit, context).map_err(Trouble::from),
                None => std::task::Poll::Ready(Err(Trouble::Closed)),
            })
            .await
        };
        let looking = async {
            tokio::select! {
                ready = looking => ready,
                _ = closed.wait_for(|closed| *closed) => Err(Trouble::Closed),
            }
        };
        match limit {
            None => looking.await,
            Some(limit) if limit.is_zero() => {
                tokio::time::timeout(GRACE, looking).await.unwrap_or(Ok(false))
            }
            Some(limit) => tokio::time::timeout(limit, looking).await.unwrap_or(Ok(false)),
        }
    }

    fn is_recovering(&self) -> bool {
        lock(&self.recovering).as_ref().is_some_and(|it| !it.is_finished())
    }

    /// The body of an iteration has ended well.
    fn settle(&self) {
        let outstanding = lock(&self.outstanding).take();
        if let (Some(delivery), Some(consumer)) = (outstanding, &*lock(&self.consumer)) {
            consumer.done(&delivery);
        }
    }

    /// The body of an iteration has failed.
    fn give_back(&self) {
        let outstanding = lock(&self.outstanding).take();
        if let (Some(delivery), Some(consumer)) = (outstanding, &*lock(&self.consumer)) {
            let giving_back = consumer.give_back(&delivery);
            let task = self.context.home.runtime().spawn(async move {
                if let Err(error) = giving_back.await {
                    tracing::warn!(%error, "a message was not given back");
                }
            });
            *lock(&self.recovering) = Some(task);
        }
    }

    fn take(&self, max: usize) -> Result<Vec<Delivery>, Trouble> {
        if self.is_recovering() {
            return Ok(Vec::new());
        }
        lock(&self.consumer).as_mut().map(|it| it.receive_many_now(max)).ok_or(Trouble::Closed)
    }

    fn lend(&self) -> Result<Option<Delivery>, Trouble> {
        if *self.closed.borrow() {
            return Err(Trouble::Closed);
        }
        if self.is_recovering() {
            return Ok(None);
        }
        let lent = lock(&self.consumer).as_mut().ok_or(Trouble::Closed)?.lend_now()?;
        if let Some(delivery) = &lent {
            *lock(&self.outstanding) = Some(delivery.clone());
        }
        Ok(lent)
    }

    fn show(&self, py: Python<'_>, delivery: Delivery) -> PyResult<Py<PyAny>> {
        let Context { home, counters, asynchronous, .. } = &self.context;
        counters.receives(delivery.redelivered());
        delivered(py, home, delivery, *asynchronous)
    }
}

#[pyclass(frozen, module = "relaismq._native")]
pub(crate) struct Consumer(Kept<Arc<Core>>);

impl Consumer {
    fn new(context: &Context, consumer: relaismq::Consumer) -> Self {
        let core = Core {
            context: context.clone(),
            consumer: Mutex::new(Some(consumer)),
            outstanding: Mutex::default(),
            recovering: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
            closed: watch::Sender::new(false),
        };
        Self(Kept::new(&context.home, Arc::new(core)))
    }

    fn core(&self, py: Python<'_>) -> PyResult<&Arc<Core>> {
        self.0.get().map_err(|trouble| trouble.raise(py))
    }
}

#[pymethods]
impl Consumer {
    /// Waits until there is something to take, which it leaves there; false after `timeout`.
    fn ready(&self, py: Python<'_>, timeout: Option<&Bound<'_, PyAny>>) -> PyResult<Operation> {
        let (core, limit) = (Arc::clone(self.core(py)?), limit(timeout, "timeout")?);
        Ok(Operation::new(self.0.home(), async move { core.ready(limit).await }))
    }

    /// What has come, at most so many. With automatic acknowledgement they are acknowledged.
    fn take(&self, py: Python<'_>, max: usize) -> PyResult<Vec<Py<PyAny>>> {
        let core = self.core(py)?;
        core.settle();
        let taken = core.take(max).map_err(|trouble| trouble.raise(py))?;
        taken.into_iter().map(|delivery| core.show(py, delivery)).collect()
    }

    fn iterate(&self, py: Python<'_>) -> PyResult<Iteration> {
        Ok(Iteration(Kept::new(self.0.home(), Arc::clone(self.core(py)?))))
    }

    /// Has this message delivered again.
    fn give_back(&self, py: Python<'_>, message: &Bound<'_, PyAny>) -> PyResult<Operation> {
        let (core, delivery) = (Arc::clone(self.core(py)?), delivery_of(message)?);
        Ok(Operation::new(self.0.home(), async move {
            let giving =
                lock(&core.consumer).as_ref().map(|consumer| consumer.give_back(&delivery));
            giving.ok_or(Trouble::Closed)?.await?;
            Ok(NOTHING)
        }))
    }

    /// Has everything delivered again that was received and not acknowledged.
    fn recover(&self, py: Python<'_>) -> PyResult<Operation> {
        let core = Arc::clone(self.core(py)?);
        Ok(Operation::new(self.0.home(), async move {
            lock(&core.outstanding).take();
            let recovering = lock(&core.consumer).as_ref().map(relaismq::Consumer::recovering);
            recovering.ok_or(Trouble::Closed)?.await?;
            Ok(NOTHING)
        }))
    }

    /// Ends iterations when the body that is running has ended, and waits for nothing.
    fn stop(&self, py: Python<'_>) -> PyResult<()> {
        self.core(py)?.closed.send_replace(true);
        Ok(())
    }

    /// Closes it. What an iteration gave out last is acknowledged if its body has ended well, which is
    /// for the caller to say.
    fn close(&self, py: Python<'_>, settle: bool) -> PyResult<Operation> {
        let core = Arc::clone(self.core(py)?);
        if settle {
            core.settle();
        }
        let consumer = lock(&core.consumer).take();
        core.closed.send_replace(true);
        Ok(Operation::new(self.0.home(), async move {
            match consumer.map(relaismq::Consumer::close) {
                Some(closing) => match closing.await {
                    // A connection that has ended has closed it already.
                    Ok(())
                    | Err(relaismq::OperationError::NotDone(Cause::Closed(_) | Cause::Gone(_))) => {
                        Ok(NOTHING)
                    }
                    Err(error) => Err(error.into()),
                },
                None => Ok(NOTHING),
            }
        }))
    }
}

/// The messages of a consumer, one after the other. One is acknowledged when the next is asked for, or
/// when the iteration is left by `break` or `return`; where an exception leaves it, the message comes
/// again.
#[pyclass(frozen, module = "relaismq._native")]
pub(crate) struct Iteration(Kept<Arc<Core>>);

#[pymethods]
impl Iteration {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    /// The end of the iteration is that this program has closed the consumer or the connection.
    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let core = self.0.get().map_err(|trouble| trouble.raise(py))?;
        core.settle();
        loop {
            match core.lend() {
                Ok(Some(delivery)) => return core.show(py, delivery).map(Some),
                Ok(None) => {}
                Err(trouble) if is_orderly(&trouble) => return Ok(None),
                Err(trouble) => return Err(trouble.raise(py)),
            }
            let waiting = Arc::clone(core);
            let waiting = Operation::new(self.0.home(), async move {
                // The look that follows says what is wrong.
                Ok(waiting.ready(None).await.unwrap_or(true))
            });
            waiting.wait(py, None)?;
        }
    }

    /// As `next`, but `None` if there is nothing yet.
    fn next_now(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let core = self.0.get().map_err(|trouble| trouble.raise(py))?;
        core.settle();
        let lent = core.lend().map_err(|trouble| trouble.raise(py))?;
        lent.map(|delivery| core.show(py, delivery)).transpose()
    }

    /// Whether this program has closed the consumer or the connection.
    fn is_ended_in_order(&self) -> bool {
        let lent = self.0.get().and_then(|core| core.lend());
        lent.is_err_and(|trouble| is_orderly(&trouble))
    }

    /// Has the message that was given out last delivered again.
    fn give_back(&self, py: Python<'_>) -> PyResult<()> {
        self.0.get().map_err(|trouble| trouble.raise(py))?.give_back();
        Ok(())
    }
}

impl Drop for Iteration {
    fn drop(&mut self) {
        let Ok(core) = self.0.get() else { return };
        // A loop drops its iterator as it is left: with an exception in flight, or without.
        match Python::try_attach(PyErr::occurred) {
            Some(false) => core.settle(),
            Some(true) => core.give_back(),
            // The interpreter is at its end, and nobody knows how the body ended.
            None => {}
        }
    }
}

/// This program has closed the consumer or the connection.
fn is_orderly(trouble: &Trouble) -> bool {
    matches!(
        trouble,
        Trouble::Closed
            | Trouble::Client(relaismq::Error::Receive(ReceiveError::Ended(Cause::Closed(None))))
    )
}

pub(crate) fn ack_mode(name: &str) -> PyResult<AckMode> {
    match name {
        "auto" => Ok(AckMode::Auto),
        "client" => Ok(AckMode::Client),
        "individual" => Ok(AckMode::Individual),
        "dups_ok" => Ok(AckMode::DupsOk),
        other => Err(PyValueError::new_err(format!(
            "ack is \"{other}\"; it is auto, client, individual or dups_ok"
        ))),
    }
}

/// Opens a consumer.
pub(crate) fn open(
    context: &Context,
    builder: ConsumerBuilder,
    options: &Bound<'_, PyDict>,
) -> PyResult<Operation> {
    let builder = configured(builder, options)?;
    let context = context.clone();
    let home = context.home.clone();
    Ok(Operation::new(&home, async move { Ok(Consumer::new(&context, builder.build().await?)) }))
}

pub(crate) fn configured(
    mut builder: ConsumerBuilder,
    options: &Bound<'_, PyDict>,
) -> PyResult<ConsumerBuilder> {
    let mut options = Options::new(options);
    if let Some(selector) = options.read::<String>("selector")? {
        builder = builder.selector(selector);
    }
    if let Some(prefetch) = options.read::<u16>("prefetch")? {
        builder = builder.prefetch(prefetch);
    }
    if let Some(mode) = options.read::<String>("ack")? {
        builder = builder.ack(ack_mode(&mode)?);
    }
    if let Some(name) = options.read::<String>("durable")? {
        builder = builder.durable(name);
    }
    if options.read::<bool>("no_local")?.unwrap_or(false) {
        builder = builder.no_local();
    }
    if options.read::<bool>("exclusive")?.unwrap_or(false) {
        builder = builder.exclusive();
    }
    if options.read::<bool>("retroactive")?.unwrap_or(false) {
        builder = builder.retroactive();
    }
    if let Some(priority) = options.read::<u8>("priority")? {
        builder = builder.priority(priority);
    }
    if let Some(confirm) = options.read::<bool>("confirm_acks")? {
        builder = builder.confirm_acks(confirm);
    }
    if let Some(policy) = options.take("redelivery")? {
        builder = builder.redelivery(redelivery(&policy)?);
    }
    options.finish()?;
    Ok(builder)
}

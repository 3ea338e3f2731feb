//! Producers, and sending many messages at once.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use relaismq::{ProducerBuilder, SendError, SendOptions, Settled, Target};

use crate::arguments::{Options, target};
use crate::consumer::Context;
use crate::errors::Trouble;
use crate::message::{outgoing, send_options};
use crate::operation::{NOTHING, Operation};
use crate::process::Kept;
use crate::tracer::traced;

/// Sends of a pipeline after which it looks what has become of the earlier ones.
const LOOK_AFTER: u64 = 64;

/// What is known of a message that was sent.
#[pyclass(frozen, module = "relaismq", get_all)]
pub(crate) struct Receipt {
    confirmed: bool,
    message_id: Option<String>,
}

#[pymethods]
impl Receipt {
    fn __repr__(&self) -> String {
        let id = self.message_id.as_deref().unwrap_or("without a message id");
        format!("<Receipt {} {id}>", if self.confirmed { "confirmed" } else { "handed over" })
    }
}

impl From<relaismq::Receipt> for Receipt {
    fn from(receipt: relaismq::Receipt) -> Self {
        Self {
            confirmed: receipt.confirmed(),
            message_id: receipt.message_id().map(ToString::to_string),
        }
    }
}

#[pyclass(frozen, module = "relaismq._native")]
pub(crate) struct Producer {
    kept: Kept<relaismq::Producer>,
    context: Context,
    defaults: SendOptions,
}

/// Opens a producer whose sends have these options unless they say otherwise.
pub(crate) fn open(
    context: &Context,
    builder: ProducerBuilder,
    options: &Bound<'_, PyDict>,
) -> PyResult<Operation> {
    let mut options = Options::new(options);
    let defaults = send_options(&mut options, SendOptions::default())?;
    let mut builder = builder.options(defaults.clone());
    if let Some(bytes) = options.read::<usize>("window")? {
        builder = builder.window(bytes);
    }
    options.finish()?;
    let (home, context) = (context.home.clone(), context.clone());
    Ok(Operation::new(&home, async move {
        let kept = Kept::new(&context.home, builder.build().await?);
        Ok(Producer { kept, context, defaults })
    }))
}

#[pymethods]
impl Producer {
    #[pyo3(signature = (body, options = None, destination = None))]
    fn send(
        &self,
        py: Python<'_>,
        body: &Bound<'_, PyAny>,
        options: Option<&Bound<'_, PyDict>>,
        destination: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Operation> {
        let (message, options) = outgoing(body, options, &self.defaults)?;
        let message = traced(py, message, self.context.tracer.as_deref())?;
        let destination = destination.map(target).transpose()?;
        let producer = self.kept.get().map_err(|trouble| trouble.raise(py))?.clone();
        let counters = Arc::clone(&self.context.counters);
        Ok(Operation::new(self.kept.home(), async move {
            let sent = match destination {
                Some(destination) => producer.send_to_with(destination, message, &options).await,
                None => producer.send_with(message, &options).await,
            };
            counters.sends(sent.is_ok());
            Ok(sent.map(Receipt::from)?)
        }))
    }

    fn pipeline(&self, py: Python<'_>) -> PyResult<Pipeline> {
        let producer = self.kept.get().map_err(|trouble| trouble.raise(py))?;
        Ok(Pipeline {
            kept: Kept::new(self.kept.home(), Arc::new(Flow::new(producer.pipeline()))),
            context: self.context.clone(),
            defaults: self.defaults.clone(),
        })
    }

    fn close(&self, py: Python<'_>) -> PyResult<Operation> {
        let producer = self.kept.get().map_err(|trouble| trouble.raise(py))?.clone();
        Ok(Operation::new(self.kept.home(), async move {
            // With its connection it is closed already.
            drop(producer.close().await);
            Ok(NOTHING)
        }))
    }
}

/// Many sends under way, without an object of Python for each.
#[pyclass(frozen, module = "relaismq._native")]
pub(crate) struct Pipeline {
    kept: Kept<Arc<Flow>>,
    context: Context,
    defaults: SendOptions,
}

struct Flow {
    pipeline: relaismq::Pipeline,
    next: AtomicU64,
    confirmed: AtomicU64,
    failures: Mutex<Vec<(u64, SendError)>>,
}

impl Flow {
    fn new(pipeline: relaismq::Pipeline) -> Self {
        let counter = || AtomicU64::new(0);
        Self { pipeline, next: counter(), confirmed: counter(), failures: Mutex::default() }
    }

    fn note(&self, settled: Vec<Settled>, context: &Context) {
        for Settled { tag, outcome, .. } in settled {
            context.counters.sends(outcome.is_ok());
            match outcome {
                Ok(_) => {
                    self.confirmed.fetch_add(1, Ordering::Relaxed);
                }
                Err(error) => {
                    self.failures.lock().unwrap_or_else(PoisonError::into_inner).push((tag, error));
                }
            }
        }
    }
}

#[pymethods]
impl Pipeline {
    /// The number of the message, and what to wait for if there is no room for it yet.
    #[pyo3(signature = (body, options = None, destination = None))]
    fn send(
        &self,
        py: Python<'_>,
        body: &Bound<'_, PyAny>,
        options: Option<&Bound<'_, PyDict>>,
        destination: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<(u64, Option<Operation>)> {
        let (message, options) = outgoing(body, options, &self.defaults)?;
        let message = traced(py, message, self.context.tracer.as_deref())?;
        let destination: Option<Target> = destination.map(target).transpose()?;
        let flow = Arc::clone(self.kept.get().map_err(|trouble| trouble.raise(py))?);
        let tag = flow.next.fetch_add(1, Ordering::Relaxed);
        if tag % LOOK_AFTER == 0 {
            flow.note(flow.pipeline.settled_now(), &self.context);
        }
        let sending = async move {
            let pipeline = &flow.pipeline;
            match destination {
                Some(target) => pipeline.send_to_with(tag, target, message, &options).await?,
                None => pipeline.send_with(tag, message, &options).await?,
            }
            Ok(NOTHING)
        };
        Ok((tag, Operation::unless_done(py, self.kept.home(), sending)?))
    }

    /// Waits for what is under way: how many messages were confirmed, and the others with what is wrong.
    fn flush(&self, py: Python<'_>) -> PyResult<Operation> {
        let flow = Arc::clone(self.kept.get().map_err(|trouble| trouble.raise(py))?);
        let context = self.context.clone();
        Ok(Operation::new(self.kept.home(), async move {
            loop {
                let settled = flow.pipeline.settled().await;
                if settled.is_empty() {
                    break;
                }
                flow.note(settled, &context);
            }
            let confirmed = flow.confirmed.swap(0, Ordering::Relaxed);
            let failures =
                std::mem::take(&mut *flow.failures.lock().unwrap_or_else(PoisonError::into_inner));
            Ok(Flushed { confirmed, failures })
        }))
    }
}

/// What has become of the messages of a pipeline.
struct Flushed {
    confirmed: u64,
    failures: Vec<(u64, SendError)>,
}

impl<'py> IntoPyObject<'py> for Flushed {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let failures = self.failures.into_iter();
        let failures =
            failures.map(|(tag, error)| (tag, Trouble::from(error).raise(py).into_value(py)));
        (self.confirmed, failures.collect::<Vec<_>>()).into_bound_py_any(py)
    }
}

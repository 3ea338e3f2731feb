//! Who says in which trace messages are sent.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use relaismq::{Message, TraceContext};

/// Fills a dict with the headers of the current trace, as `opentelemetry.propagate.inject` does.
#[derive(Debug)]
pub(crate) struct Tracer(Py<PyAny>);

impl Tracer {
    /// # Errors
    /// `TypeError` if it cannot be called.
    pub(crate) fn new(inject: Bound<'_, PyAny>) -> PyResult<Self> {
        if inject.is_callable() {
            return Ok(Self(inject.unbind()));
        }
        let found = inject.get_type().name()?;
        Err(PyTypeError::new_err(format!(
            "trace_context is a function that fills a dict, such as opentelemetry.propagate.inject, not a {found}"
        )))
    }

    /// What it says; `None` if it says nothing.
    fn current(&self, py: Python<'_>) -> PyResult<Option<TraceContext>> {
        let headers = PyDict::new(py);
        self.0.call1(py, (&headers,))?;
        let Some(parent) = headers.get_item("traceparent")? else { return Ok(None) };
        let context = TraceContext::new(parent.extract::<String>()?)
            .map_err(|error| PyValueError::new_err(format!("trace_context: {error}")))?;
        let state = headers.get_item("tracestate")?.map(|it| it.extract::<String>()).transpose()?;
        Ok(Some(context.with_state(state.unwrap_or_default())))
    }
}

/// The message with the trace that it is sent in.
///
/// # Errors
/// What the function raised, and `ValueError` if what it gave is no trace.
pub(crate) fn traced(
    py: Python<'_>,
    message: Message,
    tracer: Option<&Tracer>,
) -> PyResult<Message> {
    let context = tracer.map(|tracer| tracer.current(py)).transpose()?.flatten();
    Ok(match context {
        Some(context) => message.trace_context(&context),
        None => message,
    })
}

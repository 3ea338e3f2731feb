//! Messages received.

use std::time::SystemTime;

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict};
use relaismq::{BodyKind, Delivery, Value};

use crate::arguments::from_destination;
use crate::errors::Trouble;
use crate::operation::{NOTHING, Operation};
use crate::process::{Home, Kept};
use crate::value::{from_list, from_map, from_value};

/// A message that came from the broker.
#[pyclass(frozen, subclass, module = "relaismq")]
pub(crate) struct Received {
    message: relaismq::Received,
    properties: PyOnceLock<Py<PyDict>>,
}

/// A message that a consumer received, to be acknowledged by a thread that waits.
#[pyclass(frozen, extends = Received, module = "relaismq", name = "Delivery")]
pub(crate) struct BlockingDelivery(Kept<Delivery>);

/// A message that a consumer received, to be acknowledged in an event loop.
#[pyclass(frozen, extends = Received, module = "relaismq.aio", name = "AwaitedDelivery")]
pub(crate) struct AwaitedDelivery(Kept<Delivery>);

impl Received {
    pub(crate) const fn new(message: relaismq::Received) -> Self {
        Self { message, properties: PyOnceLock::new() }
    }

    pub(crate) const fn message(&self) -> &relaismq::Received {
        &self.message
    }
}

/// As Python sees a delivery.
pub(crate) fn delivered(
    py: Python<'_>,
    home: &Home,
    delivery: Delivery,
    asynchronous: bool,
) -> PyResult<Py<PyAny>> {
    let base = PyClassInitializer::from(Received::new(delivery.clone().into_message()));
    let kept = Kept::new(home, delivery);
    if asynchronous {
        Ok(Py::new(py, base.add_subclass(AwaitedDelivery(kept)))?.into_any())
    } else {
        Ok(Py::new(py, base.add_subclass(BlockingDelivery(kept)))?.into_any())
    }
}

/// What a consumer has given out.
pub(crate) fn delivery_of(message: &Bound<'_, PyAny>) -> PyResult<Delivery> {
    let py = message.py();
    let kept = |kept: &Kept<Delivery>| kept.get().cloned().map_err(|trouble| trouble.raise(py));
    if let Ok(delivery) = message.cast::<BlockingDelivery>() {
        return kept(&delivery.get().0);
    }
    kept(&message.cast::<AwaitedDelivery>()?.get().0)
}

/// Handed over by the call itself.
fn settle(
    kept: &Kept<Delivery>,
    how: impl FnOnce(&Delivery) -> relaismq::AckFuture,
) -> Result<Operation, Trouble> {
    let settled = how(kept.get()?);
    Ok(Operation::new(kept.home(), async move {
        settled.await.map(|()| NOTHING).map_err(Trouble::from)
    }))
}

#[pymethods]
impl BlockingDelivery {
    fn ack(&self, py: Python<'_>) -> PyResult<()> {
        self.wait(py, Delivery::ack)
    }

    fn reject(&self, py: Python<'_>) -> PyResult<()> {
        self.wait(py, Delivery::reject)
    }

    fn dead_letter(&self, py: Python<'_>, cause: String) -> PyResult<()> {
        self.wait(py, |delivery| delivery.dead_letter(cause))
    }
}

impl BlockingDelivery {
    fn wait(
        &self,
        py: Python<'_>,
        how: impl FnOnce(&Delivery) -> relaismq::AckFuture,
    ) -> PyResult<()> {
        let settling = settle(&self.0, how).map_err(|trouble| trouble.raise(py))?;
        settling.wait(py, None).map(drop)
    }
}

#[pymethods]
impl AwaitedDelivery {
    fn ack(&self, py: Python<'_>) -> PyResult<Operation> {
        settle(&self.0, Delivery::ack).map_err(|trouble| trouble.raise(py))
    }

    fn reject(&self, py: Python<'_>) -> PyResult<Operation> {
        settle(&self.0, Delivery::reject).map_err(|trouble| trouble.raise(py))
    }

    fn dead_letter(&self, py: Python<'_>, cause: String) -> PyResult<Operation> {
        settle(&self.0, |delivery| delivery.dead_letter(cause)).map_err(|trouble| trouble.raise(py))
    }
}

/// The body.
#[pymethods]
impl Received {
    #[getter]
    fn kind(&self) -> String {
        self.message.kind().to_string()
    }

    /// The body as Python has it, by its kind.
    #[getter]
    fn body<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        match self.message.kind() {
            BodyKind::Text => self.text(py)?.into_bound_py_any(py).map(Some),
            BodyKind::Bytes => self.bytes(py).map(|bytes| Some(bytes.into_any())),
            BodyKind::Map => self.map(py).map(|map| Some(map.into_any())),
            BodyKind::Stream => self.stream(py).map(Some),
            BodyKind::Object => self.object_bytes(py).map(|bytes| Some(bytes.into_any())),
            _ => Ok(None),
        }
    }

    #[getter]
    fn text(&self, py: Python<'_>) -> PyResult<String> {
        Ok(self.message.text().map_err(|error| body(py, error))?.as_str().to_owned())
    }

    #[getter]
    fn bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.message.bytes().map_err(|error| body(py, error))?))
    }

    #[getter]
    fn map<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        from_map(py, &self.message.map().map_err(|error| body(py, error))?)
    }

    #[getter]
    fn stream<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let values = self.message.stream().map_err(|error| body(py, error))?;
        from_list(py, &values).map(Bound::into_any)
    }

    #[getter]
    fn object_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.message.object_bytes().map_err(|error| body(py, error))?))
    }

    /// Decoded once; the same dict each time.
    #[getter]
    fn properties<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyDict>> {
        let decoded = self.properties.get_or_try_init(py, || {
            let properties = self.message.properties();
            let properties =
                properties.map_err(|error| body(py, relaismq::BodyError::from(error)))?;
            from_map(py, &properties).map(Bound::unbind)
        });
        decoded.map(|dict| dict.bind(py))
    }

    #[pyo3(signature = (name, default = None))]
    fn property<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        default: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        match self.message.property::<Value>(name) {
            Some(value) => from_value(py, &value).map(Some),
            None => Ok(default),
        }
    }

    /// What a propagator reads.
    #[getter]
    fn trace_context<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let headers = PyDict::new(py);
        if let Some(context) = self.message.trace_context() {
            headers.set_item("traceparent", context.parent())?;
            if let Some(state) = context.state() {
                headers.set_item("tracestate", state)?;
            }
        }
        Ok(headers)
    }

    #[getter]
    fn message_id(&self) -> Option<String> {
        self.message.message_id().map(ToString::to_string)
    }

    #[getter]
    fn destination<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        from_destination(py, self.message.destination())
    }

    #[getter]
    fn original_destination<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        from_destination(py, self.message.original_destination())
    }

    #[getter]
    fn reply_to<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        from_destination(py, self.message.reply_to())
    }

    #[getter]
    fn correlation_id(&self) -> Option<&str> {
        self.message.correlation_id()
    }

    #[getter]
    fn r#type(&self) -> Option<&str> {
        self.message.message_type()
    }

    #[getter]
    fn priority(&self) -> u8 {
        self.message.priority()
    }

    #[getter]
    fn persistent(&self) -> bool {
        self.message.persistent()
    }

    #[getter]
    fn redelivered(&self) -> bool {
        self.message.redelivered()
    }

    #[getter]
    fn delivery_count(&self) -> u32 {
        self.message.delivery_count()
    }

    #[getter]
    fn timestamp<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        moment(py, self.message.timestamp())
    }

    #[getter]
    fn expiration<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        moment(py, self.message.expiration())
    }

    #[getter]
    fn group_id(&self) -> Option<&str> {
        self.message.group()
    }

    #[getter]
    fn group_sequence(&self) -> i32 {
        self.message.group_sequence()
    }

    #[getter]
    fn user_id(&self) -> Option<&str> {
        self.message.user_id()
    }

    /// Without the body and the properties, which may be confidential.
    fn __repr__(&self) -> String {
        let id = self.message_id().unwrap_or_default();
        let count = self.message.delivery_count();
        format!("<{} message {id}, delivery {count}>", self.message.kind())
    }
}

fn body(py: Python<'_>, error: relaismq::BodyError) -> PyErr {
    Trouble::from(relaismq::Error::from(error)).raise(py)
}

/// A `datetime` in UTC.
fn moment(py: Python<'_>, time: Option<SystemTime>) -> PyResult<Option<Bound<'_, PyAny>>> {
    static MOMENT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let Some(time) = time else { return Ok(None) };
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    MOMENT.import(py, "relaismq._values", "moment")?.call1((since.as_secs_f64(),)).map(Some)
}

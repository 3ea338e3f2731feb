//! What happens to a connection.

use std::sync::Arc;
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;
use relaismq::Event;

use crate::operation::Operation;
use crate::process::{Home, Kept};

#[pyclass(frozen, module = "relaismq._native")]
pub(crate) struct Events(Kept<Arc<tokio::sync::Mutex<relaismq::Events>>>);

impl Events {
    pub(crate) fn new(home: &Home, events: relaismq::Events) -> Self {
        Self(Kept::new(home, Arc::new(tokio::sync::Mutex::new(events))))
    }
}

#[pymethods]
impl Events {
    /// The next one; `None` after the last.
    fn next(&self, py: Python<'_>) -> PyResult<Operation> {
        let events = Arc::clone(self.0.get().map_err(|trouble| trouble.raise(py))?);
        Ok(Operation::new(
            self.0.home(),
            async move { Ok(events.lock().await.recv().await.map(Told)) },
        ))
    }
}

/// Becomes one of the data classes in `relaismq.events`.
struct Told(Event);

/// A field of an event.
enum Field {
    Text(String),
    Texts(Vec<String>),
    Count(u64),
    Seconds(Duration),
    Nothing,
}

impl<'py> IntoPyObject<'py> for Told {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        static MODULE: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
        let (class, fields) = parts(&self.0);
        let given = PyDict::new(py);
        for (name, field) in fields {
            match field {
                Field::Text(text) => given.set_item(name, text)?,
                Field::Texts(texts) => given.set_item(name, texts)?,
                Field::Count(count) => given.set_item(name, count)?,
                Field::Seconds(time) => given.set_item(name, time.as_secs_f64())?,
                Field::Nothing => given.set_item(name, py.None())?,
            }
        }
        let module =
            MODULE.get_or_try_init(py, || py.import("relaismq.events").map(Bound::unbind))?;
        module.bind(py).getattr(class)?.call((self.0.to_string(),), Some(&given))
    }
}

fn parts(event: &Event) -> (&'static str, Vec<(&'static str, Field)>) {
    let text = |value: &dyn ToString| Field::Text(value.to_string());
    let whole = |value: usize| Field::Count(u64::try_from(value).unwrap_or(u64::MAX));
    match event {
        Event::Connecting { broker, attempt } => (
            "Connecting",
            vec![("broker", text(broker)), ("attempt", Field::Count((*attempt).into()))],
        ),
        Event::Failed { broker, reason } => {
            ("Failed", vec![("broker", text(broker)), ("reason", text(reason))])
        }
        Event::Waiting { delay, passes } => (
            "Waiting",
            vec![("delay", Field::Seconds(*delay)), ("passes", Field::Count((*passes).into()))],
        ),
        Event::Connected { broker, .. } => ("Connected", vec![("broker", text(broker))]),
        Event::Interrupted { broker, reason, .. } => {
            ("Interrupted", vec![("broker", text(broker)), ("reason", text(reason))])
        }
        Event::Restoring { broker, .. } => ("Restoring", vec![("broker", text(broker))]),
        Event::SpareReady { broker } => ("SpareReady", vec![("broker", text(broker))]),
        Event::SpareLost { broker, reason } => {
            ("SpareLost", vec![("broker", text(broker)), ("reason", text(reason))])
        }
        Event::Moving { from, to, reason } => {
            ("Moving", vec![("broker", text(from)), ("to", text(to)), ("reason", text(reason))])
        }
        Event::Staying { broker, reason } => {
            ("Staying", vec![("broker", text(broker)), ("reason", text(reason))])
        }
        Event::Resumed { broker, outage, attempts, restored, resent, .. } => (
            "Resumed",
            vec![
                ("broker", text(broker)),
                ("elapsed", Field::Seconds(*outage)),
                ("attempts", Field::Count((*attempts).into())),
                ("restored", whole(*restored)),
                ("resent", whole(*resent)),
            ],
        ),
        Event::ConsumerLost { destination, reason } => {
            ("ConsumerLost", vec![("destination", text(destination)), ("reason", text(reason))])
        }
        Event::BrokersChanged { added, removed } => {
            let list = |brokers: &[relaismq::options::BrokerAddress]| {
                Field::Texts(brokers.iter().map(ToString::to_string).collect())
            };
            ("BrokersChanged", vec![("added", list(added)), ("removed", list(removed))])
        }
        Event::ListUnread { file, reason } => {
            ("ListUnread", vec![("file", text(&file.display())), ("reason", text(reason))])
        }
        Event::Closed { reason } => {
            let reason = reason.as_ref().map_or(Field::Nothing, |reason| text(reason));
            ("Closed", vec![("reason", reason)])
        }
        _ => ("Warned", Vec::new()),
    }
}

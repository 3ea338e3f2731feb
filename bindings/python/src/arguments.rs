//! What Python hands in: times, destinations, options by name.

use std::time::Duration;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyDelta, PyDict, PyFloat, PyInt, PyString, PyType};
use relaismq::{Destination, Target};
use relaismq_openwire::destination::Kind;

/// Seconds as a number, or a `timedelta`.
///
/// # Errors
/// `TypeError` or `ValueError` for anything else and for negative times.
pub(crate) fn duration(value: &Bound<'_, PyAny>, name: &str) -> PyResult<Duration> {
    let seconds: f64 = if value.is_instance_of::<PyDelta>() {
        value.call_method0("total_seconds")?.extract()?
    } else if value.is_instance_of::<PyFloat>()
        || (value.is_instance_of::<PyInt>() && !value.is_instance_of::<PyBool>())
    {
        value.extract()?
    } else {
        let found = value.get_type().name()?;
        return Err(PyTypeError::new_err(format!(
            "{name} is a number of seconds or a timedelta, not a {found}"
        )));
    };
    Duration::try_from_secs_f64(seconds)
        .map_err(|_| PyValueError::new_err(format!("{name} is {seconds} s; it cannot be negative")))
}

/// A time that may be left out: `None` is no limit.
pub(crate) fn limit(value: Option<&Bound<'_, PyAny>>, name: &str) -> PyResult<Option<Duration>> {
    value.filter(|value| !value.is_none()).map(|value| duration(value, name)).transpose()
}

/// `orders`, `topic://prices?consumer.retroactive=true`, `Queue("orders")`, a received `reply_to`.
pub(crate) fn target(value: &Bound<'_, PyAny>) -> PyResult<Target> {
    Ok(Target::from(destination_text(value)?))
}

/// As [`target`], for headers.
pub(crate) fn destination(value: &Bound<'_, PyAny>) -> PyResult<Destination> {
    let text = destination_text(value)?;
    Destination::parse(&text, Kind::Queue).ok_or_else(|| {
        PyValueError::new_err(format!(
            "\"{text}\" is no destination; write queue://NAME or topic://NAME"
        ))
    })
}

fn destination_text(value: &Bound<'_, PyAny>) -> PyResult<String> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(text.to_str()?.to_owned());
    }
    if value.is_instance(CLASS.import(value.py(), "relaismq._destinations", "Destination")?)? {
        return value.str()?.extract();
    }
    let found = value.get_type().name()?;
    Err(PyTypeError::new_err(format!("a destination is a str, a Queue or a Topic, not a {found}")))
}

/// The class of a destination that the broker told of.
pub(crate) fn from_destination<'py>(
    py: Python<'py>,
    destination: Option<&Destination>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    static PARSED: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let Some(destination) = destination else { return Ok(None) };
    let parsed = PARSED.import(py, "relaismq._destinations", "from_text")?;
    let text = format!("{}{}", destination.kind.prefix(), destination.name);
    parsed.call1((text,)).map(Some)
}

/// Options by name, each taken once; what is left was not known.
pub(crate) struct Options<'a, 'py> {
    given: &'a Bound<'py, PyDict>,
    taken: usize,
    known: Vec<&'static str>,
}

impl<'a, 'py> Options<'a, 'py> {
    pub(crate) const fn new(given: &'a Bound<'py, PyDict>) -> Self {
        Self { given, taken: 0, known: Vec::new() }
    }

    /// `None` if it was not given, or given as `None`.
    pub(crate) fn take(&mut self, name: &'static str) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.known.push(name);
        let value = self.given.get_item(name)?;
        self.taken += usize::from(value.is_some());
        Ok(value.filter(|value| !value.is_none()))
    }

    /// As [`take`](Self::take), as a type that says what it expects.
    pub(crate) fn read<T>(&mut self, name: &'static str) -> PyResult<Option<T>>
    where
        T: for<'b> FromPyObject<'b, 'py>,
    {
        let Some(value) = self.take(name)? else { return Ok(None) };
        let read = value.extract::<T>().map_err(Into::<PyErr>::into);
        read.map(Some).map_err(|error| {
            let text = format!("{name}: {}", error.value(value.py()));
            PyErr::from_type(error.get_type(value.py()), text)
        })
    }

    pub(crate) fn duration(&mut self, name: &'static str) -> PyResult<Option<Duration>> {
        self.take(name)?.map(|value| duration(&value, name)).transpose()
    }

    /// # Errors
    /// `TypeError` if something was given that nobody asked for.
    pub(crate) fn finish(self) -> PyResult<()> {
        if self.taken == self.given.len() {
            return Ok(());
        }
        for name in self.given.keys() {
            let name: String = name.extract()?;
            if !self.known.contains(&name.as_str()) {
                let known = self.known.join(", ");
                return Err(PyTypeError::new_err(format!(
                    "there is no option {name}; there are {known}"
                )));
            }
        }
        Ok(())
    }
}

//! Destinations that live with their connection, and looking without taking.

use std::sync::Arc;

use futures::StreamExt;
use pyo3::prelude::*;
use relaismq::{Destination, OperationError, TemporaryQueue, TemporaryTopic};

use crate::arguments::from_destination;
use crate::errors::Trouble;
use crate::operation::Operation;
use crate::process::{Home, Kept};
use crate::received::Received;

/// Deletes its destination when it is collected or closed.
#[pyclass(frozen, module = "relaismq._native")]
pub(crate) struct Temporary {
    kept: std::sync::Mutex<Option<Kept<Guard>>>,
    destination: Destination,
}

/// Only to be dropped.
#[expect(dead_code, reason = "what is in it lives as long as it")]
enum Guard {
    Queue(TemporaryQueue),
    Topic(TemporaryTopic),
}

impl Temporary {
    pub(crate) async fn make(
        home: &Home,
        connection: &relaismq::Connection,
        topic: bool,
    ) -> Result<Self, OperationError> {
        let (guard, destination) = if topic {
            let made = connection.temporary_topic().await?;
            let destination = (*made).clone();
            (Guard::Topic(made), destination)
        } else {
            let made = connection.temporary_queue().await?;
            let destination = (*made).clone();
            (Guard::Queue(made), destination)
        };
        Ok(Self { kept: std::sync::Mutex::new(Some(Kept::new(home, guard))), destination })
    }
}

#[pymethods]
impl Temporary {
    #[getter]
    fn destination<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        from_destination(py, Some(&self.destination))
    }

    fn close(&self) {
        let mut kept = self.kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        drop(kept.take());
    }
}

#[pyclass(frozen, module = "relaismq._native")]
pub(crate) struct Browser(Kept<Arc<tokio::sync::Mutex<Option<relaismq::Browser>>>>);

impl Browser {
    pub(crate) fn new(home: &Home, browser: relaismq::Browser) -> Self {
        Self(Kept::new(home, Arc::new(tokio::sync::Mutex::new(Some(browser)))))
    }
}

#[pymethods]
impl Browser {
    /// The next message; `None` when all have been seen.
    fn next(&self, py: Python<'_>) -> PyResult<Operation> {
        let browser = Arc::clone(self.0.get().map_err(|trouble| trouble.raise(py))?);
        Ok(Operation::new(self.0.home(), async move {
            match &mut *browser.lock().await {
                None => Err(Trouble::Closed),
                Some(browser) => Ok(browser.next().await.transpose()?.map(Received::new)),
            }
        }))
    }

    fn close(&self, py: Python<'_>) -> PyResult<Operation> {
        let browser = Arc::clone(self.0.get().map_err(|trouble| trouble.raise(py))?);
        Ok(Operation::new(self.0.home(), async move {
            Ok(browser.lock().await.take().map(drop).map(|()| true))
        }))
    }
}

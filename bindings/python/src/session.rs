//! Sessions, transacted or not.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use relaismq::{SendOptions, TransactedSession};

use crate::arguments::target;
use crate::consumer::{self, Context};
use crate::message::outgoing;
use crate::operation::{NOTHING, Operation};
use crate::process::Kept;
use crate::producer;
use crate::tracer::traced;

/// Several producers and consumers whose acknowledgements belong together.
#[pyclass(frozen, module = "relaismq._native")]
pub(crate) struct Session {
    kept: Kept<relaismq::Session>,
    context: Context,
}

/// A session in which each commit or rollback begins the next transaction.
#[pyclass(frozen, module = "relaismq._native")]
pub(crate) struct Transaction {
    kept: Kept<Arc<TransactedSession>>,
    context: Context,
}

impl Session {
    pub(crate) fn new(context: &Context, session: relaismq::Session) -> Self {
        Self { kept: Kept::new(&context.home, session), context: context.clone() }
    }
}

#[pymethods]
impl Session {
    fn producer(
        &self,
        py: Python<'_>,
        to: Option<&Bound<'_, PyAny>>,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<Operation> {
        let session = self.kept.get().map_err(|trouble| trouble.raise(py))?;
        let builder = match to {
            Some(to) => session.producer(target(to)?),
            None => session.anonymous_producer(),
        };
        producer::open(&self.context, builder, options)
    }

    fn consumer(
        &self,
        py: Python<'_>,
        source: &Bound<'_, PyAny>,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<Operation> {
        let session = self.kept.get().map_err(|trouble| trouble.raise(py))?;
        consumer::open(&self.context, session.consumer(target(source)?), options)
    }

    fn recover(&self, py: Python<'_>) -> PyResult<Operation> {
        let session = self.kept.get().map_err(|trouble| trouble.raise(py))?.clone();
        Ok(Operation::new(self.kept.home(), async move {
            Ok(session.recover().await.map(|()| NOTHING)?)
        }))
    }
}

#[pymethods]
impl Transaction {
    #[pyo3(signature = (to, body, options = None))]
    fn send(
        &self,
        py: Python<'_>,
        to: &Bound<'_, PyAny>,
        body: &Bound<'_, PyAny>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Operation> {
        let to = target(to)?;
        let (message, options) = outgoing(body, options, &SendOptions::default())?;
        let message = traced(py, message, self.context.tracer.as_deref())?;
        let session = self.get(py)?;
        let counters = Arc::clone(&self.context.counters);
        Ok(Operation::new(self.kept.home(), async move {
            let sent = session.send_with(to, message, &options).await;
            counters.sends(sent.is_ok());
            Ok(sent.map(|()| NOTHING)?)
        }))
    }

    fn producer(
        &self,
        py: Python<'_>,
        to: &Bound<'_, PyAny>,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<Operation> {
        producer::open(&self.context, self.get(py)?.producer(target(to)?), options)
    }

    fn consumer(
        &self,
        py: Python<'_>,
        source: &Bound<'_, PyAny>,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<Operation> {
        consumer::open(&self.context, self.get(py)?.consumer(target(source)?), options)
    }

    fn commit(&self, py: Python<'_>) -> PyResult<Operation> {
        let session = self.get(py)?;
        Ok(Operation::new(self.kept.home(), async move {
            Ok(session.commit().await.map(|()| NOTHING)?)
        }))
    }

    fn rollback(&self, py: Python<'_>) -> PyResult<Operation> {
        let session = self.get(py)?;
        Ok(Operation::new(self.kept.home(), async move {
            Ok(session.rollback().await.map(|()| NOTHING)?)
        }))
    }
}

impl Transaction {
    pub(crate) fn new(context: &Context, session: TransactedSession) -> Self {
        Self { kept: Kept::new(&context.home, Arc::new(session)), context: context.clone() }
    }

    fn get(&self, py: Python<'_>) -> PyResult<Arc<TransactedSession>> {
        self.kept.get().map(Arc::clone).map_err(|trouble| trouble.raise(py))
    }
}

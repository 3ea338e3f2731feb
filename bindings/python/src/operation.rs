//! Work of the client that Python waits for, blocking or in an event loop.

use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use relaismq::blocking::wait_for;
use tokio::task::AbortHandle;

use crate::completions::{Completions, Finish};
use crate::errors::Trouble;
use crate::process::Home;

/// How long a thread waits before it looks for Ctrl-C.
const SLICE: Duration = Duration::from_millis(50);

type Work = Pin<Box<dyn Future<Output = Finish> + Send>>;

/// What an operation without result gives.
pub(crate) const NOTHING: Option<bool> = None;

/// Something to be done: by `wait()` on this thread, or by `await` in an event loop. Once.
#[pyclass(frozen, module = "relaismq._native")]
pub(crate) struct Operation {
    home: Home,
    state: Mutex<State>,
}

enum State {
    Ready(Work),
    Running(AbortHandle),
    Finished,
}

impl Operation {
    pub(crate) fn new<T, F>(home: &Home, future: F) -> Self
    where
        F: Future<Output = Result<T, Trouble>> + Send + 'static,
        T: for<'py> IntoPyObject<'py> + Send + 'static,
    {
        let work = async move {
            let result = future.await;
            let finish: Finish = Box::new(move |py| match result {
                Ok(value) => value.into_py_any(py),
                Err(trouble) => Err(trouble.raise(py)),
            });
            finish
        };
        Self { home: home.clone(), state: Mutex::new(State::Ready(Box::pin(work))) }
    }

    /// Does it at once if it needs no waiting; else what to wait for.
    pub(crate) fn unless_done<T, F>(
        py: Python<'_>,
        home: &Home,
        future: F,
    ) -> PyResult<Option<Self>>
    where
        F: Future<Output = Result<T, Trouble>> + Send + 'static,
        T: for<'py> IntoPyObject<'py> + Send + 'static,
    {
        let mut future = Box::pin(future);
        match wait_for(home.runtime(), &mut future, Duration::ZERO) {
            Some(Ok(_)) => Ok(None),
            Some(Err(trouble)) => Err(trouble.raise(py)),
            None => Ok(Some(Self::new(home, future))),
        }
    }

    fn take(&self) -> Option<Work> {
        let mut state = self.state();
        match std::mem::replace(&mut *state, State::Finished) {
            State::Ready(work) => Some(work),
            other => {
                *state = other;
                None
            }
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Operation {
    /// Does it, and waits without holding up other threads of Python, `TimeoutError` after `limit`
    /// seconds. Ctrl-C ends the wait.
    #[pyo3(signature = (limit = None))]
    pub(crate) fn wait(&self, py: Python<'_>, limit: Option<f64>) -> PyResult<Py<PyAny>> {
        self.home.check().map_err(|trouble| trouble.raise(py))?;
        let Some(mut work) = self.take() else { return Err(Trouble::Again.raise(py)) };
        let mut left = limit.map_or(Duration::MAX, |limit| {
            Duration::try_from_secs_f64(limit).unwrap_or(Duration::ZERO)
        });
        loop {
            let slice = left.min(SLICE);
            match py.detach(|| wait_for(self.home.runtime(), &mut work, slice)) {
                Some(finish) => return finish(py),
                None if left == slice => return Err(Trouble::late().raise(py)),
                None => py.check_signals()?,
            }
            left -= slice;
        }
    }

    /// Does it if that needs no waiting, and gives the result alone in a tuple; else nothing, and it can
    /// still be waited for.
    fn now(&self, py: Python<'_>) -> PyResult<Option<(Py<PyAny>,)>> {
        self.home.check().map_err(|trouble| trouble.raise(py))?;
        let Some(mut work) = self.take() else { return Err(Trouble::Again.raise(py)) };
        if let Some(finish) = wait_for(self.home.runtime(), &mut work, Duration::ZERO) {
            return finish(py).map(|value| Some((value,)));
        }
        *self.state() = State::Ready(work);
        Ok(None)
    }

    /// Begins it; the result is put with the others that its event loop waits for.
    fn start(&self, py: Python<'_>, completions: &Completions, tag: u64) -> PyResult<()> {
        self.home.check().map_err(|trouble| trouble.raise(py))?;
        let Some(work) = self.take() else { return Err(Trouble::Again.raise(py)) };
        let queue = completions.queue();
        let task = self.home.runtime().spawn(async move { queue.put(tag, work.await) });
        *self.state() = State::Running(task.abort_handle());
        Ok(())
    }

    /// Nobody waits any more: what has not been done is not done.
    fn cancel(&self) {
        if let State::Running(task) = std::mem::replace(&mut *self.state(), State::Finished) {
            task.abort();
        }
    }

    fn __await__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        static AWAITED: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let awaited = AWAITED.import(slf.py(), "relaismq._loop", "awaited")?;
        awaited.call1((slf,))?.call_method0("__await__")
    }
}

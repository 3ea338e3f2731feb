//! Results on their way to an event loop: many of them, one wake-up.

use std::io::{ErrorKind, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;

/// Makes a result, with the interpreter at hand.
pub(crate) type Finish = Box<dyn for<'py> FnOnce(Python<'py>) -> PyResult<Py<PyAny>> + Send>;

/// The results for one event loop, which watches a file descriptor. Nothing here calls Python from
/// another thread, so that neither the interpreter's lock nor its end has to be minded there.
#[pyclass(frozen, module = "relaismq._native")]
pub(crate) struct Completions {
    queue: Arc<Queue>,
    /// Readable while there are results.
    bell: UnixStream,
}

/// Bounded by the operations that the event loop has begun.
pub(crate) struct Queue {
    results: Mutex<Vec<(u64, Finish)>>,
    bell: UnixStream,
}

/// A result: the number of its operation, the value, and the error if there is one.
type Completed = (u64, Option<Py<PyAny>>, Option<Py<PyAny>>);

impl Completions {
    pub(crate) fn queue(&self) -> Arc<Queue> {
        Arc::clone(&self.queue)
    }
}

impl Queue {
    pub(crate) fn put(&self, tag: u64, finish: Finish) {
        let mut results = self.results.lock().unwrap_or_else(PoisonError::into_inner);
        results.push((tag, finish));
        let first = results.len() == 1;
        drop(results);
        if first {
            // One byte at a time is there at most; an event loop that is gone reads none.
            let _ = (&self.bell).write(&[1]);
        }
    }

    fn take(&self) -> Vec<(u64, Finish)> {
        std::mem::take(&mut *self.results.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[pymethods]
impl Completions {
    #[new]
    fn new() -> PyResult<Self> {
        let (bell, rung) = UnixStream::pair()?;
        bell.set_nonblocking(true)?;
        rung.set_nonblocking(true)?;
        let queue = Arc::new(Queue { results: Mutex::default(), bell: rung });
        Ok(Self { queue, bell })
    }

    fn fileno(&self) -> i32 {
        self.bell.as_raw_fd()
    }

    /// All results that have come.
    fn drain(&self, py: Python<'_>) -> PyResult<Vec<Completed>> {
        // Before the results are taken: whatever comes afterwards rings again.
        match (&self.bell).read(&mut [0; 16]) {
            Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(error.into()),
            _ => {}
        }
        let finished = self.queue.take().into_iter().map(|(tag, finish)| match finish(py) {
            Ok(value) => (tag, Some(value), None),
            Err(error) => (tag, None, Some(error.into_value(py).into_any())),
        });
        Ok(finished.collect())
    }
}

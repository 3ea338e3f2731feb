//! One runtime for each process, and what must not cross a fork.

use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use relaismq::blocking::Background;
use tokio::runtime::Handle;

use crate::errors::Trouble;

/// Threads in the background: one would do for the connections, the second keeps a busy one from
/// holding up the heartbeats of others.
const THREADS: usize = 2;

/// The runtimes of this process and of those that it was forked from. They live as long as the process:
/// their threads never touch Python, so that its end needs not wait for them.
static RUNTIMES: Mutex<Vec<(u32, &'static Background)>> = Mutex::new(Vec::new());

/// The process that something belongs to.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    process: u32,
    runtime: Handle,
}

impl Home {
    /// This process, whose runtime is started if need be.
    pub(crate) fn here() -> PyResult<Self> {
        let process = std::process::id();
        let mut runtimes = RUNTIMES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, background)) = runtimes.iter().find(|(of, _)| *of == process) {
            return Ok(Self { process, runtime: background.handle().clone() });
        }
        let background: &Background = Box::leak(Box::new(Background::with_threads(THREADS)?));
        runtimes.push((process, background));
        Ok(Self { process, runtime: background.handle().clone() })
    }

    pub(crate) const fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// Whether this is another process than the one that made it.
    pub(crate) fn is_left(&self) -> bool {
        std::process::id() != self.process
    }

    /// # Errors
    /// In a forked child, where the threads of the runtime do not exist.
    pub(crate) fn check(&self) -> Result<(), Trouble> {
        if self.is_left() { Err(Trouble::Forked) } else { Ok(()) }
    }
}

/// A handle of the client. In a forked child it is not dropped: that would talk to threads that do not
/// exist there, and close what the parent uses.
#[derive(Debug)]
pub(crate) struct Kept<T> {
    home: Home,
    /// There until the drop.
    value: Option<T>,
}

impl<T> Kept<T> {
    pub(crate) fn new(home: &Home, value: T) -> Self {
        Self { home: home.clone(), value: Some(value) }
    }

    pub(crate) const fn home(&self) -> &Home {
        &self.home
    }

    pub(crate) fn get(&self) -> Result<&T, Trouble> {
        self.home.check()?;
        self.value.as_ref().ok_or(Trouble::Closed)
    }
}

impl<T> Drop for Kept<T> {
    fn drop(&mut self) {
        if self.home.is_left() {
            Box::leak(Box::new(self.value.take()));
        }
    }
}

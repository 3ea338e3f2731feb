//! For programs without `async`: a runtime in the background, and waiting on threads outside of it.
//!
//! ```no_run
//! use relaismq::{Connection, blocking::Background};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let background = Background::new()?;
//! let connection = background.wait(Connection::builder("tcp://localhost:61616").connect())?;
//! let orders = background.wait(connection.producer("orders").build())?;
//! background.wait(orders.send("two teas"))?;
//! # Ok(())
//! # }
//! ```
//!
//! Heartbeats, reconnects and everything else of a connection go on in the background, however long the
//! program's own threads are busy elsewhere.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};

use crate::driver;

/// A Tokio runtime in the background. Dropping it stops what runs there: close connections first.
#[derive(Debug)]
pub struct Background {
    /// There until the drop.
    runtime: Option<Runtime>,
}

impl Background {
    /// A runtime with one thread, which is enough for many connections.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn new() -> io::Result<Self> {
        Self::with_threads(1)
    }

    /// A runtime with so many threads, one at least.
    ///
    /// # Errors
    /// If the system does not give them.
    pub fn with_threads(threads: usize) -> io::Result<Self> {
        let mut builder = Builder::new_multi_thread();
        let builder = builder.worker_threads(threads.max(1)).thread_name("relaismq").enable_all();
        Ok(Self { runtime: Some(builder.build()?) })
    }

    /// For what is to run there, such as by
    /// [`ConnectionBuilder::runtime`](crate::ConnectionBuilder::runtime).
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "the runtime is there until the drop")]
    #[expect(clippy::expect_used, reason = "the runtime is there until the drop")]
    pub fn handle(&self) -> &Handle {
        self.runtime.as_ref().expect("a runtime until the drop").handle()
    }

    /// Waits on this thread for any future of this crate.
    ///
    /// Not to be called on a thread of a Tokio runtime, which would stand still meanwhile.
    pub fn wait<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        loop {
            if let Some(output) = wait_for(self.handle(), future.as_mut(), Duration::MAX) {
                return output;
            }
        }
    }

    /// Stops what runs there, and waits for that no longer than `limit`.
    pub fn stop(mut self, limit: Duration) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(limit);
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Waits on this thread for a future, no longer than `limit`: `None` if it is not done by then. The
/// future can be waited for again, so that a thread may look after other things in between.
///
/// Timers come from the runtime; nothing else of it is needed.
pub fn wait_for<F: Future + Unpin>(
    runtime: &Handle,
    mut future: F,
    limit: Duration,
) -> Option<F::Output> {
    let _timers = runtime.enter();
    let deadline = driver::deadline(Some(limit));
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(&mut future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
        match deadline.map(driver::remaining) {
            None => thread::park(),
            Some(left) if left.is_zero() => return None,
            Some(left) => thread::park_timeout(left),
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

//! The log of the client, on its way to Python's `logging`.

use std::collections::VecDeque;
use std::fmt::{Debug, Write};
use std::sync::{Condvar, Mutex, MutexGuard, Once, PoisonError};

use pyo3::prelude::*;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// Records that may wait for Python; when there are more, the oldest go.
const CAPACITY: usize = 1000;

/// A level as Python counts them, where it comes from, and what it says.
type Line = (u8, String, String);

static LINES: Mutex<Lines> = Mutex::new(Lines { waiting: VecDeque::new(), closed: false });
static NEWS: Condvar = Condvar::new();

struct Lines {
    waiting: VecDeque<Line>,
    closed: bool,
}

fn lines() -> MutexGuard<'static, Lines> {
    LINES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Begins to gather what the client and the broker of this module say.
#[pyfunction]
pub(crate) fn begin_log() {
    static BEGUN: Once = Once::new();
    BEGUN.call_once(|| {
        // There is one of this module only, and this is the only place that sets it.
        let _ = tracing::subscriber::set_global_default(Gatherer);
    });
    lines().closed = false;
}

/// Waits for records; none when that is over.
#[pyfunction]
pub(crate) fn next_log(py: Python<'_>) -> Vec<Line> {
    py.detach(|| {
        let waiting = NEWS.wait_while(lines(), |it| it.waiting.is_empty() && !it.closed);
        waiting.unwrap_or_else(PoisonError::into_inner).waiting.drain(..).collect()
    })
}

/// Gathers no more.
#[pyfunction]
pub(crate) fn end_log() {
    lines().closed = true;
    NEWS.notify_all();
}

struct Gatherer;

impl Subscriber for Gatherer {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::INFO && metadata.is_event()
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = String::new();
        event.record(&mut Words(&mut text));
        let level = match *event.metadata().level() {
            Level::ERROR => 40,
            Level::WARN => 30,
            _ => 20,
        };
        let mut lines = lines();
        if lines.closed {
            return;
        }
        if lines.waiting.len() == CAPACITY {
            lines.waiting.pop_front();
        }
        lines.waiting.push_back((level, event.metadata().target().to_owned(), text));
        drop(lines);
        NEWS.notify_one();
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// The message and the values, in one line.
struct Words<'a>(&'a mut String);

impl Visit for Words<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if !self.0.is_empty() {
            self.0.push_str(", ");
        }
        // A string takes everything.
        let _ = match field.name() {
            "message" | "event" => write!(self.0, "{value:?}"),
            name => write!(self.0, "{name}: {value:?}"),
        };
    }
}

//! A place that lines go to, and the thread that brings them there.

use std::{
    io::{self, IsTerminal, Write},
    sync::{Arc, atomic::AtomicBool},
};

use tracing::{Subscriber, warn};
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{Layer, fmt, registry::LookupSpan};

use super::{
    LogError,
    rolling::{RollingFile, RollingOptions},
};

/// How lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people, and for `grep`.
    #[default]
    Text,
    /// An object for each line, with fields of their own for what belongs to it.
    Json,
}

/// A place that lines go to.
#[derive(Debug)]
pub(super) struct Sink {
    name: &'static str,
    missing: ErrorCounter,
    told: usize,
    /// Writes what waits, when it is dropped.
    _thread: WorkerGuard,
}

/// Puts events into words and hands them to a sink.
pub(super) type Words<S> = Box<dyn Layer<S> + Send + Sync>;

/// Lines that may wait for one place.
const WAITING: usize = 8192;

/// Standard error.
pub(super) fn console<S>(format: Format) -> (Sink, Words<S>)
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let colours = io::stderr().is_terminal();
    let (sink, writer) = Sink::new("the console", io::stderr());
    (sink, words(format, writer, colours))
}

/// A file; also what has it opened anew.
///
/// # Errors
/// If it cannot be written.
pub(super) fn file<S>(
    format: Format,
    options: RollingOptions,
) -> Result<(Sink, Words<S>, Arc<AtomicBool>), LogError>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let path = options.path.display().to_string();
    let file = RollingFile::open(options).map_err(|source| LogError::File { path, source })?;
    let reopen = file.reopen();
    let (sink, writer) = Sink::new("the log file", file);
    Ok((sink, words(format, writer, false), reopen))
}

impl Sink {
    fn new(name: &'static str, place: impl Write + Send + 'static) -> (Self, NonBlocking) {
        let builder = NonBlockingBuilder::default().lossy(true).thread_name("log");
        let (writer, thread) = builder.buffered_lines_limit(WAITING).finish(place);
        (Self { name, missing: writer.error_counter(), told: 0, _thread: thread }, writer)
    }

    /// Says how many lines it did not take in time, if there are more than were told.
    pub(super) fn tell_missing(&mut self) {
        let missing = self.missing.dropped_lines();
        let lines = missing.saturating_sub(std::mem::replace(&mut self.told, missing));
        if lines > 0 {
            warn!(lines, "{} was too slow: so many lines are missing in it", self.name);
        }
    }
}

fn words<S>(format: Format, writer: NonBlocking, colours: bool) -> Words<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let layer = fmt::layer().with_writer(writer).with_ansi(colours);
    match format {
        Format::Text => Box::new(layer),
        Format::Json => Box::new(layer.json().flatten_event(true)),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// Never writes before it is told to.
    struct Stuck(mpsc::Receiver<()>);

    impl Write for Stuck {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            _ = self.0.recv();
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_place_that_is_stuck_holds_nobody_up_and_what_it_did_not_take_is_counted() {
        let (go_on, wait) = mpsc::channel();
        let (mut sink, mut writer) = Sink::new("a stuck place", Stuck(wait));
        // One is in hand, perhaps.
        for _ in 0..WAITING + 11 {
            writer.write_all(b"line\n").unwrap();
        }
        sink.tell_missing();
        assert!((10..=11).contains(&sink.told), "{}", sink.told);
        drop(go_on);
    }
}

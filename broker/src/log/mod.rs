//! What the broker tells those who run it: on standard error, and in a file.
//!
//! ```text
//! filter    which lines: a level, and levels of their own for parts of the broker
//! levels    changes that while the broker runs
//! sink      where lines go, as text or JSON, without anybody waiting for them
//! rolling   the file, bounded in size and number
//! ```
//! Nobody waits for the log. Lines go through a bounded queue to a thread for each place that they go to: where
//! that does not keep up, or cannot write, lines are missing, and how many is said.

mod filter;
mod levels;
mod rolling;
mod sink;

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tracing::{info, warn};
use tracing_subscriber::{Registry, layer::SubscriberExt as _, util::SubscriberInitExt as _};

pub(crate) use self::{filter::LogFilter, rolling::RollingOptions, sink::Format};
use self::{
    levels::{LevelFile, Levels},
    sink::{Sink, console, file},
};

/// How a broker logs.
#[derive(Clone, Debug)]
pub(crate) struct LogOptions {
    pub(crate) filter: LogFilter,
    /// A file whose levels win over that.
    pub(crate) level_file: Option<PathBuf>,
    pub(crate) format: Format,
    /// Beside standard error.
    pub(crate) file: Option<RollingOptions>,
}

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LogError {
    /// Its file cannot be written.
    #[error(
        "--log-file {path}: {source}; it must be a file in a folder that this user may write to"
    )]
    File { path: String, source: std::io::Error },
    /// This process logs already.
    #[error("the log cannot begin: {0}")]
    Begun(#[from] tracing_subscriber::util::TryInitError),
}

/// The log of this process. Dropped, it writes what waits to be written, for a second at most.
#[derive(Debug)]
pub(crate) struct Log {
    options: LogOptions,
    levels: Levels,
    sinks: Vec<Sink>,
    /// Has the file opened anew.
    reopen: Option<Arc<AtomicBool>>,
}

impl Log {
    /// Begins it, for the whole process.
    ///
    /// # Errors
    /// [`LogError`].
    pub(crate) fn begin(options: LogOptions) -> Result<Self, LogError> {
        let (levels, filter) = Levels::new(options.filter.clone());
        let (console, on_console) = console(options.format);
        let (mut sinks, mut layers, mut reopen) = (vec![console], vec![on_console], None);
        if let Some(rolling) = &options.file {
            let (sink, in_file, again) = file(options.format, rolling.clone())?;
            sinks.push(sink);
            layers.push(in_file);
            reopen = Some(again);
        }
        Registry::default().with(filter).with(layers).try_init()?;
        let log = Self { options, levels, sinks, reopen };
        log.read_levels();
        Ok(log)
    }

    /// What SIGHUP means: another program may have moved the file, and levels may be others now.
    pub(crate) fn refresh(&self) {
        if let Some(reopen) = &self.reopen {
            reopen.store(true, Ordering::Relaxed);
        }
        self.read_levels();
        info!(levels = %self.levels.now(), "SIGHUP: the log's file is opened anew, and its levels are read again");
    }

    /// Levels of the file, or those of the start. What cannot be meant changes nothing.
    fn read_levels(&self) {
        let Some(file) = &self.options.level_file else { return };
        match LevelFile(file.clone()).read() {
            Ok(said) => self.levels.set(&said.unwrap_or_else(|| self.options.filter.clone())),
            Err(error) => warn!(error, levels = %self.levels.now(), "levels stay as they are"),
        }
    }

    /// Says how many lines are missing, where that is new.
    pub(crate) fn tell_missing(&mut self) {
        for sink in &mut self.sinks {
            sink.tell_missing();
        }
    }
}

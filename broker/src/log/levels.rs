//! What is logged, while the broker runs: as it was started, or as a file says.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use tracing_subscriber::{Registry, filter::Targets, reload};

use super::filter::LogFilter;

/// Changes what is logged. Clones change the same.
#[derive(Clone, Debug)]
pub(super) struct Levels {
    handle: reload::Handle<Targets, Registry>,
    now: Arc<Mutex<LogFilter>>,
}

/// More than that is no list of levels.
const MOST_BYTES: u64 = 4096;

impl Levels {
    pub(super) fn new(filter: LogFilter) -> (Self, reload::Layer<Targets, Registry>) {
        let (layer, handle) = reload::Layer::new(filter.targets());
        (Self { handle, now: Arc::new(Mutex::new(filter)) }, layer)
    }

    /// From now on. Nothing is changed where the log has ended.
    pub(super) fn set(&self, filter: &LogFilter) {
        if self.handle.reload(filter.targets()).is_ok() {
            self.now.lock().unwrap_or_else(PoisonError::into_inner).clone_from(filter);
        }
    }

    /// What is logged now.
    pub(super) fn now(&self) -> LogFilter {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A file with levels in it, which win over the command line's.
#[derive(Clone, Debug)]
pub(super) struct LevelFile(pub(super) PathBuf);

impl LevelFile {
    /// What it says; none if it is not there, or says nothing. Lines that begin with `#` are comments.
    ///
    /// # Errors
    /// Why it says nothing that can be meant.
    pub(super) fn read(&self) -> Result<Option<LogFilter>, String> {
        let text = match read_some(&self.0) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|error| format!("{}: {error}", self.0.display()))?,
        };
        let lines = text.lines().map(str::trim);
        let said: Vec<_> = lines.filter(|it| !it.is_empty() && !it.starts_with('#')).collect();
        if said.is_empty() {
            return Ok(None);
        }
        let filter = said.join(",").parse();
        filter.map(Some).map_err(|error| format!("{}: {error}", self.0.display()))
    }
}

fn read_some(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(MOST_BYTES).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Result<Option<String>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("levels");
        std::fs::write(&path, text).unwrap();
        LevelFile(path).read().map(|filter| filter.map(|it| it.to_string()))
    }

    #[test]
    fn lines_of_a_file_are_levels_and_comments() {
        assert_eq!(
            said("# tonight\ninfo\n\n engine=debug\n"),
            Ok(Some("info,engine=debug".into()))
        );
        assert_eq!(said("# nothing\n"), Ok(None));
        assert_eq!(LevelFile("nowhere/levels".into()).read(), Ok(None));
    }

    #[test]
    fn a_file_that_says_nothing_sensible_is_named_with_the_reason() {
        let refused = said("loud\n").unwrap_err();
        assert!(refused.contains("levels: ") && refused.contains("off, error, warn"), "{refused}");
    }
}

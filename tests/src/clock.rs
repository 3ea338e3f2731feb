//! Wall clocks that are apart, each of one broker's processes.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::fault_library;

/// A wall clock, which may be ahead of the system's, or behind it.
#[derive(Clone, Debug)]
pub struct Clock {
    library: PathBuf,
    offset: PathBuf,
}

impl Clock {
    /// A clock of this name that shows the system's time so far; what it needs is made in this folder.
    ///
    /// # Errors
    /// When there is no C compiler, or the folder cannot be written to.
    pub async fn new(name: &str, folder: &Path) -> Result<Self> {
        let library = folder.join(LIBRARY).with_extension("so");
        if !library.exists() {
            fault_library::compile(LIBRARY, folder).await?;
        }
        let clock = Self { library, offset: folder.join(format!("{name}.clock")) };
        clock.set(0)?;
        Ok(clock)
    }

    /// From now on it is so many seconds ahead of the system's; also for processes that run.
    ///
    /// # Errors
    /// When its file cannot be written.
    pub fn set(&self, seconds: i64) -> Result<()> {
        // The same file, at its full length at any moment: processes look at it all the time.
        std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&self.offset)
            .and_then(|file| write_at(&file, seconds))
            .with_context(|| self.offset.display().to_string())
    }

    pub(crate) fn library(&self) -> &Path {
        &self.library
    }

    /// What the library wants to know.
    pub(crate) fn variable(&self) -> (String, String) {
        ("CLOCK_OFFSET_FILE".to_owned(), self.offset.display().to_string())
    }
}

fn write_at(file: &std::fs::File, seconds: i64) -> std::io::Result<()> {
    use std::os::unix::fs::FileExt as _;
    file.write_all_at(&seconds.to_ne_bytes(), 0)
}

const LIBRARY: &str = "shifted_clock";

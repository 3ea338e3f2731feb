//! The log's file, bounded in size and number: `F` is the newest, `F.1` the one before it.
//!
//! It is written by a thread of its own, and what cannot be written is counted and left out: a disk that is
//! full or away costs lines, and nothing else. Lines stay whole. Crates that roll files were looked at: they cut lines in
//! two at the end of a file, or write nowhere without a word once a file could not be opened.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tracing::warn;

/// Where the log's file is, and how much of it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RollingOptions {
    pub(crate) path: PathBuf,
    /// Most bytes of one file; a longer line has a file for itself.
    pub(crate) most_bytes: u64,
    /// Files that are kept, with the newest one. At least 1.
    pub(crate) files: u32,
}

/// A log file.
#[derive(Debug)]
pub(super) struct RollingFile {
    options: RollingOptions,
    /// The newest file, and its length. None if it has to be opened.
    newest: Option<(File, u64)>,
    /// Somebody has moved the file, perhaps.
    reopen: Arc<AtomicBool>,
    /// Lines that could not be written since the last one that could.
    missing: u64,
}

impl RollingFile {
    /// Opens it, to write behind what is there.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn open(options: RollingOptions) -> io::Result<Self> {
        let newest = Some(append(&options.path)?);
        Ok(Self { options, newest, reopen: Arc::default(), missing: 0 })
    }

    /// Set to true, it has the file opened anew before the next line.
    pub(super) fn reopen(&self) -> Arc<AtomicBool> {
        self.reopen.clone()
    }

    fn append(&mut self, line: &[u8]) -> io::Result<()> {
        if self.reopen.swap(false, Ordering::Relaxed) {
            self.newest = None;
        }
        let (mut file, length) = match self.newest.take() {
            Some(newest) => newest,
            None => append(&self.options.path)?,
        };
        let longer = length.saturating_add(line.len() as u64);
        if length > 0 && longer > self.options.most_bytes {
            self.roll()?;
            return self.append(line);
        }
        let written = file.write_all(line);
        if written.is_err() {
            // No half lines.
            drop(file.set_len(length));
        }
        self.newest = Some((file, if written.is_ok() { longer } else { length }));
        written
    }

    /// Every file becomes one older.
    fn roll(&self) -> io::Result<()> {
        let oldest = self.options.files.saturating_sub(1);
        forgive(fs::remove_file(self.aged(oldest)))?;
        for age in (0..oldest).rev() {
            forgive(fs::rename(self.aged(age), self.aged(age + 1)))?;
        }
        Ok(())
    }

    fn aged(&self, age: u32) -> PathBuf {
        let mut path = self.options.path.clone().into_os_string();
        if age > 0 {
            path.push(format!(".{age}"));
        }
        path.into()
    }

    /// Said once, on the console: the file does not get it.
    fn miss(&mut self, error: &io::Error) {
        if self.missing == 0 {
            warn!(file = %self.options.path.display(), %error, "the log file cannot be written; the broker goes \
                on, and tries it again with each line");
        }
        self.missing += 1;
    }

    fn found_again(&mut self) {
        let lines = std::mem::take(&mut self.missing);
        if lines > 0 {
            warn!(lines, "the log file can be written again; so many lines are missing in it");
        }
    }
}

impl Write for RollingFile {
    /// A whole line, always; whether it is in the file or is missing.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match self.append(line) {
            Ok(()) => self.found_again(),
            Err(error) => self.miss(&error),
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn append(path: &Path) -> io::Result<(File, u64)> {
    let file = OpenOptions::new().create(true).append(true).open(path)?;
    let length = file.metadata()?.len();
    Ok((file, length))
}

/// What is not there need not be moved.
fn forgive(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(folder: &Path, most_bytes: u64, files: u32) -> RollingFile {
        let options = RollingOptions { path: folder.join("log"), most_bytes, files };
        RollingFile::open(options).unwrap()
    }

    fn read(folder: &Path, name: &str) -> Option<String> {
        fs::read_to_string(folder.join(name)).ok()
    }

    #[test]
    fn the_newest_lines_are_in_as_many_files_as_were_asked_for_and_no_line_is_cut_in_two() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = file(folder.path(), 10, 3);
        for line in ["1234\n", "5678\n", "9\n", "a line that is longer than a file\n", "b\n"] {
            log.write_all(line.as_bytes()).unwrap();
        }
        let kept = ["log", "log.1", "log.2", "log.3"].map(|name| read(folder.path(), name));
        let expected = [
            Some("b\n".to_owned()),
            Some("a line that is longer than a file\n".to_owned()),
            Some("9\n".to_owned()),
            None,
        ];
        assert_eq!(kept, expected);
    }

    #[test]
    fn a_single_file_begins_anew_when_it_is_full() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = file(folder.path(), 4, 1);
        log.write_all(b"old\n").unwrap();
        log.write_all(b"new\n").unwrap();
        assert_eq!(read(folder.path(), "log").as_deref(), Some("new\n"));
        assert_eq!(read(folder.path(), "log.1"), None);
    }

    #[test]
    fn a_file_that_was_moved_away_is_opened_anew_when_that_is_asked() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = file(folder.path(), 100, 2);
        log.write_all(b"before\n").unwrap();
        fs::rename(folder.path().join("log"), folder.path().join("taken")).unwrap();
        log.reopen().store(true, Ordering::Relaxed);
        log.write_all(b"after\n").unwrap();
        assert_eq!(read(folder.path(), "taken").as_deref(), Some("before\n"));
        assert_eq!(read(folder.path(), "log").as_deref(), Some("after\n"));
    }

    #[test]
    fn what_cannot_be_written_is_left_out_and_the_next_line_is_tried_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = file(folder.path(), 4, 2);
        log.write_all(b"old\n").unwrap();
        // Nothing can be renamed to the name of a folder with something in it.
        let in_the_way = folder.path().join("log.1");
        fs::create_dir_all(in_the_way.join("full")).unwrap();
        log.write_all(b"lost\n").unwrap();
        assert_eq!(log.missing, 1);
        fs::remove_dir_all(&in_the_way).unwrap();
        log.write_all(b"new\n").unwrap();
        assert_eq!(log.missing, 0);
        assert_eq!(read(folder.path(), "log").as_deref(), Some("new\n"));
    }
}

//! Whether files have changed.

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

/// How files were when they were looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stamps(Vec<(PathBuf, Option<Stamp>)>);

/// Of one that is there. A file that is replaced is another one, even in the same moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    length: u64,
    changed: (i64, i64),
}

impl Stamps {
    /// Of these files, now.
    pub(super) fn of(files: &[&Path]) -> Self {
        Self(files.iter().map(|&file| (file.to_owned(), stamp(file))).collect())
    }
}

fn stamp(file: &Path) -> Option<Stamp> {
    let found = fs::metadata(file).ok()?;
    // When it was changed in any way: who copies a file may set when it was written.
    let changed = (found.ctime(), found.ctime_nsec());
    Some(Stamp { inode: found.ino(), length: found.len(), changed })
}

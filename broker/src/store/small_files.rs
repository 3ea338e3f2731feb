//! Small files that a crash leaves whole.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// Replaces a small file so that a crash leaves the old text or the new one.
pub(super) fn write_durably(path: &Path, text: &[u8]) -> io::Result<()> {
    let fresh = path.with_extension("new");
    let mut file = File::create(&fresh)?;
    file.write_all(text)?;
    file.sync_all()?;
    std::fs::rename(&fresh, path)?;
    sync_parent(path)
}

/// Makes renames and deletions beside `path` durable.
pub(super) fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}

//! What a folder takes on disk.

use std::{
    fs::{read_dir, symlink_metadata},
    io::{self, ErrorKind},
    os::unix::fs::MetadataExt,
    path::Path,
};

/// Bytes that are set aside for everything in a folder, not the lengths of files.
pub(super) fn room_of(folder: &Path) -> io::Result<u64> {
    let mut room = 0;
    for entry in read_dir(folder)? {
        let path = entry?.path();
        match symlink_metadata(&path) {
            Ok(about) if about.is_dir() => room += room_of(&path)?,
            Ok(about) => room += about.blocks() * BLOCK,
            // Removed meanwhile.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(room)
}

/// `st_blocks` counts these.
const BLOCK: u64 = 512;

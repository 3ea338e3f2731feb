//! The number of takeovers so far, beside the lock.

use std::io;
use std::path::Path;

use super::error::{LockError, at};
use crate::store::small_files::write_durably;

pub(crate) const GENERATION_FILE: &str = "generation";

/// 0 if there is no such file.
pub(super) fn read_generation(path: &Path) -> Result<u64, LockError> {
    match std::fs::read_to_string(path) {
        Ok(text) => match text.trim().parse() {
            Ok(generation) => Ok(generation),
            Err(_) => Err(LockError::Generation { path: path.into(), found: text }),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(at(path)(error)),
    }
}

pub(super) fn bump_generation(dir: &Path) -> Result<u64, LockError> {
    let path = dir.join(GENERATION_FILE);
    let next = read_generation(&path)?.saturating_add(1);
    write_durably(&path, format!("{next}\n").as_bytes()).map_err(at(&path))?;
    Ok(next)
}

//! From fjall's errors, and its panics, to ours.

use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use crate::store::StoreError;
use crate::store::lock::LockError;

pub(super) fn io(dir: &Path, detail: &(impl ToString + ?Sized)) -> StoreError {
    StoreError::Io { path: dir.display().to_string(), detail: detail.to_string() }
}

pub(super) fn damaged(dir: &Path, detail: &(impl ToString + ?Sized)) -> StoreError {
    StoreError::Damaged { path: dir.display().to_string(), detail: detail.to_string() }
}

pub(super) fn unsupported(dir: &Path, detail: &(impl ToString + ?Sized)) -> StoreError {
    StoreError::Unsupported { path: dir.display().to_string(), detail: detail.to_string() }
}

/// While the store is open: whatever fjall reports, it cannot go on.
pub(super) fn fjall(dir: &Path, error: &fjall::Error) -> StoreError {
    use fjall::Error;
    match error {
        Error::Io(source) | Error::Storage(fjall::LsmError::Io(source)) => missing(dir, source),
        Error::Poisoned => io(dir, "an earlier write failed, or one in the background"),
        Error::Locked => fenced(dir, "another process has its database open"),
        Error::KeyspaceDeleted => io(dir, "a keyspace was deleted while in use"),
        // All others say that bytes are not what they should be.
        other => damaged(dir, other),
    }
}

/// Of a file that must be there and whole.
pub(super) fn missing(dir: &Path, source: &std::io::Error) -> StoreError {
    match source.kind() {
        ErrorKind::NotFound | ErrorKind::UnexpectedEof | ErrorKind::InvalidData => {
            damaged(dir, source)
        }
        // Not `Full`: that promises a store which stays usable.
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            io(dir, &format!("no room left in spite of the reserve: {source}"))
        }
        _ => io(dir, source),
    }
}

pub(super) fn fenced(dir: &Path, detail: &(impl ToString + ?Sized)) -> StoreError {
    StoreError::Fenced { path: dir.display().to_string(), detail: detail.to_string() }
}

pub(super) fn lock(dir: &Path, error: &LockError) -> StoreError {
    match error {
        LockError::Io { path, source } => io(dir, &format!("{}: {source}", path.display())),
        other => fenced(dir, other),
    }
}

/// fjall panics on some damaged files. The reader of the error needs to hear of damage.
pub(super) fn shielded<T>(
    dir: &Path,
    work: impl FnOnce() -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(damaged(dir, "reading it made the database panic, see above")))
}

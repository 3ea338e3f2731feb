//! The lock itself: an open file description's, over the whole of one file.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;

use super::error::{LockError, at};

pub(super) enum Holder {
    None,
    Ofd,
    Posix(i32),
}

pub(super) fn open_lock_file(path: &Path) -> Result<File, LockError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).open(path).map_err(at(path))
}

/// Makes the file; `false` if it was there.
pub(super) fn make_lock_file(path: &Path) -> Result<bool, LockError> {
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(at(path)(error)),
    }
}

/// `false` if another open file holds a lock.
pub(in crate::store) fn try_lock(file: &File) -> io::Result<bool> {
    match fcntl(file, FcntlArg::F_OFD_SETLK(&whole_file())) {
        Ok(_) => Ok(true),
        Err(Errno::EAGAIN | Errno::EACCES) => Ok(false),
        Err(errno) => Err(errno.into()),
    }
}

/// Who would be in the way of a newcomer. Asked through a new descriptor: through ours, our own
/// lock is in nobody's way.
pub(super) fn holder(path: &Path) -> Result<Holder, LockError> {
    let file = File::open(path).map_err(at(path))?;
    let mut found = whole_file();
    let asked = fcntl(&file, FcntlArg::F_OFD_GETLK(&mut found)).map_err(io::Error::from);
    asked.map_err(at(path))?;
    Ok(match (libc::c_int::from(found.l_type), found.l_pid) {
        (libc::F_UNLCK, _) => Holder::None,
        (_, -1) => Holder::Ofd,
        (_, pid) => Holder::Posix(pid),
    })
}

/// Whether anybody holds the lock of a file; nobody does if it is not there.
pub(crate) fn is_locked(path: &Path) -> Result<bool, LockError> {
    match holder(path) {
        Ok(holder) => Ok(!matches!(holder, Holder::None)),
        Err(LockError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// An exclusive lock from byte 0 to wherever the file may grow, as Java's `tryLock()` asks for.
#[expect(clippy::cast_possible_truncation, reason = "constants of 0 and 1, declared as int")]
pub(super) fn whole_file() -> libc::flock {
    let l_type = libc::F_WRLCK as libc::c_short;
    let l_whence = libc::SEEK_SET as libc::c_short;
    libc::flock { l_type, l_whence, l_start: 0, l_len: 0, l_pid: 0 }
}

pub(super) fn is_same_file(file: &File, path: &Path) -> Result<bool, LockError> {
    let ours = file.metadata().map_err(at(path))?;
    match std::fs::metadata(path) {
        Ok(there) => Ok((ours.dev(), ours.ino()) == (there.dev(), there.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(at(path)(error)),
    }
}

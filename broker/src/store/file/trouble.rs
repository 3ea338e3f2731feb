//! What can go wrong inside the store, before it is said of which folder.

use std::io::{self, ErrorKind};

/// Why something could not be done.
#[derive(Debug)]
pub(super) enum Trouble {
    /// No room; nothing has changed.
    NoRoom(String),
    /// What is on disk is not what was written.
    Damaged(String),
    /// The system refused; the store cannot go on.
    Io(String),
    /// It belongs to another broker, or is not what it was.
    Fenced(String),
    /// Something that is not ours to use.
    Unsupported(String),
}

pub(super) type Result<T> = std::result::Result<T, Trouble>;

/// Of an operation on this file.
pub(super) fn with(file: &str) -> impl Fn(io::Error) -> Trouble {
    move |error| {
        let detail = format!("{file}: {error}");
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Trouble::NoRoom(detail),
            // Of a file that must be there and whole.
            ErrorKind::NotFound | ErrorKind::UnexpectedEof => Trouble::Damaged(detail),
            _ => Trouble::Io(detail),
        }
    }
}

/// Damage in this file.
pub(super) fn damaged(file: &str, what: impl std::fmt::Display) -> Trouble {
    Trouble::Damaged(format!("{file}: {what}"))
}

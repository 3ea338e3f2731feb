//! Lines on standard output, where data goes, and on standard error, where the rest goes.

use std::io::{self, Write};

/// Writes a line, and has it leave this process before it returns.
///
/// # Errors
/// When nobody reads any more, or the disk is full.
pub fn line(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

/// Writes a line for people. Where nobody can read it, that is no reason to fail, as `eprintln!` would.
pub fn note(text: &str) {
    drop(writeln!(io::stderr().lock(), "{text}"));
}

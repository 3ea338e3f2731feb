//! Lines on standard output, where data goes, and on standard error, where the rest goes.

use std::io::{self, Write};

/// Writes a line.
///
/// # Errors
/// When nobody reads any more.
pub fn line(text: &str) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{text}")
}

/// Writes a line for people. Where nobody can read it, that is no reason to fail, as `eprintln!` would.
pub fn note(text: &str) {
    drop(writeln!(io::stderr().lock(), "{text}"));
}

//! Lines on standard output, where data goes.

use std::io::{self, Write};

/// Writes a line.
///
/// # Errors
/// When nobody reads any more.
pub fn line(text: &str) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{text}")
}

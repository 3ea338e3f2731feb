//! The program `relaismq`, for the console script.

use std::ffi::OsString;

use pyo3::prelude::*;
use relaismq_programs::commands;

/// Does what the arguments say, the program's name in front; gives the exit status. Signals are its own
/// from then on, and a second Ctrl-C ends the process.
#[pyfunction]
pub(crate) fn main(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| commands::main(arguments).status())
}

//! Receives messages from a queue or topic and says what is missing or doubled.

use std::process::ExitCode;

fn main() -> ExitCode {
    relaismq_programs::java::consumer(std::env::args_os()).into()
}

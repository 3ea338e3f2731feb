//! Sends numbered messages to a queue or topic.

use std::process::ExitCode;

fn main() -> ExitCode {
    relaismq_programs::java::producer(std::env::args_os()).into()
}

//! Sends, receives, looks at, moves and measures messages.

use std::process::ExitCode;

fn main() -> ExitCode {
    relaismq_programs::commands::main(std::env::args_os()).into()
}

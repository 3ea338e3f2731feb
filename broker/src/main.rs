//! `relaismq-broker`, see [`relaismq_broker::program`].

use std::process::ExitCode;

fn main() -> ExitCode {
    relaismq_broker::program::main(std::env::args_os())
}

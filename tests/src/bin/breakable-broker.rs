//! The broker with fail points, see `relaismq_broker`'s module `fail_point`. For tests only.

use std::process::ExitCode;

fn main() -> ExitCode {
    relaismq_broker::program::main(std::env::args_os())
}

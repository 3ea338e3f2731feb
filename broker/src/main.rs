//! `relaismq-broker`, see [`relaismq_broker::program`].

use std::process::ExitCode;

use tikv_jemallocator::Jemalloc;

/// Gives memory back to the system a while after a burst, by threads of its own, where the system's
/// allocator keeps what several threads have passed to each other.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    relaismq_broker::program::main(std::env::args_os())
}

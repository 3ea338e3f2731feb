//! Sends, receives, looks at, moves and measures messages.

use std::process::ExitCode;

use tikv_jemallocator::Jemalloc;

/// Messages are made by one thread and given up by another, which costs the system's allocator dear.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    relaismq_programs::commands::main(std::env::args_os()).into()
}

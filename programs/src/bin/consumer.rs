//! Receives messages from a queue or topic and says what is missing or doubled.

use std::process::ExitCode;

use tikv_jemallocator::Jemalloc;

/// Messages are made by one thread and given up by another, which costs the system's allocator dear.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    relaismq_programs::java::consumer(std::env::args_os()).into()
}

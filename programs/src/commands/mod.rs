//! `relaismq` and its subcommands.
//!
//! ```text
//! produce, consume, browse, moving, request, bench   a file for each subcommand, two in moving
//! content                                            options that say what a message has
//! ```

mod bench;
mod browse;
mod consume;
mod content;
mod moving;
mod produce;
mod request;

use std::ffi::OsString;

use clap::{Parser, Subcommand};

use crate::{
    arguments::{self, Consistent, Given},
    ending::{EXIT_STATUSES, Ending},
};

/// Sends, receives, looks at, moves and measures messages of any ActiveMQ broker, over its OpenWire port.
///
/// Everything is done as a client does it: by sending, receiving and browsing. No JMX, no console.
/// Messages and results go to standard output, everything else to standard error.
#[derive(Debug, Parser)]
#[command(name = "relaismq", version, after_help = after_help())]
struct Commands {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Produce(produce::Args),
    Consume(consume::Args),
    Browse(browse::Args),
    Move(moving::MoveArgs),
    Purge(moving::PurgeArgs),
    Request(request::Args),
    Bench(bench::Args),
}

const EXAMPLES: &str = "Examples:
  relaismq produce orders 'two teas'
  relaismq consume orders --idle 2
  relaismq consume orders --json --idle 2 | relaismq produce copy --json
  relaismq browse orders --selector \"region = 'EU'\" --json
  relaismq move ActiveMQ.DLQ --back --yes
  relaismq request rpc.add 1+1
  relaismq bench --duration 10 --size 1024

The broker is that of --url or AMQ_URL; AMQ_USER and AMQ_PASSWORD log in. Names are queues; topic://NAME is a
topic. Ctrl-C ends in order: what is under way is finished, acknowledged and counted. A second one ends at
once.";

fn after_help() -> String {
    format!("{EXAMPLES}\n\n{EXIT_STATUSES}")
}

impl Consistent for Commands {
    fn contradiction(&self, given: &Given<'_>) -> Option<String> {
        let given = given.of_subcommand();
        match &self.command {
            Command::Produce(args) => args.contradiction(&given),
            Command::Consume(args) => args.contradiction(&given),
            Command::Browse(args) => args.contradiction(&given),
            Command::Move(args) => args.contradiction(&given),
            Command::Purge(args) => args.contradiction(&given),
            Command::Request(args) => args.contradiction(&given),
            Command::Bench(args) => args.contradiction(&given),
        }
    }
}

/// Does what the arguments say, the program's name in front.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> Ending {
    match arguments::read::<Commands>(arguments) {
        Ok(Commands { command }) => Ending::report("relaismq", command.run()),
        Err(ending) => ending,
    }
}

impl Command {
    fn run(self) -> anyhow::Result<Ending> {
        let runtime = tokio::runtime::Runtime::new()?;
        match self {
            Self::Produce(args) => runtime.block_on(crate::produce::run(args.plan()?)),
            Self::Consume(args) => runtime.block_on(crate::consume::run(args.plan())),
            Self::Browse(args) => runtime.block_on(crate::browse::run(args.plan())),
            Self::Move(args) => runtime.block_on(crate::moving::run(args.plan())),
            Self::Purge(args) => runtime.block_on(crate::moving::run(args.plan())),
            Self::Request(args) => runtime.block_on(crate::request::run(args.plan()?)),
            Self::Bench(args) => runtime.block_on(crate::bench::run(args.plan())),
        }
    }
}

//! Kills brokers in mid-stream and proves that nothing confirmed is lost.

use std::process::ExitCode;

use clap::Parser;
use relaismq_examples::{
    demo::{
        brokers::{Against, SERVE, StoreChoice},
        report,
        run::{self, Plan},
    },
    ending::{EXIT_STATUSES, Ending},
    progress::Progress,
};

/// Starts a master and a stand-in broker, sends and receives through `failover:(…)`, kills the master
/// with SIGKILL, starts it again as the stand-in, as often as you like, and counts.
#[derive(Debug, Parser)]
#[command(name = "failover-demo", version, after_help = EXIT_STATUSES)]
struct Args {
    /// Messages to send, all in all
    #[arg(long, default_value_t = 20_000)]
    messages: u64,
    /// Times the master is killed
    #[arg(long, default_value_t = 1)]
    rounds: u32,
    /// Where RelaisMQ's brokers keep messages; with `memory` a kill loses what the broker held
    #[arg(long, value_enum, default_value_t = StoreChoice::File)]
    store: StoreChoice,
    /// Whose brokers are killed; `activemq` needs Java 17 and Debian's activemq and libactivemq-java
    #[arg(long, value_enum, default_value_t = Against::Relaismq)]
    against: Against,
    /// Print one JSON object with the result as the last line on standard output
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let mut args = std::env::args_os();
    let program = args.next();
    if args.next().is_some_and(|first| first == SERVE) {
        return relaismq_broker::program::main(program.into_iter().chain(args));
    }
    match demonstrate(&Args::parse()) {
        Ok(ending) => ending.into(),
        Err(error) => fail(&error),
    }
}

#[expect(clippy::print_stderr, reason = "the program's interface")]
fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("failover-demo: {error:#}");
    Ending::Failed.into()
}

#[expect(clippy::print_stdout, reason = "the program's interface")]
fn demonstrate(args: &Args) -> anyhow::Result<Ending> {
    let plan = Plan {
        messages: args.messages,
        rounds: args.rounds,
        store: args.store,
        against: args.against,
    };
    let progress = Progress::new("messages", Some(plan.messages));
    let runtime = tokio::runtime::Runtime::new()?;
    let ledger = runtime.block_on(run::run(&plan, &progress))?;
    progress.finish();
    let figures = ledger.figures();
    println!("{}", report::as_text(&figures));
    if args.json {
        println!("{}", report::as_json(&plan, &figures));
    }
    Ok(report::ending(&figures))
}

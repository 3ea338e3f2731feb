//! Kills brokers in mid-stream and proves that nothing confirmed is lost.

use std::process::ExitCode;

use clap::Parser;
use relaismq_examples::{
    demo::{
        brokers::{self, Against, SERVE, StoreChoice},
        ledger::Figures,
        report,
        run::{self, Plan},
    },
    ending::{EXIT_STATUSES, Ending},
    interrupt::Interrupt,
    output,
    progress::Progress,
};

/// Kills brokers in mid-stream and proves that nothing confirmed is lost.
///
/// Starts a master and a stand-in broker, sends and receives through `failover:(…)`, kills the master
/// with SIGKILL while messages flow, starts it again as the stand-in, as often as you like, and counts.
/// A ledger outside of the brokers has each message that was confirmed and each that arrived.
#[derive(Debug, Parser)]
#[command(name = "failover-demo", version, after_help = after_help())]
struct Args {
    /// Messages to send, all in all
    #[arg(long, default_value_t = 20_000,
        value_parser = clap::value_parser!(u64).range(..=100_000_000))]
    messages: u64,
    /// Times the master is killed
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(..=100_000))]
    rounds: u32,
    /// Where RelaisMQ's brokers keep messages; with `memory` a kill loses what the broker held,
    /// and the program says so and ends with status 3
    #[arg(long, value_enum, default_value_t = StoreChoice::File)]
    store: StoreChoice,
    /// Whose brokers are killed; `activemq` needs Java 17 and Debian's activemq and libactivemq-java
    #[arg(long, value_enum, default_value_t = Against::Relaismq)]
    against: Against,
    /// Print one JSON object with the result as the last line on standard output
    #[arg(long)]
    json: bool,
}

const READING: &str = "How to read the result: missing are messages that were confirmed and did not arrive; duplicates
are allowed if they are flagged as redelivered. The longest time without service is the longest in
which nothing was confirmed or received while something was to be done. \"detected\" is the time from a
kill until the client noticed, \"first receive\" until a message arrived that was sent after the kill.

Examples:
  failover-demo --rounds 20
  failover-demo --against activemq --rounds 3 --json";

fn after_help() -> String {
    format!("{READING}\n\n{EXIT_STATUSES}")
}

fn main() -> ExitCode {
    let mut args = std::env::args_os();
    let program = args.next();
    if args.next().is_some_and(|first| first == SERVE) {
        return brokers::serve(program.into_iter().chain(args));
    }
    Ending::report("failover-demo", demonstrate(&Args::parse()))
}

fn demonstrate(args: &Args) -> anyhow::Result<Ending> {
    let plan = Plan {
        messages: args.messages,
        rounds: args.rounds,
        store: args.store,
        against: args.against,
    };
    let runtime = tokio::runtime::Runtime::new()?;
    let progress = Progress::new("messages", Some(plan.messages));
    let ledger = runtime.block_on(async {
        // Dropping the demonstration kills its brokers.
        let interrupt = Interrupt::listen()?;
        anyhow::Ok(interrupt.unless_asked(run::run(&plan, &progress)).await)
    })?;
    progress.finish();
    let Some(ledger) = ledger else { return Ok(Ending::Interrupted) };
    // The brokers are the program's own: that none can be reached is a failure like any other.
    let figures = ledger.map_err(|error| anyhow::anyhow!("{error:#}"))?.figures();
    show(args, &plan, &figures);
    Ok(report::ending(&figures))
}

fn show(args: &Args, plan: &Plan, figures: &Figures) {
    // Whoever does not read it does not want it.
    drop(output::line(&report::as_text(plan, figures)));
    if args.json {
        drop(output::line(&report::as_json(plan, figures)));
    }
}

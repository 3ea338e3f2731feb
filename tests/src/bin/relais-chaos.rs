//! Breaks brokers under load, round after round.
//!
//! ```text
//! cargo run --release -p relaismq-tests --bin relais-chaos -- --store file --rounds 200 --seed 1
//! ```

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::{Parser, ValueEnum};
use relaismq_tests::chaos::{Chaos, Fault, Mode, Round};
use relaismq_tests::fault_library;
use relaismq_tests::program::breakable_broker;
use relaismq_tests::relais::Relais;

/// Two or three brokers share a store, each behind a proxy. In every round producers and consumers of
/// many kinds go through failover: while brokers are killed, paused and asked to end, while links are cut,
/// stalled and lose one direction, while the lock file is deleted under the master. Then everything is
/// mended and all queues are emptied, and a ledger is compared with what must hold: nothing confirmed is
/// lost, nothing is invented, second deliveries are flagged, order is kept, no confirmed acknowledgement is
/// undone, transactions are whole, there is one master at a time, slaves have no open port, and there is
/// service again.
#[derive(Debug, Parser)]
#[command(name = "relais-chaos", after_help = AFTER_HELP)]
struct Args {
    /// What the brokers share
    #[arg(long, value_enum, default_value = "file")]
    store: Store,
    /// How many rounds; one takes a few seconds
    #[arg(long, default_value_t = 200)]
    rounds: u64,
    /// Number of the first round, to repeat one of an earlier run
    #[arg(long, default_value_t = 1)]
    first: u64,
    /// From which all that is left to chance follows: which faults, when, how long
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Two or three
    #[arg(long, default_value_t = 2)]
    brokers: usize,
    /// Also kill masters at chosen places between receiving and confirming. Builds a broker that can; what
    /// RELAISMQ_BROKER names is not used then
    #[arg(long)]
    fail_points: bool,
    /// Kills are power cuts: what a broker has written to its files and not synced is lost with it. Needs
    /// a C compiler
    #[arg(long)]
    power_cuts: bool,
    /// Where the store is made; it is left there [default: a temporary folder, which is left if something
    /// is wrong]
    #[arg(long)]
    directory: Option<PathBuf>,
    /// What the brokers log; the last lines are shown if something is wrong
    #[arg(long, default_value = "info,relaismq_broker::engine=warn")]
    log: String,
}

const AFTER_HELP: &str = "\
The broker is the program that RELAISMQ_BROKER names, else one of the same profile as this, built now.

Exit status: 0 if all rounds held, 1 if something was seen that must not be. Then it says which
invariant, what was seen, what the brokers have logged last, and how to repeat the round:
  relais-chaos --store file --seed 1 --first 17 --rounds 1
A seed decides what is broken and when, counted in confirmed sends; it does not decide how the system
schedules processes, so a rare fault may need some repetitions.";

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Store {
    /// A shared directory
    File,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let args = Args::parse();
    ensure!((2..=3).contains(&args.brokers), "--brokers {}: two or three", args.brokers);
    let temporary = tempfile::tempdir()?;
    let folder = args.directory.clone().unwrap_or_else(|| temporary.path().to_owned());
    let Store::File = args.store;
    let chaos = Chaos {
        mode: Mode::File(folder.join("store")),
        broker: broker(&args, temporary.path()).await?,
        brokers: args.brokers,
        seed: args.seed,
        first: args.first,
        rounds: args.rounds,
        only: Vec::new(),
        also: if args.fail_points { Fault::AT_POINTS.to_vec() } else { Vec::new() },
    };
    let report = chaos.run(|round| progress(round, &args)).await?;
    print(&format!("seed                 {}\n{report}", args.seed));
    let Some(broken) = &report.broken else {
        print("violations           0\n");
        return Ok(ExitCode::SUCCESS);
    };
    let kept = temporary.keep();
    let number = broken.round.number;
    let folder = args.directory.unwrap_or(kept);
    let points = if args.fail_points { " --fail-points" } else { "" };
    let cuts = if args.power_cuts { " --power-cuts" } else { "" };
    print(&format!(
        "The store is in {}. To repeat the round:\n  relais-chaos --store file --brokers {} --seed {} \
         --first {number} --rounds 1{points}{cuts}\n",
        folder.display(),
        args.brokers,
        args.seed,
    ));
    Ok(ExitCode::FAILURE)
}

async fn broker(args: &Args, folder: &Path) -> Result<Relais> {
    let mut broker = Relais::new().log(&args.log);
    if args.fail_points {
        broker = broker.program(&breakable_broker()?);
    }
    if args.power_cuts {
        let library = fault_library::compile("losing_writes", folder).await?;
        broker = broker.environment("LD_PRELOAD", &library.display().to_string());
    }
    Ok(broker)
}

#[expect(clippy::print_stdout, reason = "the program's result")]
fn print(text: &str) {
    print!("{text}");
}

#[expect(clippy::print_stderr, reason = "a long run shows that it is alive")]
fn progress(round: &Round, args: &Args) {
    let last = args.first + args.rounds - 1;
    eprintln!("seed {} round {:>3} of {last}: {round}", args.seed, round.number);
}

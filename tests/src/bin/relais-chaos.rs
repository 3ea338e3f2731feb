//! Breaks brokers under load, round after round.
//!
//! ```text
//! cargo run --release -p relaismq-tests --bin relais-chaos -- --store file --rounds 200 --seed 1
//! ```

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, ensure};
use clap::{Parser, ValueEnum};
use relaismq_examples::demo::databases::Make;
use relaismq_tests::chaos::small_segments;
use relaismq_tests::chaos::{Chaos, Clocks, Database, Mode, Round};
use relaismq_tests::fault_library;
use relaismq_tests::program::breakable_broker;
use relaismq_tests::relais::Relais;

/// Two or three brokers share a store, each behind a proxy. In every round producers and consumers of
/// many kinds go through failover: while brokers are killed, paused and asked to end, while links are cut,
/// stalled and lose one direction, while clocks jump if asked for, while the lock file is deleted under the master, or the database is
/// restarted, locked, or cut off from one broker. Then everything is mended and all queues are emptied, and a ledger is compared with what must hold: nothing confirmed is
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
    /// a C compiler, and a shared directory
    #[arg(long)]
    power_cuts: bool,
    /// The brokers' wall clocks are minutes apart, and jump now and then. Needs a C compiler
    #[arg(long)]
    clocks: bool,
    /// Where a store of files is made; it is left there [default: a temporary folder, which is left if
    /// something is wrong]
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
    /// A file of SQLite, with a lease of 2 s
    Sqlite,
    /// A private PostgreSQL server, likewise
    Postgresql,
    /// A private MariaDB server, likewise
    Mariadb,
}

impl Store {
    async fn mode(self, folder: &Path) -> Result<Mode> {
        let database = match self {
            Self::File => return Ok(Mode::File(folder.join("store"))),
            Self::Sqlite => Database::sqlite(folder),
            Self::Postgresql => Database::server(Make::PostgreSql).await?,
            Self::Mariadb => Database::server(Make::MariaDb).await?,
        };
        Ok(Mode::Database(Arc::new(database)))
    }

    const fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Sqlite => "sqlite",
            Self::Postgresql => "postgresql",
            Self::Mariadb => "mariadb",
        }
    }

    const fn has_files(self) -> bool {
        matches!(self, Self::File | Self::Sqlite)
    }
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let args = Args::parse();
    ensure!((2..=3).contains(&args.brokers), "--brokers {}: two or three", args.brokers);
    let is_file = matches!(args.store, Store::File);
    ensure!(is_file || !args.power_cuts, "--power-cuts: only with --store file");
    let temporary = tempfile::tempdir()?;
    let folder = args.directory.clone().unwrap_or_else(|| temporary.path().to_owned());
    let mode = args.store.mode(&folder).await?;
    let chaos = Chaos {
        broker: broker(&args, temporary.path()).await?,
        brokers: args.brokers,
        seed: args.seed,
        first: args.first,
        rounds: args.rounds,
        only: Vec::new(),
        clocks: if args.clocks { Some(Clocks::apart(temporary.path()).await?) } else { None },
        also: if args.fail_points { mode.fail_points() } else { Vec::new() },
        mode,
    };
    let report = chaos.run(|round| progress(round, &args)).await?;
    print(&format!("seed                 {}\n{report}", args.seed));
    let Some(broken) = &report.broken else {
        print("violations           0\n");
        return Ok(ExitCode::SUCCESS);
    };
    if args.store.has_files() {
        let kept = temporary.keep();
        print(&format!("The store is in {}. ", args.directory.as_ref().unwrap_or(&kept).display()));
    }
    print(&format!("To repeat the round:\n{}\n", repetition(&args, broken.round.number)));
    Ok(ExitCode::FAILURE)
}

fn repetition(args: &Args, number: u64) -> String {
    let points = if args.fail_points { " --fail-points" } else { "" };
    let cuts = if args.power_cuts { " --power-cuts" } else { "" };
    let clocks = if args.clocks { " --clocks" } else { "" };
    format!(
        "  relais-chaos --store {} --brokers {} --seed {} --first {number} --rounds 1{points}{cuts}{clocks}",
        args.store.name(),
        args.brokers,
        args.seed,
    )
}

async fn broker(args: &Args, folder: &Path) -> Result<Relais> {
    let mut broker = Relais::new().log(&args.log);
    if args.fail_points {
        broker = broker.program(&breakable_broker()?);
        if matches!(args.store, Store::File) {
            broker = small_segments(broker);
        }
    }
    if args.power_cuts {
        let library = fault_library::compile("losing_writes", folder).await?;
        broker = broker.preloaded(&library);
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

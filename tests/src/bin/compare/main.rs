//! Compares clients and brokers: the JMS client and ours, each on ActiveMQ and on our broker, and the
//! JMS client on Artemis, alternating in one run. Prints a table with ratios and writes BENCHMARKS.md.
//!
//! ```text
//! cargo run --release -p relaismq-tests --bin compare
//! ```
//!
//! With `--base DIR` it compares two builds of ours instead ([`rebuilt`]), with `--deep N` what brokers do with
//! N messages in one queue ([`deep`]), and with `--catch-up N` it measures how fast a replica has N messages
//! ([`catching_up`]).

mod catching_up;
mod cpu;
mod crowds;
mod databases;
mod deep;
mod floor;
mod footprint;
mod instructions;
mod machine;
mod rebuilt;
mod replicated;
mod report;
mod subjects;
mod workloads;

use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;

use self::{
    deep::{Deep, Kept},
    report::Report,
    subjects::Subjects,
    workloads::WORKLOADS,
};

/// Compares (a) the JMS client on ActiveMQ, (b) the JMS client on RelaisMQ's broker, (c) RelaisMQ's
/// client on ActiveMQ, (d) RelaisMQ's client on RelaisMQ's broker, (e) the JMS client on Artemis; and
/// (a) with (d) where there are crowds of subscribers or of queues, and on databases.
#[derive(Debug, Parser)]
#[command(name = "compare")]
struct Args {
    /// Runs of each; the median counts
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Only workloads whose name contains this
    #[arg(long, default_value = "")]
    only: String,
    /// Leave BENCHMARKS.md as it is
    #[arg(long)]
    dry: bool,
    /// Instead: compare with the release build of another checkout of this repository, row by row,
    /// alternating, in throughput and CPU time. In DIR: cargo build --release
    #[arg(long, value_name = "DIR")]
    base: Option<PathBuf>,
    /// Instead: fill one queue with so many messages, kill the broker, start it again, drain it; ours beside
    /// ActiveMQ, on each kind of store
    #[arg(long, value_name = "MESSAGES")]
    deep: Option<u64>,
    /// Instead: three brokers that replicate, of which one has missed so many messages, or lost its disk; how fast it
    /// has everything
    #[arg(long, value_name = "MESSAGES")]
    catch_up: Option<u64>,
    /// With --deep: kinds of stores
    #[arg(long, value_delimiter = ',', default_values = ["file", "postgresql"], requires = "deep")]
    stores: Vec<Kept>,
    /// With --deep: messages for ActiveMQ with a database, if it takes too long
    #[arg(long, value_name = "MESSAGES", requires = "deep")]
    with_jdbc: Option<u64>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    if let Some(base) = &args.base {
        print(&rebuilt::compare(base, &args.only, args.rounds).await?);
        return Ok(());
    }
    if let Some(messages) = args.deep {
        let with_jdbc = args.with_jdbc.unwrap_or(messages);
        print(&Deep { messages, with_jdbc, stores: args.stores }.compare().await?);
        return Ok(());
    }
    if let Some(messages) = args.catch_up {
        print(&catching_up::measure(messages).await?);
        return Ok(());
    }
    let mut subjects = Subjects::start().await?;
    let mut report = Report::default();
    for workload in WORKLOADS.iter().filter(|it| it.name.contains(&args.only)) {
        for round in 0..args.rounds {
            report.note_floor(workload, floor::measure()?);
            for pair in subjects::PAIRS.into_iter().filter(|pair| workload.suits(*pair)) {
                let rate = subjects.measure(pair, workload, round).await?;
                progress(&format!("{} {}: {rate:.0} messages/s", workload.name, pair.name()));
                report.add(workload.name, pair, rate);
            }
        }
    }
    subjects.stop().await?;
    let crowds = crowds::compare(&args.only, args.rounds).await?;
    let crowds = crowds + &databases::compare(&args.only, args.rounds).await?;
    let crowds = crowds + &replicated::compare(&args.only, args.rounds).await?;
    let footprint = if args.only.is_empty() { footprint::measure().await? } else { Vec::new() };
    let text = report.text(&machine::describe(), args.rounds, &crowds, &footprint);
    print(&text);
    if !args.dry && args.only.is_empty() {
        std::fs::write("BENCHMARKS.md", text + &measured_elsewhere())?;
    }
    Ok(())
}

/// What was measured by itself, or by another program, stays at the end of the page.
fn measured_elsewhere() -> String {
    let page = std::fs::read_to_string("BENCHMARKS.md").unwrap_or_default();
    let sections = ["\n## A deep queue\n", "\n## Catching up\n", "\n## Python\n"];
    let first = sections.into_iter().filter_map(|section| page.find(section)).min();
    first.and_then(|begin| page.get(begin..)).unwrap_or_default().to_owned()
}

#[expect(clippy::print_stdout, reason = "the program's result")]
fn print(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "a long run shows that it is alive")]
pub(crate) fn progress(text: &str) {
    eprintln!("{text}");
}

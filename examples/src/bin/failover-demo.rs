//! Kills brokers in mid-stream and proves that nothing confirmed is lost.

use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use relaismq_examples::demo::{
    brokers::{self, Against, Brokers, SERVE},
    comparison,
    ledger::Figures,
    pace::Shares,
    report::{self, Course},
    run::{self, Plan},
    stores::StoreChoice,
};
use relaismq_programs::{
    arguments::{self, Consistent, Given},
    ending::{EXIT_STATUSES, Ending},
    interrupt::Interrupt,
    output,
    progress::Progress,
};

/// Kills brokers in mid-stream and proves that nothing confirmed is lost.
///
/// Starts a master and a stand-in broker (or two), sends and receives through `failover:(…)`, kills the master
/// with SIGKILL while messages flow, starts it again as the stand-in, as often as you like, and counts.
/// A ledger outside of the brokers has each message that was confirmed and each that arrived.
#[derive(Debug, Parser)]
#[command(name = "failover-demo", version, after_help = after_help())]
struct Args {
    /// Messages to send, all in all
    #[arg(long, default_value_t = 20_000, allow_negative_numbers = true, value_parser = messages)]
    messages: u64,
    /// Times the master is killed
    #[arg(long, default_value_t = 1, allow_negative_numbers = true, value_parser = rounds)]
    rounds: u32,
    /// Where the brokers keep messages: memory, file, sqlite, postgresql, mariadb, sql:URL of a
    /// database that is there, replicated (on three brokers that know each other) or zookeeper (that
    /// find each other through it). For postgresql, mariadb and zookeeper private servers are started
    /// from Debian's packages. With `memory` a kill loses what the broker held, and the program says so and ends with
    /// status 3
    #[arg(long, value_name = "STORE", default_value_t = StoreChoice::File)]
    store: StoreChoice,
    /// Whose brokers are killed; `activemq` (on file, postgresql or mariadb) needs Java 17 and Debian's
    /// activemq, libactivemq-java and JDBC drivers
    #[arg(long, value_enum, default_value_t = Against::Relaismq)]
    against: Against,
    /// Every store one after the other, and ActiveMQ's beside them: one table
    #[arg(long, conflicts_with_all = ["store", "against"])]
    compare: bool,
    /// Print one JSON object with the result on standard output (one for each line of a table), and
    /// nothing else there
    #[arg(long)]
    json: bool,
}

fn messages(text: &str) -> Result<u64, String> {
    arguments::whole(text, &(1..=100_000_000), "messages")
        .map_err(|text| format!("{text}: without any, nothing is proved"))
}

fn rounds(text: &str) -> Result<u32, String> {
    arguments::whole(text, &(1..=100_000), "kills")
        .map_err(|text| format!("{text}: without any, nothing is proved"))
}

impl Consistent for Args {
    fn contradiction(&self, _given: &Given<'_>) -> Option<String> {
        let needed = Shares::fewest(self.rounds);
        if self.messages < needed {
            let rounds = self.rounds;
            return Some(format!(
                "{rounds} kills in mid-stream need at least {needed} messages: give more --messages"
            ));
        }
        let text = "ActiveMQ's brokers share a folder or a server: give --store file, postgresql or mariadb";
        let theirs = [StoreChoice::File, StoreChoice::Postgresql, StoreChoice::Mariadb]
            .contains(&self.store);
        (self.against == Against::Activemq && !theirs).then(|| text.to_owned())
    }
}

const READING: &str = "How to read the result: missing are messages that were confirmed and did not arrive; duplicates
are allowed if they are flagged as redelivered. The longest time without service is the longest in
which nothing was confirmed or received while something was to be done. \"detected\" is the time from a
kill until the client noticed, \"first receive\" until a message arrived that was sent after the kill.

Examples:
  failover-demo --rounds 20
  failover-demo --store postgresql --rounds 20
  failover-demo --store replicated --rounds 20
  failover-demo --against activemq --rounds 3 --json
  failover-demo --compare --rounds 5";

fn after_help() -> String {
    format!("{READING}\n\n{EXIT_STATUSES}")
}

fn main() -> ExitCode {
    let mut args = std::env::args_os();
    let program = args.next();
    if args.next().is_some_and(|first| first == SERVE) {
        return brokers::serve(program.into_iter().chain(args));
    }
    let ending = match arguments::read(std::env::args_os()) {
        Ok(args) => Ending::report("failover-demo", demonstrate(&args)),
        Err(ending) => ending,
    };
    ending.into()
}

fn demonstrate(args: &Args) -> anyhow::Result<Ending> {
    let plan = Plan {
        messages: args.messages,
        rounds: args.rounds,
        store: args.store.clone(),
        against: args.against,
    };
    tokio::runtime::Runtime::new()?.block_on(async {
        let interrupt = Interrupt::listen()?;
        if args.compare {
            compare(args, &plan, &interrupt).await
        } else {
            one(args, &plan, &interrupt).await
        }
    })
}

/// The worst of all endings counts; loss that is to be expected does not.
async fn compare(args: &Args, plan: &Plan, interrupt: &Interrupt) -> anyhow::Result<Ending> {
    let mut worst = Ending::Done;
    if !args.json {
        drop(output::line(comparison::HEAD));
    }
    for plan in comparison::rows(plan) {
        let ending = one(args, &plan, interrupt).await?;
        if interrupt.ending().is_some() {
            return Ok(ending);
        }
        if ending != Ending::Done && !plan.expects_loss() {
            worst = ending;
        }
    }
    Ok(worst)
}

async fn one(args: &Args, plan: &Plan, interrupt: &Interrupt) -> anyhow::Result<Ending> {
    let folder = tempfile::tempdir().context("no temporary folder")?;
    interrupt.remove_at_once(folder.path());
    let mut brokers = Brokers::new(plan.against, &plan.store, folder.path()).await?;
    let ended = watched(args, plan, &mut brokers, interrupt).await;
    // Nobody writes into the folder any more when it is removed.
    brokers.end().await;
    folder.close().context("the temporary folder cannot be removed")?;
    ended
}

async fn watched(
    args: &Args,
    plan: &Plan,
    brokers: &mut Brokers,
    interrupt: &Interrupt,
) -> anyhow::Result<Ending> {
    let progress = Progress::new("messages", Some(plan.messages));
    let ledger = run::ledger(plan);
    let running = run::run(plan, brokers, &ledger, &progress);
    let ended = interrupt.unless_asked(running).await;
    progress.finish();
    let course = match &ended {
        Some(Ok(())) => Course::Complete,
        Some(Err(error)) => Course::Failed(format!("{error:#}")),
        None => Course::Interrupted,
    };
    let figures = ledger.figures();
    show(args, plan, &figures, &course);
    match (course, interrupt.ending()) {
        // The brokers are the program's own: that none can be reached is a failure like any other.
        (Course::Failed(error), _) => Err(anyhow::anyhow!(error)),
        (Course::Interrupted, Some(ending)) => Ok(ending),
        _ => Ok(report::ending(&figures)),
    }
}

fn show(args: &Args, plan: &Plan, figures: &Figures, course: &Course) {
    let text = match args.compare {
        true => comparison::line(plan, figures, course),
        false => report::as_text(plan, figures, course),
    };
    if args.json {
        output::note(&text);
        // Whoever does not read it does not want it.
        drop(output::line(&report::as_json(plan, figures, course)));
    } else {
        drop(output::line(&text));
    }
}

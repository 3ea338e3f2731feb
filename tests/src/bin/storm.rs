//! Kills masters under Java consumers in transactions, and says what became of the messages.
//!
//! ```text
//! cargo run --release -p relaismq-tests --bin storm -- --broker activemq-5 --kills 30
//! ```

use std::time::Duration;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use relaismq_tests::activemq::Version;
use relaismq_tests::make::Make;
use relaismq_tests::storm::Storm;

/// Two brokers share a directory; Java producers send to a queue and Java consumers take from it in
/// transactions. The master is killed with SIGKILL again and again, the slave takes over, and the dead
/// one starts as the next slave. In the end: what was confirmed and never arrived, how often messages
/// were delivered, which commits failed and why, and what is in the dead letter queue.
#[derive(Debug, Parser)]
#[command(name = "storm")]
struct Args {
    /// Whose brokers
    #[arg(long, value_enum, default_value = "ours")]
    broker: Broker,
    /// Whose Java client
    #[arg(long, value_enum, default_value = "5")]
    client: Client,
    /// How often the master is killed
    #[arg(long, default_value_t = 30)]
    kills: usize,
    /// How many seconds a master serves
    #[arg(long, default_value_t = 3.0)]
    every: f64,
    #[arg(long, default_value_t = 4)]
    producers: usize,
    #[arg(long, default_value_t = 4)]
    consumers: usize,
    /// Messages in each transaction
    #[arg(long, default_value_t = 10)]
    transaction: usize,
    /// More options of the client's URI, such as jms.prefetchPolicy.all=20
    #[arg(long, default_value = "")]
    options: String,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Broker {
    Ours,
    #[value(name = "activemq-5")]
    Five,
    #[value(name = "activemq-6")]
    Six,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Client {
    #[value(name = "5")]
    Five,
    #[value(name = "6")]
    Six,
}

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    let storm = Storm {
        make: match args.broker {
            Broker::Ours => Make::Ours,
            Broker::Five => Make::FIVE,
            Broker::Six => Make::SIX,
        },
        client: match args.client {
            Client::Five => Version::Five,
            Client::Six => Version::Six,
        },
        kills: args.kills,
        every: Duration::try_from_secs_f64(args.every)?,
        producers: args.producers,
        consumers: args.consumers,
        transaction: args.transaction,
        options: args.options,
    };
    let directory = tempfile::tempdir()?;
    let outcome = storm.run(directory.path(), |kill| progress(kill, args.kills)).await?;
    print(&outcome.to_string());
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the program's result")]
fn print(text: &str) {
    print!("{text}");
}

#[expect(clippy::print_stderr, reason = "a long run shows that it is alive")]
fn progress(kill: usize, of: usize) {
    eprintln!("kill {kill} of {of}");
}

//! Attacks our broker, and says what that costs the broker in memory and honest clients in throughput.
//!
//! ```text
//! cargo run --release -p relaismq-tests --bin under-attack -- --seconds 60
//! ```

use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;
use relaismq_tests::attack::Attack;
use relaismq_tests::siege::{Cost, Siege};
use tokio::process::Command;

/// For each attack a broker with a file store, and beside the attackers an honest producer of
/// persistent messages and its consumer. Quiet and attacked turns alternate; the medians are compared.
/// Everything shares the cores of this machine: what broker and attackers used of them is told, too.
#[derive(Debug, Parser)]
#[command(name = "under-attack")]
struct Args {
    /// How many seconds each attack takes with its quiet turns
    #[arg(long, default_value_t = 60.0)]
    seconds: f64,
    /// Seconds of one turn
    #[arg(long, default_value_t = 10.0)]
    turn: f64,
    /// Only the attacks whose description contains this
    #[arg(long, default_value = "")]
    only: String,
    /// Be the attackers with this number, until killed
    #[arg(long, hide = true, requires = "url")]
    attack: Option<usize>,
    #[arg(long, hide = true)]
    url: Option<String>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    if let (Some(number), Some(url)) = (args.attack, &args.url) {
        let attack = Attack::ALL.get(number).context("no such attack")?;
        return attack.run(url).await;
    }
    let siege = Siege {
        during: Duration::try_from_secs_f64(args.seconds)?,
        turn: Duration::try_from_secs_f64(args.turn)?,
    };
    print(Cost::HEADINGS);
    for (number, attack) in Attack::ALL.into_iter().enumerate() {
        if attack.to_string().contains(&args.only) {
            let cost = siege.run(attack, |url| attackers(number, url)).await?;
            print(&cost.to_string());
        }
    }
    Ok(())
}

fn attackers(number: usize, url: &str) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["--attack", &number.to_string(), "--url", url]);
    Ok(command)
}

#[expect(clippy::print_stdout, reason = "the program's result")]
fn print(text: &str) {
    print!("{text}");
}

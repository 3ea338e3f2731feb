//! What a newcomer does with the README alone.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail like this")]

mod outside;

use std::time::Duration;

use anyhow::{Result, ensure};
use relaismq_tests::{activemq::ActiveMq, ports, relais::Relais};

use crate::outside::{Ended, run};

/// What the program of the README prints where everything is well.
const WELL: &str = "the broker has it: true\nreceived: two teas\n";

async fn works_on(url: &str) -> Result<()> {
    for uri in [format!("failover:({url})"), url.to_owned()] {
        let ended = run(&uri).await?;
        ensure!(ended.success && ended.stdout == WELL, "{uri}: {ended:?}");
    }
    Ok(())
}

#[tokio::test]
async fn the_program_of_the_readme_compiles_elsewhere_and_works_on_our_broker() -> Result<()> {
    let broker = Relais::new().start().await?;
    works_on(&broker.url()?).await
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn the_program_of_the_readme_works_on_activemq() -> Result<()> {
    let broker = ActiveMq::new().start().await?;
    works_on(&broker.url()?).await
}

/// The demonstration used to compile for minutes without a sign of life.
#[test]
fn cargo_demo_shows_that_it_compiles() {
    let aliases = include_str!("../../../.cargo/config.toml");
    let demo = aliases.lines().find(|line| line.starts_with("demo = ")).unwrap();
    assert!(demo.contains("run --release --package relaismq-examples"), "{demo}");
    assert!(!demo.contains("--quiet") && !demo.contains("-q "), "{demo}");
}

/// It used to be silent for 30 s, and then printed what only programmers read.
#[tokio::test]
async fn without_a_broker_the_program_ends_soon_and_says_what_it_tried() -> Result<()> {
    let port = ports::free()?;
    let Ended { success, stdout, stderr, took } =
        run(&format!("failover:(tcp://127.0.0.1:{port})")).await?;
    ensure!(!success && stdout.is_empty(), "{stdout} {stderr}");
    let tried = format!("Error: no broker can be used: tcp://127.0.0.1:{port}: Connection refused");
    ensure!(stderr.starts_with(&tried), "{stderr}");
    ensure!(!stderr.contains("NoBroker(") && took < Duration::from_secs(15), "{took:?}: {stderr}");
    Ok(())
}

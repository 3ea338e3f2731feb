//! Random faults under twenty producers and fifty consumers: nothing confirmed is lost, all arrivals of a message but one
//! are flagged, nothing is dead, and of the clients no task and no socket stays behind, and little memory.
//!
//! A process of its own, since its sockets and its memory are counted. `RELAISMQ_SEED=7` plays other faults,
//! `RELAISMQ_FAULTS=1000` another number of them, in some minutes.
#![allow(clippy::indexing_slicing, clippy::print_stdout, reason = "these are tests")]

mod clients;
mod fault;
mod ledger;
mod level;
mod secure;
mod ways;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures::TryStreamExt;
use relaismq::Connection;
use relaismq_tests::random::Random;
use tokio::time::timeout;

use crate::clients::Clients;
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::level::Level;
use crate::ways::Ways;

/// Longest wait for anything that must happen.
const SOON: Duration = Duration::from_secs(120);
/// What the memory of the process may have grown by when everything is closed: what an allocator keeps.
const MEGABYTES: u64 = 48;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_faults_lose_nothing_and_what_comes_again_is_flagged() -> Result<()> {
    play(24).await
}

fn given(name: &str, default: u64) -> Result<u64> {
    std::env::var(name).map_or(Ok(default), |text| Ok(text.parse()?))
}

async fn play(faults: u64) -> Result<()> {
    let (seed, faults) = (given("RELAISMQ_SEED", 1)?, given("RELAISMQ_FAULTS", faults)?);
    let begun = tokio::time::Instant::now();
    let mut ways = Ways::start().await?;
    // What is allocated once and kept is there after the first clients.
    Clients::start(&ways, &Arc::default()).await?.stop().await?;
    let before = Level::quiet(|_| true).await?;
    let ledger = Arc::new(Ledger::default());
    let clients = Clients::start(&ways, &ledger).await?;
    let kinds = break_things(&mut ways, &ledger, faults, seed).await;
    let (kinds, stopped) = (kinds.with_context(|| format!("seed {seed}"))?, clients.stop().await);
    let seen = stopped.with_context(|| format!("seed {seed}"))?;
    let dead = dead(&ways).await?;
    let after = Level::quiet(|now| now.is_as_low_as(&before, MEGABYTES)).await;
    println!("seed {seed}, {faults} faults in {:.0} s: {kinds:?}", begun.elapsed().as_secs_f64());
    println!("{}; {seen}", ledger.summary());
    println!("before {before:?}, after {after:?}");
    ledger.check().with_context(|| format!("seed {seed}"))?;
    ensure!(dead == 0, "seed {seed}: {dead} messages are dead");
    after.with_context(|| format!("seed {seed}: not back at {before:?}"))?;
    Ok(())
}

/// One fault after the other, each when the clients have gone on since the one before. How many of each kind.
async fn break_things(
    ways: &mut Ways,
    ledger: &Ledger,
    faults: u64,
    seed: u64,
) -> Result<BTreeMap<Fault, u32>> {
    let mut random = Random::new(seed);
    let mut kinds = BTreeMap::new();
    for number in 1..=faults {
        let fault = Fault::draw(&mut random);
        *kinds.entry(fault).or_default() += 1;
        fault.happen(ways, &mut random, ledger).await?;
        let more = 1 + random.below(40);
        ledger.more(more).await.with_context(|| format!("after fault {number}, {fault:?}"))?;
    }
    ways.mend().await?;
    Ok(kinds)
}

/// How many messages are in the dead letter queue.
async fn dead(ways: &Ways) -> Result<usize> {
    let connection = Connection::builder(ways.broker_url()?).connect().await?;
    let browser = connection.browser("ActiveMQ.DLQ").await?;
    let dead: Vec<_> = timeout(SOON, browser.try_collect()).await??;
    connection.close().await;
    Ok(dead.len())
}

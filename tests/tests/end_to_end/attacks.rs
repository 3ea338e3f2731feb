//! Attacks on memory: the broker stays small, and honest clients beside them get what they want.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use relaismq_tests::{attack::Attack, relais::Relais};
use tokio::time::{Instant, timeout_at};

use crate::hostile::serves;

/// How long each attack goes on; the program `under-attack` takes a minute for each
/// and measures throughput, too.
const WHILE: Duration = Duration::from_secs(4);
/// What an honest client may have to wait in the end, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
/// What the broker may take in memory.
const MOST_MIB: u64 = 200;

/// Returns the largest memory of the broker, in MiB.
async fn endure(attack: Attack) -> Result<u64> {
    let folder = tempfile::tempdir()?;
    let mut server = Relais::new().directory(folder.path()).log("error").start().await?;
    let url = server.url()?;
    let end = Instant::now() + WHILE;
    let served = async {
        let mut count = 0;
        while Instant::now() < end {
            serves(&url).await?;
            count += 1;
        }
        Ok::<_, anyhow::Error>(count)
    };
    tokio::select! {
        biased;
        served = served => ensure!(served? > 0),
        ended = timeout_at(end + PATIENCE, attack.run(&url)) => match ended {
            Err(_) => bail!("an honest client has waited for {PATIENCE:?} under attack: {attack}"),
            Ok(ended) => ended.context("the attack has ended by itself")?,
        }
    }
    let memory = server.process().largest_memory()?;
    ensure!(server.stop().await?.success());
    ensure!(memory < MOST_MIB, "{memory} MiB under attack: {attack}");
    Ok(memory)
}

// 54 MB of signs of life that wanted an answer made 1.9 GB of answers that weighed nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_asks_for_signs_of_life_and_reads_none_costs_little() -> Result<()> {
    ensure!(endure(Attack::Beats { logged_in: false }).await? < 64);
    endure(Attack::Beats { logged_in: true }).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_stranger_wants_to_be_remembered_costs_little() -> Result<()> {
    ensure!(endure(Attack::Names).await? < 64);
    Ok(())
}

// Twenty connections with 99 of 100 MiB of one frame each held 2 GB, before they had logged in.
#[tokio::test(flavor = "multi_thread")]
async fn half_frames_of_strangers_cost_nothing_and_those_of_clients_no_more_than_one() -> Result<()>
{
    let bytes = 99 * 1024 * 1024;
    ensure!(endure(Attack::HalfFrames { logged_in: false, bytes }).await? < 64);
    endure(Attack::HalfFrames { logged_in: true, bytes }).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn long_header_texts_fill_the_disk_rather_than_memory() -> Result<()> {
    endure(Attack::Headers { messages: 3000 }).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn many_queues_with_a_little_each_fill_the_disk_rather_than_memory() -> Result<()> {
    endure(Attack::Queues { queues: 400, bytes: 1024 * 1024 }).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn consumers_that_never_acknowledge_do_not_fill_memory() -> Result<()> {
    endure(Attack::Hoards { consumers: 10, messages: 40_000 }).await?;
    Ok(())
}

//! Links on which nobody says anything for a long time, and brokers with their own idea of when to begin
//! with signs of life: ten seconds after the start, by default.

use std::future::pending;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Result, ensure};
use futures::future::try_join_all;
use relaismq::{AckMode, Connection, Event};
use relaismq_tests::make::Make;
use tempfile::tempdir;
use tokio::time::timeout;

use crate::brokers::{builder, is_interrupted, on_makes, until};

on_makes!(
    [on_activemq: FIVE, on_activemq_6: SIX, on_artemis: Artemis, on_our_broker: Ours],
    [idle_links_are_never_given_up, a_slow_handler_runs_once]
);

/// Longer than the brokers' initial delay and a limit.
const LONG: Duration = Duration::from_secs(14);
/// How long a handler works.
const WORK: Duration = Duration::from_secs(7);

/// `wireFormat.maxInactivityDuration` and the initial delay; none: the default.
const WISHES: [(u32, Option<u32>); 5] =
    [(5000, None), (3000, Some(3000)), (2000, None), (2000, Some(100)), (30_000, Some(0))];

async fn connect(url: &str, (limit, delay): (u32, Option<u32>)) -> Result<Connection> {
    let delay = delay.map(|delay| format!("&wireFormat.maxInactivityDurationInitalDelay={delay}"));
    let delay = delay.unwrap_or_default();
    let url = format!("failover:({url}?wireFormat.maxInactivityDuration={limit}{delay})");
    Ok(builder(&url).connect().await?)
}

async fn stays(url: &str, wish: (u32, Option<u32>)) -> Result<()> {
    let connection = connect(url, wish).await?;
    let _consumer = connection.consumer("a").build().await?;
    let lost: Result<Event> = until(&mut connection.events(), LONG, is_interrupted).await;
    ensure!(lost.is_err(), "{wish:?}: {lost:?}");
    Ok(())
}

/// With a limit of 5 s the link was lost at 10 s, with 3 s six times in 20 s.
async fn idle_links_are_never_given_up(make: Make) -> Result<()> {
    let broker = make.start().await?;
    let url = broker.url()?;
    try_join_all(WISHES.map(|wish| stays(&url, wish))).await?;
    Ok(())
}

/// Two messages ran 4 and 14 times.
async fn a_slow_handler_runs_once(make: Make) -> Result<()> {
    let directory = tempdir()?;
    let broker = make.start_in(directory.path()).await?;
    let connection = connect(&broker.url()?, (2000, None)).await?;
    let producer = connection.producer("a").build().await?;
    for text in ["one", "two"] {
        producer.send(text).await?;
    }
    let runs = AtomicU32::new(0);
    let mut consumer = connection.consumer("a").ack(AckMode::Individual).build().await?;
    let listening = consumer.listen(|_| async {
        runs.fetch_add(1, Ordering::Relaxed);
        // Work, to the outside.
        drop(timeout(WORK, pending::<()>()).await);
        Ok::<(), std::io::Error>(())
    });
    ensure!(timeout(WORK * 3, listening).await.is_err(), "the consumer has ended");
    assert_eq!(runs.into_inner(), 2);
    Ok(())
}

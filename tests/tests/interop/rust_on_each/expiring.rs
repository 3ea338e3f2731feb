//! Messages that expire before the application takes them.

use std::future::pending;
use std::time::Duration;

use anyhow::{Result, ensure};
use futures::StreamExt;
use relaismq::{AckMode, Connection, Message, SendOptions};
use relaismq_tests::make::Make;
use relaismq_tests::server::Server;
use tempfile::{TempDir, tempdir};
use tokio::time::timeout;

use crate::brokers::{QUIET, builder, on_makes, until_there};

on_makes!(
    [on_activemq: FIVE, on_activemq_6: SIX, on_our_broker: Ours],
    [
        what_expires_before_it_is_received_is_never_handed_over_and_dead,
        a_stream_passes_over_what_has_expired,
        where_expiry_is_not_checked_everything_is_handed_over
    ]
);

const COUNT: usize = 100;
const LIVE: Duration = Duration::from_millis(700);
/// Long enough for all of them to arrive, also on a machine that is busy.
const LONG: Duration = Duration::from_secs(4);
/// How long after that nothing happens.
const LATER: Duration = Duration::from_millis(800);

/// A broker, and a connection with so many messages ahead that have expired.
async fn expired(make: Make, options: &str) -> Result<(Server, Connection, TempDir)> {
    let directory = tempdir()?;
    let broker = make.start_in(directory.path()).await?;
    let url = format!("failover:({}){options}", broker.url()?);
    Ok((broker, builder(&url).connect().await?, directory))
}

async fn fill(connection: &Connection, live: Duration) -> Result<()> {
    let producer = connection.producer("a").build().await?;
    let short = SendOptions::default().time_to_live(live);
    let sends =
        (0..COUNT).map(|number| producer.send_with(Message::text(number.to_string()), &short));
    futures::future::try_join_all(sends).await?;
    // Time passes, and nothing is waited for.
    drop(timeout(live + LATER, pending::<()>()).await);
    Ok(())
}

/// One of a hundred was handed over, none was dead.
async fn what_expires_before_it_is_received_is_never_handed_over_and_dead(
    make: Make,
) -> Result<()> {
    for mode in [AckMode::Auto, AckMode::Individual] {
        let (broker, connection, _directory) = expired(make, "").await?;
        let mut consumer = connection.consumer("a").ack(mode).build().await?;
        fill(&connection, LIVE).await?;
        let received = consumer.receive_timeout(QUIET).await?;
        ensure!(received.is_none(), "{mode:?}: {received:?}");
        until_there(&broker, "ActiveMQ.DLQ", COUNT).await?;
    }
    Ok(())
}

async fn a_stream_passes_over_what_has_expired(make: Make) -> Result<()> {
    let (broker, connection, _directory) = expired(make, "").await?;
    let mut consumer = connection.consumer("a").build().await?;
    fill(&connection, LIVE).await?;
    connection.producer("a").build().await?.send("fresh").await?;
    let delivery = timeout(LATER, consumer.next()).await?;
    let delivery = delivery.ok_or_else(|| anyhow::anyhow!("the stream ended"))??;
    assert_eq!(delivery.text()?, "fresh");
    until_there(&broker, "ActiveMQ.DLQ", COUNT).await
}

async fn where_expiry_is_not_checked_everything_is_handed_over(make: Make) -> Result<()> {
    let option = "?jms.consumerExpiryCheckEnabled=false";
    let (_broker, connection, _directory) = expired(make, option).await?;
    let mut consumer = connection.consumer("a").build().await?;
    fill(&connection, LONG).await?;
    for _ in 0..COUNT {
        ensure!(consumer.receive_timeout(LATER).await?.is_some(), "one is missing");
    }
    Ok(())
}

//! Acknowledgements over a link that is gone, and messages that fail too often.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use relaismq::options::RedeliveryPolicy;
use relaismq::{AckError, AckMode, Connection, Consumer, Delivery};
use relaismq_tests::make::Make;
use relaismq_tests::proxy::Proxy;
use relaismq_tests::server::Server;
use tempfile::{TempDir, tempdir};
use tokio::time::timeout;

use crate::brokers::{QUIET, SOON, builder, content, is_resumed, on_each_broker, until};

on_each_broker!(
    individual_acknowledgements_held_over_a_cut_are_stale,
    client_acknowledgements_held_over_a_cut_are_stale,
    a_message_that_fails_too_often_is_dead,
    a_message_rolled_back_too_often_is_dead,
);

async fn start(make: Make) -> Result<(Server, Proxy, Connection, TempDir)> {
    let directory = tempdir()?;
    let broker = make.start_in(directory.path()).await?;
    let proxy = Proxy::start(&broker.url()?).await?;
    let url = format!("failover:({})?initialReconnectDelay=10", proxy.url());
    let connection = builder(&url).connect().await?;
    Ok((broker, proxy, connection, directory))
}

async fn receive(consumer: &mut Consumer, count: usize) -> Result<Vec<Delivery>> {
    let mut deliveries = Vec::new();
    while deliveries.len() < count {
        let delivery = consumer.receive_timeout(SOON).await?;
        deliveries.push(delivery.with_context(|| format!("only {}", deliveries.len()))?);
    }
    Ok(deliveries)
}

/// Receives five messages, loses the link, and finds every acknowledgement stale.
async fn hold_over_a_cut(make: Make, mode: AckMode) -> Result<()> {
    let (broker, proxy, connection, _directory) = start(make).await?;
    let producer = connection.producer("a").build().await?;
    for number in 0..5 {
        producer.send(number.to_string()).await?;
    }
    let mut consumer = connection.consumer("a").ack(mode).build().await?;
    let held = receive(&mut consumer, 5).await?;
    ensure!(held.iter().all(|delivery| !delivery.redelivered()));
    let mut events = connection.events();
    proxy.cut();
    until(&mut events, SOON, is_resumed).await?;
    for delivery in &held {
        assert_eq!(delivery.ack().await, Err(AckError::StaleDelivery));
    }
    let again = receive(&mut consumer, 5).await?;
    ensure!(again.iter().all(|delivery| delivery.redelivered()), "not flagged: {again:?}");
    let texts: Result<BTreeSet<_>, _> = again.iter().map(|delivery| delivery.text()).collect();
    assert_eq!(texts?.len(), 5);
    // With `Client` the last one stands for all.
    for delivery in again.iter().skip(if mode == AckMode::Client { 4 } else { 0 }) {
        delivery.ack().await?;
    }
    ensure!(consumer.receive_timeout(QUIET).await?.is_none(), "a sixth message");
    consumer.close().await?;
    ensure!(content(&broker, "a").await?.is_empty());
    ensure!(content(&broker, "ActiveMQ.DLQ").await?.is_empty());
    Ok(())
}

async fn individual_acknowledgements_held_over_a_cut_are_stale(make: Make) -> Result<()> {
    hold_over_a_cut(make, AckMode::Individual).await
}

async fn client_acknowledgements_held_over_a_cut_are_stale(make: Make) -> Result<()> {
    hold_over_a_cut(make, AckMode::Client).await
}

fn twice() -> RedeliveryPolicy {
    let mut policy = RedeliveryPolicy::default();
    policy.maximum_redeliveries = Some(2);
    policy.initial_redelivery_delay = Duration::from_millis(20);
    policy.redelivery_delay = Duration::from_millis(20);
    policy
}

/// Takes the dead message, which tells why it is dead.
async fn expect_dead(connection: &Connection, text: &str) -> Result<()> {
    let mut dead = connection.consumer("ActiveMQ.DLQ").build().await?;
    let message = dead.receive_timeout(SOON).await?.context("nothing is dead")?;
    assert_eq!(message.text()?, text);
    let cause = message.property::<String>("dlqDeliveryFailureCause").context("no cause")?;
    ensure!(!cause.is_empty());
    let original = message.original_destination().map(ToString::to_string);
    assert_eq!(original.as_deref(), Some("queue://a"), "{cause}");
    Ok(())
}

async fn a_message_that_fails_too_often_is_dead(make: Make) -> Result<()> {
    let (_broker, _proxy, connection, _directory) = start(make).await?;
    connection.producer("a").build().await?.send("bad").await?;
    let mut consumer = connection.consumer("a").redelivery(twice()).build().await?;
    let mut counts = Vec::new();
    {
        let failing = consumer.listen(|delivery| {
            counts.push(delivery.delivery_count());
            async { Err::<(), _>(std::io::Error::other("bad")) }
        });
        let buried = timeout(SOON, expect_dead(&connection, "bad"));
        tokio::select! {
            ended = failing => ended?,
            outcome = buried => outcome??,
        }
    }
    assert_eq!(counts, [1, 2, 3]);
    Ok(())
}

async fn a_message_rolled_back_too_often_is_dead(make: Make) -> Result<()> {
    let (_broker, _proxy, connection, _directory) = start(make).await?;
    connection.producer("a").build().await?.send("bad").await?;
    let session = connection.transacted_session().await?;
    let mut consumer = session.consumer("a").redelivery(twice()).build().await?;
    for count in 1..=3 {
        let delivery = consumer.receive_timeout(SOON).await?.context("nothing came")?;
        assert_eq!(delivery.delivery_count(), count);
        session.rollback().await?;
    }
    expect_dead(&connection, "bad").await?;
    ensure!(consumer.receive_timeout(QUIET).await?.is_none(), "a fourth delivery");
    Ok(())
}

//! Transacted Java consumers after an unclean end of the broker: no message is a dead letter before an
//! application has had it as often as its redelivery policy allows.
//!
//! Java's client counts a redelivered message against its policy before the application sees it. Our
//! broker flagged everything that it found in its store after a kill, and with
//! `maximumRedeliveries=0` all of it went to the dead letter queue unseen.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use relaismq_tests::make::Make;
use relaismq_tests::peer::{
    AckMode, Connect, ConsumerOptions, JmsConsumer, JmsMessage, JmsPeer, JmsSession, Received,
};
use relaismq_tests::server::Server;
use tempfile::tempdir;

use crate::brokers::{QUIET, SOON, Two, content, on_each_broker};

on_each_broker!(
    what_nobody_was_given_is_fresh_after_a_restart,
    what_nobody_was_given_is_fresh_after_a_takeover,
    what_nobody_was_given_is_fresh_on_a_durable_subscription,
);

const TEXTS: [&str; 3] = ["1", "2", "3"];
const DEAD: &str = "ActiveMQ.DLQ";

/// Gives up after so many redeliveries, and does not wait before them.
fn impatient(url: &str, redeliveries: usize) -> String {
    let mark = if url.contains('?') { '&' } else { '?' };
    format!(
        "{url}{mark}jms.redeliveryPolicy.maximumRedeliveries={redeliveries}\
         &jms.redeliveryPolicy.initialRedeliveryDelay=0&jms.redeliveryPolicy.redeliveryDelay=0"
    )
}

async fn transacted(peer: &JmsPeer, url: &str, redeliveries: usize) -> Result<JmsSession> {
    let connection = peer.connect(&impatient(url, redeliveries)).await?;
    Ok(connection.session(AckMode::Transacted).await?)
}

async fn send(peer: &JmsPeer, url: &str, destination: &str) -> Result<()> {
    let connection = peer.connect(url).await?;
    let session = connection.session(AckMode::Auto).await?;
    let producer = session.producer(destination).await?;
    for text in TEXTS {
        producer.send(&JmsMessage::text(text)).await?;
    }
    Ok(connection.close().await?)
}

fn deliveries(message: &Received) -> Option<i64> {
    message.number("delivery_count")
}

async fn receive(consumer: &JmsConsumer) -> Result<Received> {
    consumer.receive(SOON).await?.context("a message is missing")
}

/// All three, once, unflagged.
async fn all_are_fresh(session: &JmsSession, consumer: &JmsConsumer) -> Result<()> {
    for text in TEXTS {
        let message = receive(consumer).await?;
        assert_eq!(message.text().as_deref(), Some(text));
        assert_eq!((message.is_redelivered(), deliveries(&message)), (false, Some(1)), "{text}");
    }
    Ok(session.commit().await?)
}

async fn no_dead_letters(broker: &Server) -> Result<()> {
    let dead = content(broker, DEAD).await?;
    ensure!(dead.is_empty(), "dead letters: {dead:?}");
    Ok(())
}

async fn what_nobody_was_given_is_fresh_after_a_restart(make: Make) -> Result<()> {
    let (directory, peer) = (tempdir()?, JmsPeer::start()?);
    let mut broker = make.start_in(directory.path()).await?;
    send(&peer, &broker.url()?, "work").await?;
    broker.kill().await?;
    let broker = make.start_in(directory.path()).await?;
    let session = transacted(&peer, &broker.url()?, 0).await?;
    all_are_fresh(&session, &session.consumer("work").await?).await?;
    no_dead_letters(&broker).await
}

async fn what_nobody_was_given_is_fresh_after_a_takeover(make: Make) -> Result<()> {
    let (directory, peer) = (tempdir()?, JmsPeer::start()?);
    let mut two = Two::start(make, directory.path()).await?;
    send(&peer, &two.url(), "work").await?;
    two.take_over().await?;
    let session = transacted(&peer, &two.url(), 0).await?;
    all_are_fresh(&session, &session.consumer("work").await?).await?;
    no_dead_letters(&two.slave).await
}

async fn what_nobody_was_given_is_fresh_on_a_durable_subscription(make: Make) -> Result<()> {
    let (directory, peer) = (tempdir()?, JmsPeer::start()?);
    let mut broker = make.start_in(directory.path()).await?;
    let (session, consumer) = subscribe(&peer, &broker.url()?).await?;
    consumer.close().await?;
    session.close().await?;
    send(&peer, &broker.url()?, "topic://news").await?;
    broker.kill().await?;
    let broker = make.start_in(directory.path()).await?;
    let (session, consumer) = subscribe(&peer, &broker.url()?).await?;
    all_are_fresh(&session, &consumer).await?;
    no_dead_letters(&broker).await
}

async fn subscribe(peer: &JmsPeer, url: &str) -> Result<(JmsSession, JmsConsumer)> {
    let connect = Connect::to(&impatient(url, 0)).client_id("reader");
    let session = peer.connect_with(&connect).await?.session(AckMode::Transacted).await?;
    let options = ConsumerOptions {
        destination: "topic://news".to_owned(),
        subscription: Some("news".to_owned()),
        ..ConsumerOptions::default()
    };
    let consumer = session.consumer_with(&options).await?;
    Ok((session, consumer))
}

/// Rolls back whatever comes until nothing does: how often the application had each message.
async fn attempts(session: &JmsSession, consumer: &JmsConsumer) -> Result<BTreeMap<String, usize>> {
    let mut attempts = BTreeMap::new();
    // The first one may have to wait for a takeover.
    let mut wait = SOON;
    while let Some(message) = consumer.receive(wait).await? {
        wait = Duration::from_secs(2);
        let text = message.text().context("no text")?;
        ensure!(message.is_redelivered(), "{text} is not flagged");
        *attempts.entry(text).or_insert(0) += 1;
        session.rollback().await?;
    }
    Ok(attempts)
}

/// A consumer that has been sent all messages, and an application that has taken none.
async fn prefetch(
    peer: &JmsPeer,
    url: &str,
    redeliveries: usize,
) -> Result<(JmsSession, JmsConsumer)> {
    let session = transacted(peer, url, redeliveries).await?;
    let consumer = session.consumer("work").await?;
    let other = transacted(peer, url, redeliveries).await?.consumer("work").await?;
    let left = other.receive(QUIET).await?;
    ensure!(left.is_none(), "the first consumer has not been given everything: {left:?}");
    other.close().await?;
    Ok((session, consumer))
}

async fn is_dead_after_its_attempts(redeliveries: usize) -> Result<()> {
    let (directory, peer) = (tempdir()?, JmsPeer::start()?);
    let mut broker = start(directory.path()).await?;
    send(&peer, &broker.url()?, "work").await?;
    prefetch(&peer, &broker.url()?, redeliveries).await?;
    broker.kill().await?;
    let broker = start(directory.path()).await?;
    let session = transacted(&peer, &broker.url()?, redeliveries).await?;
    let consumer = session.consumer("work").await?;
    judge(&broker, &session, &consumer, redeliveries).await
}

async fn start(directory: &Path) -> Result<Server> {
    Make::Ours.start_in(directory).await
}

async fn judge(
    broker: &Server,
    session: &JmsSession,
    consumer: &JmsConsumer,
    redeliveries: usize,
) -> Result<()> {
    let attempts = attempts(session, consumer).await?;
    let expected = TEXTS.map(|text| (text.to_owned(), redeliveries + 1));
    assert_eq!(attempts, expected.into());
    let dead = content(broker, DEAD).await?;
    assert_eq!(dead.len(), 3, "{dead:?}");
    Ok(())
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn what_was_prefetched_before_a_kill_is_flagged_and_has_its_one_attempt() -> Result<()> {
    is_dead_after_its_attempts(0).await
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn what_was_prefetched_before_a_kill_is_flagged_and_has_its_three_attempts() -> Result<()> {
    is_dead_after_its_attempts(2).await
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn a_java_consumer_behind_failover_gives_what_it_had_prefetched_its_attempts() -> Result<()> {
    for redeliveries in [0, 2] {
        let (directory, mut peer) = (tempdir()?, JmsPeer::start()?);
        let mut two = Two::start(Make::Ours, directory.path()).await?;
        send(&peer, &two.url(), "work").await?;
        let (session, consumer) = prefetch(&peer, &two.url(), redeliveries).await?;
        two.take_over().await?;
        peer.event_of("resumed", SOON).await?;
        judge(&two.slave, &session, &consumer, redeliveries).await?;
    }
    Ok(())
}

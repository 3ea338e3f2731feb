//! A broker is left while it serves, for a preferred one. One broker with two ways to it stands for two, so
//! that whatever is acknowledged wrongly goes to the dead letter queue.
//!
//! ActiveMQ's own client 5.17.2 does it so: with automatic acknowledgement all 19 messages that were sent
//! ahead were delivered and were dead as well, with client acknowledgement all 20 were dead, and in
//! transactions each commit failed until all 20 were dead.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use relaismq::{AckMode, Connection, Consumer, Event, Events};
use relaismq_tests::make::Make;
use relaismq_tests::proxy::Proxy;
use relaismq_tests::server::Server;
use tempfile::{TempDir, tempdir};

use crate::brokers::{QUIET, SOON, builder, content, is_resumed, on_each_broker, until};

const MESSAGES: usize = 20;

on_each_broker!(
    a_planned_switch_is_not_noticed_with_automatic_acknowledgement,
    a_planned_switch_is_not_noticed_with_client_acknowledgement,
    a_planned_switch_is_not_noticed_with_individual_acknowledgement,
    a_planned_switch_is_not_noticed_in_transactions,
    a_spare_takes_over_at_once,
);

/// A broker with two ways to it, the first of which is preferred and does not work yet.
struct Ways {
    broker: Server,
    preferred: Proxy,
    other: Proxy,
    connection: Connection,
    events: Events,
    _directory: TempDir,
}

impl Ways {
    async fn start(make: Make) -> Result<Self> {
        let directory = tempdir()?;
        let broker = make.start_in(directory.path()).await?;
        let mut preferred = Proxy::start(&broker.url()?).await?;
        let other = Proxy::start(&broker.url()?).await?;
        preferred.refuse().await;
        let url = format!(
            "failover:({},{})?randomize=false&priorityBackup=true&maxReconnectDelay=200",
            preferred.url(),
            other.url()
        );
        let connection = builder(&url)
            .configure(|mut options| {
                options.reconnect.dwell_time = Duration::from_secs(1);
                options
            })
            .connect()
            .await?;
        let producer = connection.producer("a").build().await?;
        for number in 0..MESSAGES {
            producer.send(number.to_string()).await?;
        }
        let events = connection.events();
        Ok(Self { broker, preferred, other, connection, events, _directory: directory })
    }

    /// The preferred way works from here on; waits until the client is about to go there.
    async fn until_moving(&mut self) -> Result<()> {
        self.preferred.accept().await?;
        until(&mut self.events, SOON, |event| matches!(event, Event::Moving { .. })).await?;
        Ok(())
    }

    async fn until_moved(&mut self) -> Result<()> {
        until(&mut self.events, SOON, is_resumed).await?;
        // The first way has carried nothing before.
        ensure!(self.preferred.accepted() > 0 && self.other.accepted() > 0);
        Ok(())
    }

    /// Every message was processed once, and none is dead.
    async fn check(&self, processed: &BTreeMap<String, usize>) -> Result<()> {
        ensure!(processed.len() == MESSAGES, "{processed:?}");
        ensure!(processed.values().all(|times| *times == 1), "{processed:?}");
        let left = content(&self.broker, "a").await?;
        let dead = content(&self.broker, "ActiveMQ.DLQ").await?;
        ensure!(left.is_empty() && dead.is_empty(), "left {left:?}, dead {dead:?}");
        Ok(())
    }
}

/// What is processed counts when it is acknowledged.
#[derive(Default)]
struct Processed(BTreeMap<String, usize>);

impl Processed {
    /// Works off so many messages.
    async fn work(&mut self, consumer: &mut Consumer, mode: Mode<'_>, count: usize) -> Result<()> {
        for _ in 0..count {
            let delivery = consumer.receive_timeout(SOON).await?.context("nothing comes")?;
            match mode {
                Mode::Automatic => {}
                Mode::ByHand => delivery.ack().await?,
                Mode::Transacted(session) => session.commit().await?,
            }
            *self.0.entry(delivery.text()?.to_string()).or_default() += 1;
        }
        Ok(())
    }
}

#[derive(Clone, Copy)]
enum Mode<'a> {
    Automatic,
    ByHand,
    Transacted(&'a relaismq::TransactedSession),
}

/// One message is in work when the client wants to move; the rest follows behind the move.
async fn switch(ways: &mut Ways, consumer: &mut Consumer, mode: Mode<'_>) -> Result<()> {
    let mut processed = Processed::default();
    processed.work(consumer, mode, 1).await?;
    let held = consumer.receive_timeout(SOON).await?.context("nothing comes")?;
    ways.until_moving().await?;
    ensure!(consumer.receive_timeout(QUIET).await?.is_none(), "something came during the move");
    match mode {
        Mode::Automatic => {}
        Mode::ByHand => held.ack().await?,
        Mode::Transacted(session) => session.commit().await?,
    }
    *processed.0.entry(held.text()?.to_string()).or_default() += 1;
    ways.until_moved().await?;
    processed.work(consumer, mode, MESSAGES - 2).await?;
    ensure!(consumer.receive_timeout(QUIET).await?.is_none(), "one too many");
    ways.check(&processed.0).await
}

async fn with_mode(make: Make, ack: AckMode, mode: Mode<'_>) -> Result<()> {
    let mut ways = Ways::start(make).await?;
    let mut consumer = ways.connection.consumer("a").ack(ack).build().await?;
    switch(&mut ways, &mut consumer, mode).await
}

/// The application is done with what `receive` has returned, so the move may come before anything else.
async fn a_planned_switch_is_not_noticed_with_automatic_acknowledgement(make: Make) -> Result<()> {
    let mut ways = Ways::start(make).await?;
    let mut consumer = ways.connection.consumer("a").build().await?;
    let mut processed = Processed::default();
    processed.work(&mut consumer, Mode::Automatic, 1).await?;
    ways.until_moving().await?;
    ways.until_moved().await?;
    processed.work(&mut consumer, Mode::Automatic, MESSAGES - 1).await?;
    ensure!(consumer.receive_timeout(QUIET).await?.is_none(), "one too many");
    consumer.close().await?;
    ways.check(&processed.0).await
}

async fn a_planned_switch_is_not_noticed_with_client_acknowledgement(make: Make) -> Result<()> {
    with_mode(make, AckMode::Client, Mode::ByHand).await
}

async fn a_planned_switch_is_not_noticed_with_individual_acknowledgement(make: Make) -> Result<()> {
    with_mode(make, AckMode::Individual, Mode::ByHand).await
}

async fn a_planned_switch_is_not_noticed_in_transactions(make: Make) -> Result<()> {
    let mut ways = Ways::start(make).await?;
    let session = ways.connection.transacted_session().await?;
    let mut consumer = session.consumer("a").build().await?;
    switch(&mut ways, &mut consumer, Mode::Transacted(&session)).await
}

async fn a_spare_takes_over_at_once(make: Make) -> Result<()> {
    let directory = tempdir()?;
    let broker = make.start_in(directory.path()).await?;
    let ways = [Proxy::start(&broker.url()?).await?, Proxy::start(&broker.url()?).await?];
    let [first, second] = ways.each_ref().map(Proxy::url);
    let url = format!("failover:({first},{second})?randomize=false&backup=true");
    let connection = builder(&url).connect().await?;
    let mut events = connection.events();
    let [first, second] = ways;
    second.until_accepted(1, SOON).await?;
    until(&mut events, SOON, |event| matches!(event, Event::SpareReady { .. })).await?;
    // More than one, if the first broker took its time at the start.
    let sockets = second.accepted();
    first.cut();
    let resumed = until(&mut events, SOON, is_resumed).await?;
    ensure!(
        matches!(&resumed, Event::Resumed { broker, .. } if second.url().ends_with(&broker.port().to_string()))
    );
    ensure!(second.accepted() == sockets, "it was the spare's socket");
    connection.producer("a").build().await?.send("after").await?;
    Ok(())
}

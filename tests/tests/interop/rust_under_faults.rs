//! Our client and the real ActiveMQ with a link that breaks again and again.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures::TryStreamExt;
use futures::future::try_join_all;
use relaismq::{AckError, AckMode, Connection, Consumer, Event, TransactionError};
use relaismq_tests::activemq::ActiveMq;
use relaismq_tests::proxy::{Direction, Proxy};
use relaismq_tests::server::Server;
use tempfile::{TempDir, tempdir};
use tokio::task::JoinHandle;

/// Longest wait for anything that must happen.
const SOON: Duration = Duration::from_secs(60);

/// A broker with a store, and a client whose link to it is cut after every so many bytes.
struct Faulty {
    broker: Server,
    connection: Connection,
    cutting: JoinHandle<u32>,
    _directory: TempDir,
}

impl Faulty {
    async fn start(direction: Direction, bytes: u64, cuts: u32) -> Result<Self> {
        let directory = tempdir()?;
        let broker = ActiveMq::new().directory(directory.path()).start().await?;
        let proxy = Proxy::start(&broker.url()?).await?;
        let uri =
            format!("failover:({})?initialReconnectDelay=10&maxReconnectDelay=50", proxy.url());
        let connection = Connection::builder(uri).connect().await?;
        let mut events = connection.events();
        let cutting = tokio::spawn(async move {
            let mut interrupted = 0;
            proxy.cut_after(direction, bytes);
            while let Some(event) = events.recv().await {
                match event {
                    Event::Interrupted { .. } => interrupted += 1,
                    Event::Resumed { .. } if interrupted < cuts => {
                        // Uneven, so that the cuts fall on different commands.
                        proxy.cut_after(direction, bytes + u64::from(interrupted) * 37);
                    }
                    _ => {}
                }
            }
            interrupted
        });
        Ok(Self { broker, connection, cutting, _directory: directory })
    }

    /// Closes the client, and says how often its link was cut.
    async fn finish(self) -> Result<(Server, u32, TempDir)> {
        self.connection.close().await;
        Ok((self.broker, tokio::time::timeout(SOON, self.cutting).await??, self._directory))
    }
}

/// What is in a queue, by text and number of copies.
async fn content(broker: &Server, queue: &str) -> Result<BTreeMap<String, usize>> {
    let connection = Connection::builder(broker.url()?).connect().await?;
    let browser = connection.browser(queue).await?;
    let messages: Vec<_> = tokio::time::timeout(SOON, browser.try_collect()).await??;
    let mut content = BTreeMap::new();
    for message in messages {
        *content.entry(message.text()?.to_string()).or_insert(0) += 1;
    }
    Ok(content)
}

async fn fill(broker: &Server, queue: &str, count: usize) -> Result<()> {
    let connection = Connection::builder(broker.url()?).connect().await?;
    let producer = connection.producer(queue).build().await?;
    let mut receipts = Vec::new();
    for number in 0..count {
        receipts.push(producer.enqueue(format!("{number}")).await?);
    }
    try_join_all(receipts).await?;
    Ok(())
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn confirmed_messages_are_all_there_once() -> Result<()> {
    let faulty = Faulty::start(Direction::Upstream, 3000, 20).await?;
    let producer = faulty.connection.producer("kept").build().await?;
    let tasks = (0..8).map(|task| {
        let producer = producer.clone();
        tokio::spawn(async move {
            for number in 0..100 {
                let receipt = producer.send(format!("{task}-{number}")).await?;
                ensure!(receipt.confirmed());
            }
            anyhow::Ok(())
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        tokio::time::timeout(SOON, task).await???;
    }
    drop(producer);
    let (broker, cuts, _directory) = faulty.finish().await?;
    ensure!(cuts >= 10, "only {cuts} cuts");
    let content = content(&broker, "kept").await?;
    assert_eq!(content.len(), 800);
    let twice: Vec<_> = content.iter().filter(|(_, copies)| **copies > 1).collect();
    ensure!(twice.is_empty(), "the broker recognises what is sent again: {twice:?}");
    Ok(())
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn a_consumer_misses_nothing_and_nothing_is_dead() -> Result<()> {
    for mode in [AckMode::Auto, AckMode::Individual] {
        let faulty = Faulty::start(Direction::Downstream, 6000, 12).await?;
        fill(&faulty.broker, "work", 1000).await?;
        let mut consumer =
            faulty.connection.consumer("work").ack(mode).prefetch(50).build().await?;
        let mut seen = BTreeSet::new();
        while seen.len() < 1000 {
            let delivery = consumer.receive_timeout(SOON).await?;
            let delivery = delivery.with_context(|| format!("{mode:?}: only {}", seen.len()))?;
            seen.insert(delivery.text()?.to_string());
            match delivery.ack().await {
                Ok(()) | Err(AckError::StaleDelivery | AckError::Unknown(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        drop(consumer);
        let (broker, cuts, _directory) = faulty.finish().await?;
        ensure!(cuts >= 5, "{mode:?}: only {cuts} cuts");
        ensure!(content(&broker, "ActiveMQ.DLQ").await?.is_empty(), "{mode:?}");
    }
    Ok(())
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn transfers_lose_nothing_and_double_only_what_was_in_doubt() -> Result<()> {
    let faulty = Faulty::start(Direction::Upstream, 6000, 15).await?;
    fill(&faulty.broker, "in", 300).await?;
    let session = faulty.connection.transacted_session().await?;
    let mut input = session.consumer("in").prefetch(10).build().await?;
    let output = session.producer("out").build().await?;
    let (mut doubtful, mut repeated) = (BTreeSet::new(), 0);
    while let Some(order) = next(&mut input).await? {
        let text = order.text()?.to_string();
        output.send(&*order).await?;
        match session.commit().await {
            Ok(()) => {}
            Err(TransactionError::RolledBack(_)) => repeated += 1,
            Err(TransactionError::InDoubt(_)) => drop(doubtful.insert(text)),
            Err(error) => return Err(error).context(text),
        }
    }
    drop((session, input, output));
    let (broker, cuts, _directory) = faulty.finish().await?;
    ensure!(cuts >= 5, "only {cuts} cuts");
    let (left, done) = (content(&broker, "in").await?, content(&broker, "out").await?);
    let dead = content(&broker, "ActiveMQ.DLQ").await?;
    ensure!(left.is_empty() && dead.is_empty(), "left {left:?}, dead {dead:?}");
    assert_eq!(done.len(), 300, "{repeated} were repeated, in doubt {doubtful:?}");
    for (text, copies) in done {
        ensure!(copies == 1 || doubtful.contains(&text), "{copies} of {text}");
    }
    Ok(())
}

async fn next(consumer: &mut Consumer) -> Result<Option<relaismq::Delivery>> {
    // Longer than a reconnect (for which ActiveMQ sometimes takes a second) and the delay of a
    // redelivery together.
    Ok(consumer.receive_timeout(Duration::from_secs(3)).await?)
}

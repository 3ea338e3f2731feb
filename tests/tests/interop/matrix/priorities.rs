//! Turns on one database in the order of priorities, which ActiveMQ has in a column of its own.

use anyhow::{Context, Result, ensure};
use relaismq_examples::demo::databases::{DatabaseServer, Make};
use relaismq_tests::peer::{AckMode, JmsMessage, JmsPeer, SendOptions};
use relaismq_tests::server::Server;

use super::turns::Turn;
use crate::brokers::{QUIET, SOON};

const QUEUE: &str = "queue://urgent";
const MANY: u32 = 40;

/// Fills on one, drains some on the other, which adds more, and the rest on the first one again.
async fn priorities(make: Make, first: Turn, second: Turn) -> Result<()> {
    let database = DatabaseServer::start(make).await?;
    let peer = JmsPeer::start()?;
    let mut broker = first.start_with(&database, &["urgent"]).await?;
    let mut waiting = send(&peer, &broker, 0..MANY).await?;
    broker.kill().await?;

    let mut broker = second.start_with(&database, &["urgent"]).await?;
    take(&peer, &broker, &mut waiting, 15).await.with_context(|| format!("on {second:?}"))?;
    waiting.extend(send(&peer, &broker, MANY..2 * MANY).await?);
    take(&peer, &broker, &mut waiting, 15).await.with_context(|| format!("on {second:?}"))?;
    broker.stop().await?;

    let mut broker = first.start_with(&database, &["urgent"]).await?;
    let rest = waiting.len();
    take(&peer, &broker, &mut waiting, rest).await.with_context(|| format!("on {first:?}"))?;
    let session = peer.connect(&broker.url()?).await?.session(AckMode::Auto).await?;
    let more = session.consumer(QUEUE).await?.receive(QUIET).await?;
    ensure!(more.is_none(), "more than was sent: {more:?}");
    broker.stop().await?;
    Ok(())
}

/// The lower the more urgent, and the number of the message.
type Waiting = Vec<(u8, u32)>;

/// Of all priorities, none of them in order.
async fn send(peer: &JmsPeer, broker: &Server, numbers: std::ops::Range<u32>) -> Result<Waiting> {
    let session = peer.connect(&broker.url()?).await?.session(AckMode::Auto).await?;
    let producer = session.producer(QUEUE).await?;
    let mut waiting = Vec::new();
    for number in numbers {
        let priority = u8::try_from(number * 7 % 10)?;
        let options = SendOptions { priority: Some(priority), ..SendOptions::default() };
        producer.send_with(&JmsMessage::text(&number.to_string()), &options).await?;
        waiting.push((9 - priority, number));
    }
    Ok(waiting)
}

/// The most urgent ones are taken, so many of them.
async fn take(peer: &JmsPeer, broker: &Server, waiting: &mut Waiting, count: usize) -> Result<()> {
    waiting.sort_unstable();
    // What it was given ahead would not be taken in the order of what comes later.
    let url = format!("{}?jms.prefetchPolicy.all=0", broker.url()?);
    let connection = peer.connect(&url).await?;
    let session = connection.session(AckMode::Auto).await?;
    let consumer = session.consumer(QUEUE).await?;
    for (urgency, number) in waiting.drain(..count) {
        let message = consumer.receive(SOON).await?;
        let message = message.with_context(|| format!("{number} is missing"))?;
        let text = message.text().context("a message without a text")?;
        ensure!(text == number.to_string(), "{text} instead of {number} ({urgency})");
    }
    connection.close().await?;
    Ok(())
}

/// Both ways on each database.
macro_rules! priorities {
    ($($name:ident: $make:ident, $first:ident, $second:ident;)*) => { $(
        #[tokio::test]
        #[ignore = "needs ActiveMQ, Java, PostgreSQL and MariaDB: run tests/run"]
        async fn $name() -> Result<()> {
            priorities(Make::$make, Turn::$first, Turn::$second).await
        }
    )* };
}

priorities! {
    priorities_of_activemq_in_postgresql_are_ours_and_its_own_again: PostgreSql, ActiveMq, Ours;
    our_priorities_in_postgresql_are_activemqs_and_ours_again: PostgreSql, Ours, ActiveMq;
    priorities_of_activemq_in_mariadb_are_ours_and_its_own_again: MariaDb, ActiveMq, Ours;
    our_priorities_in_mariadb_are_activemqs_and_ours_again: MariaDb, Ours, ActiveMq;
}

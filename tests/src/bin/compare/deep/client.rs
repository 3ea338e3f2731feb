//! Fills the queue, and takes from it. Each message has its number in it.

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use relaismq::{AckMode, Connection, Message, Queue, Received};
use std::time::{Duration, Instant};

const QUEUE: &str = "DEEP";
/// Bytes of a body.
const SIZE: usize = 1024;
/// Messages in a transaction. One by one, ActiveMQ would take an hour.
const TOGETHER: u64 = 1000;
/// Nothing that is there takes so long to come.
const SILENCE: Duration = Duration::from_secs(2);

/// Sends so many messages; all are confirmed when this returns.
pub(crate) async fn fill(url: &str, messages: u64) -> Result<()> {
    let connection = Connection::builder(url).connect().await?;
    let mut next = 0;
    while next < messages {
        let transaction = connection.transaction().await?;
        let end = messages.min(next + TOGETHER);
        for number in next..end {
            transaction.send(Queue::new(QUEUE), message(number)).await?;
        }
        transaction.commit().await?;
        next = end;
    }
    connection.close().await;
    Ok(())
}

/// Receives the first message, and leaves it there.
pub(super) async fn look(url: &str) -> Result<()> {
    let connection = Connection::builder(url).connect().await?;
    let consumer = connection.consumer(QUEUE).prefetch(1).ack(AckMode::Individual);
    let mut consumer = consumer.build().await?;
    let first = consumer.receive().await?;
    ensure!(number(&first)? == 0, "the first message is number {}", number(&first)?);
    connection.close().await;
    Ok(())
}

/// Takes all messages, which must be there in order and once each, and then nothing more. Returns how long it
/// took to receive them.
pub(super) async fn drain(url: &str, messages: u64) -> Result<Duration> {
    let connection = Connection::builder(url).connect().await?;
    let mut consumer = connection.consumer(QUEUE).build().await?;
    let begin = now();
    for expected in 0..messages {
        let delivery = consumer.receive().await?;
        let found = number(&delivery)?;
        ensure!(found == expected, "message {found} is where {expected} should be");
    }
    let time = begin.elapsed();
    consumer.close().await?;
    connection.close().await;
    nothing_is_left(url).await?;
    Ok(time)
}

/// Whatever was not acknowledged would come again.
async fn nothing_is_left(url: &str) -> Result<()> {
    let connection = Connection::builder(url).connect().await?;
    let mut consumer = connection.consumer(QUEUE).build().await?;
    let more = consumer.receive_timeout(SILENCE).await?;
    ensure!(more.is_none(), "messages are left in the drained queue");
    connection.close().await;
    Ok(())
}

fn message(number: u64) -> Message {
    let mut body = vec![b'x'; SIZE];
    if let Some(beginning) = body.first_chunk_mut() {
        *beginning = number.to_be_bytes();
    }
    Message::bytes(Bytes::from(body))
}

fn number(message: &Received) -> Result<u64> {
    let body = message.bytes()?;
    let beginning = body.first_chunk().context("a message without a number")?;
    Ok(u64::from_be_bytes(*beginning))
}

#[expect(clippy::disallowed_methods, reason = "this program measures")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

//! Whatever comes in costs its own connection only.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures::stream::{FuturesUnordered, TryStreamExt};
use relaismq::{Connection, Message};
use relaismq_broker::{Broker, ServerLimits, StoreConfig};
use relaismq_openwire::{ConsumerInfo, TransactionInfo};
use relaismq_tests::{raw::Raw, relais::Relais};

pub(crate) const SOON: Duration = Duration::from_secs(20);

async fn connect(url: &str) -> Result<Connection> {
    Ok(Connection::builder(url).send_timeout(SOON).request_timeout(SOON).connect().await?)
}

/// A well-behaved client still gets what it wants.
pub(crate) async fn serves(url: &str) -> Result<()> {
    let connection = connect(url).await?;
    connection.producer("sane").build().await?.send("still there").await?;
    let mut consumer = connection.consumer("sane").build().await?;
    let message = consumer.receive_timeout(SOON).await?.context("no message")?;
    assert_eq!(message.text()?, "still there");
    connection.close().await;
    Ok(())
}

#[tokio::test]
async fn bytes_that_are_no_frames_end_their_connection_and_nothing_else() -> Result<()> {
    let mut server = Relais::new().start().await?;
    let url = server.url()?;
    let others: [&[u8]; 9] = [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"CONNECT\naccept-version:1.2\n\n\0",
        b"AMQP\x00\x01\x00\x00",
        &[0xff; 4096],
        &[0, 0, 0, 0],
        &[0x80, 0, 0, 0, 1],
        &[0x7f, 0xff, 0xff, 0xff, 1],
        &[0, 0, 0, 5, 1, b'A', b'c', b't', b'i'],
        &[0, 0, 0, 1, 99],
    ];
    for bytes in others {
        let mut raw = Raw::connect(&url).await?;
        raw.write(bytes).await?;
        raw.hung_up().await.with_context(|| format!("{bytes:?}"))?;
    }
    serves(&url).await?;
    let memory = server.process().largest_memory()?;
    ensure!(memory < 64, "{memory} MiB for hostile length fields");
    server.stop().await?;
    Ok(())
}

#[tokio::test]
async fn broken_frames_after_the_introduction_end_their_connection_and_nothing_else() -> Result<()>
{
    let mut server = Relais::new().start().await?;
    let url = server.url()?;
    // An unknown type; a boolean stream longer than the frame; a length beyond it; half a frame.
    let frames: [&[u8]; 4] = [
        &[0, 0, 0, 2, 200, 0],
        &[0, 0, 0, 3, 3, 0x80, 0x7f],
        &[0, 0, 0, 8, 28, 1, 0xff, 0x7f, 0xff, 0xff, 0xff, 0],
        &[0, 0, 1, 0, 28],
    ];
    for bytes in frames {
        let mut raw = Raw::introduced(&url).await?;
        raw.write(bytes).await?;
        tokio::io::AsyncWriteExt::shutdown(&mut raw.socket).await?;
        raw.hung_up().await.with_context(|| format!("{bytes:?}"))?;
    }
    // Too large, by one byte.
    let mut raw = Raw::introduced(&url).await?;
    raw.write(&(100 * 1024 * 1024 + 1u32).to_be_bytes()).await?;
    raw.hung_up().await?;
    serves(&url).await?;
    server.stop().await?;
    Ok(())
}

#[tokio::test]
async fn nothing_is_done_before_the_login() -> Result<()> {
    let mut server = Relais::new().start().await?;
    let url = server.url()?;
    let mut raw = Raw::introduced(&url).await?;
    raw.send(ConsumerInfo::default()).await?;
    raw.hung_up().await?;
    let mut raw = Raw::introduced(&url).await?;
    raw.send(TransactionInfo::default()).await?;
    raw.hung_up().await?;
    serves(&url).await?;
    server.stop().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_say_nothing_or_are_too_many_are_turned_away() -> Result<()> {
    let limits = ServerLimits {
        handshake: Duration::from_millis(300),
        max_connections: 3,
        ..ServerLimits::default()
    };
    let broker = Broker::builder().listen("tcp://127.0.0.1:0".parse()?).store(StoreConfig::Memory);
    let broker = broker.limits(limits).start();
    broker.serving().await?;
    let url = broker.url();
    Raw::connect(&url).await?.hung_up().await?;
    let mut kept = Vec::new();
    for _ in 0..3 {
        kept.push(Raw::introduced(&url).await?);
    }
    Raw::connect(&url).await?.hung_up().await?;
    drop(kept);
    serves_soon(&url).await?;
    broker.stop().await?;
    Ok(())
}

/// Places are free a moment after their clients have gone.
async fn serves_soon(url: &str) -> Result<()> {
    let failover = format!("failover:({url})");
    serves(&failover).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_never_reads_costs_only_itself() -> Result<()> {
    let mut server = Relais::new().start().await?;
    let url = server.url()?;
    let deaf = Raw::consumer(&url, "deaf", 30_000).await?;
    let connection = connect(&url).await?;
    let producer = connection.producer("deaf").persistent(false).build().await?;
    let body = bytes::Bytes::from(vec![b'x'; 1024]);
    for _ in 0..60_000 {
        producer.send(Message::bytes(body.clone())).await?;
    }
    serves(&url).await?;
    let memory = server.process().largest_memory()?;
    ensure!(memory < 250, "{memory} MiB for one deaf client");
    drop(deaf);
    let mut consumer = connection.consumer("deaf").build().await?;
    for number in 0..60_000 {
        let delivery = consumer.receive_timeout(SOON).await?;
        delivery.with_context(|| format!("only {number} messages came back"))?;
    }
    connection.close().await;
    server.stop().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_larger_than_memory_keeps_its_order() -> Result<()> {
    const MESSAGES: usize = 300_000;
    let folder = tempfile::tempdir()?;
    let mut server = Relais::new().directory(folder.path()).start().await?;
    let connection = connect(&server.url()?).await?;
    let producer = connection.producer("deep").build().await?;
    let mut receipts = FuturesUnordered::new();
    for number in 0..MESSAGES {
        let text = format!("{number:01024}");
        receipts.push(producer.enqueue(Message::text(text)).await?);
    }
    while receipts.try_next().await?.is_some() {}
    let mut consumer = connection.consumer("deep").build().await?;
    for number in 0..MESSAGES {
        let delivery = consumer.receive_timeout(SOON).await?.context("a message is missing")?;
        assert_eq!(
            delivery.text()?.trim_start_matches('0'),
            number.to_string().trim_start_matches('0')
        );
    }
    let memory = server.process().largest_memory()?;
    ensure!(memory < 200, "{memory} MiB for a queue of {MESSAGES} messages");
    connection.close().await;
    server.stop().await?;
    Ok(())
}

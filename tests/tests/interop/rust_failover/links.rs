//! Links that stall, close by half, break in mid-frame, or are not there.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use relaismq::{AckMode, Connection, Event, Message, OperationError, SendOutcome};
use relaismq_tests::make::Make;
use relaismq_tests::proxy::{Direction, Flow, Proxy};
use relaismq_tests::server::Server;
use tempfile::{TempDir, tempdir};
use tokio::time::timeout;

use crate::brokers::{SOON, builder, content, is_interrupted, is_resumed, on_each_broker, until};

on_each_broker!(
    a_stalled_link_is_noticed_in_time,
    a_link_closed_by_half_is_replaced,
    a_message_cut_in_the_middle_is_sent_again,
    a_delivery_cut_in_the_middle_comes_again,
    deadlines_hold_without_a_broker,
    a_lost_link_is_replaced_while_nothing_is_said,
);

/// A broker behind a proxy.
struct Behind {
    broker: Server,
    proxy: Proxy,
    _directory: TempDir,
}

impl Behind {
    async fn start(make: Make) -> Result<Self> {
        let directory = tempdir()?;
        let broker = make.start_in(directory.path()).await?;
        let proxy = Proxy::start(&broker.url()?).await?;
        Ok(Self { broker, proxy, _directory: directory })
    }

    async fn connect(&self, options: &str) -> Result<Connection> {
        let url = self.proxy.url();
        let url =
            format!("failover:({url}{options})?initialReconnectDelay=10&maxReconnectDelay=50");
        Ok(builder(&url).connect().await?)
    }
}

async fn a_stalled_link_is_noticed_in_time(make: Make) -> Result<()> {
    let behind = Behind::start(make).await?;
    let options =
        "?wireFormat.maxInactivityDuration=1000&wireFormat.maxInactivityDurationInitalDelay=100";
    let connection = behind.connect(options).await?;
    let producer = connection.producer("a").build().await?;
    producer.send("before").await?;
    let mut events = connection.events();
    // As long as the peer lives, silence of the application is no reason.
    let alive = until(&mut events, Duration::from_millis(2500), is_interrupted).await;
    ensure!(alive.is_err(), "{alive:?}");
    behind.proxy.stall();
    let event = until(&mut events, Duration::from_millis(2000), is_interrupted).await?;
    behind.proxy.pass();
    until(&mut events, SOON, is_resumed).await.with_context(|| event.to_string())?;
    producer.send("after").await?;
    assert_eq!(content(&behind.broker, "a").await?.len(), 2);
    Ok(())
}

async fn a_link_closed_by_half_is_replaced(make: Make) -> Result<()> {
    let behind = Behind::start(make).await?;
    let connection = behind.connect("").await?;
    let producer = connection.producer("a").build().await?;
    for (direction, text) in [(Direction::Downstream, "one"), (Direction::Upstream, "two")] {
        let mut events = connection.events();
        behind.proxy.set(direction, Flow::HalfClose);
        until(&mut events, SOON, is_interrupted).await?;
        behind.proxy.pass();
        until(&mut events, SOON, is_resumed).await?;
        producer.send(text).await?;
    }
    assert_eq!(content(&behind.broker, "a").await?.len(), 2);
    Ok(())
}

async fn a_message_cut_in_the_middle_is_sent_again(make: Make) -> Result<()> {
    let behind = Behind::start(make).await?;
    let connection = behind.connect("").await?;
    let producer = connection.producer("a").build().await?;
    let text = "x".repeat(1_000_000);
    behind.proxy.cut_after(Direction::Upstream, 500_000);
    ensure!(producer.send(text.as_str()).await?.confirmed());
    ensure!(behind.proxy.accepted() >= 2, "not cut");
    assert_eq!(content(&behind.broker, "a").await?.get(&text), Some(&1));
    Ok(())
}

async fn a_delivery_cut_in_the_middle_comes_again(make: Make) -> Result<()> {
    let behind = Behind::start(make).await?;
    let connection = behind.connect("").await?;
    let producer = connection.producer("a").build().await?;
    let text = "x".repeat(1_000_000);
    producer.send(text.as_str()).await?;
    behind.proxy.cut_after(Direction::Downstream, 500_000);
    let mut consumer = connection.consumer("a").ack(AckMode::Individual).build().await?;
    let delivery = consumer.receive_timeout(SOON).await?.context("nothing came")?;
    ensure!(behind.proxy.accepted() >= 2, "not cut");
    ensure!(delivery.text()?.as_str() == text, "another text");
    delivery.ack().await?;
    consumer.close().await?;
    ensure!(content(&behind.broker, "a").await?.is_empty());
    ensure!(content(&behind.broker, "ActiveMQ.DLQ").await?.is_empty());
    Ok(())
}

async fn deadlines_hold_without_a_broker(make: Make) -> Result<()> {
    let mut behind = Behind::start(make).await?;
    let url = format!("failover:({})", behind.proxy.url());
    let limit = Duration::from_millis(400);
    let connection = Connection::builder(url)
        .connect_timeout(SOON)
        .send_timeout(limit)
        .request_timeout(limit)
        .close_timeout(limit)
        .connect()
        .await?;
    let mut events = connection.events();
    let producer = connection.producer("a").build().await?;
    let mut consumer = connection.consumer("b").build().await?;
    behind.proxy.refuse().await;
    behind.proxy.cut();
    until(&mut events, SOON, is_interrupted).await?;
    // All at once, so that none waits for another.
    let slack = limit * 3;
    let (sent, opened, received) = timeout(slack, async {
        tokio::join!(
            producer.send("x"),
            connection.session(AckMode::Auto),
            consumer.receive_timeout(limit),
        )
    })
    .await
    .context("a deadline was missed")?;
    assert_eq!(sent.map_err(|error| error.outcome()), Err(SendOutcome::NotSent));
    ensure!(received?.is_none());
    if let Err(error) = opened {
        ensure!(matches!(error, OperationError::NotDone(_)), "{error:?}");
    }
    timeout(slack, connection.close()).await.context("closing took too long")?;
    ensure!(content(&behind.broker, "a").await?.is_empty(), "a message that was not sent");
    Ok(())
}

async fn a_lost_link_is_replaced_while_nothing_is_said(make: Make) -> Result<()> {
    let behind = Behind::start(make).await?;
    let connection = behind.connect("").await?;
    let mut consumer = connection.consumer("a").build().await?;
    let mut events = connection.events();
    behind.proxy.cut();
    let Event::Resumed { restored, .. } = until(&mut events, SOON, is_resumed).await? else {
        anyhow::bail!("another event");
    };
    ensure!(restored >= 2, "a session and a consumer, not {restored}");
    let other = builder(&behind.broker.url()?).connect().await?;
    other.producer("a").build().await?.send(Message::text("hello")).await?;
    let delivery = consumer.receive_timeout(SOON).await?.context("nothing came")?;
    assert_eq!((delivery.text()?.as_str(), delivery.redelivered()), ("hello", false));
    Ok(())
}

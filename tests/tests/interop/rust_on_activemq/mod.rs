//! Our client against real brokers of every make, feature by feature.

mod acknowledging;
mod connections;
mod destinations;
mod messages;
mod transactions;

use std::time::Duration;

use anyhow::{Context, Result};
use relaismq::{Connection, Message};
use relaismq_tests::make::Make;
use relaismq_tests::server::Server;

/// Longest wait for a message that must come.
const SOON: Duration = Duration::from_secs(10);
/// Wait for a message that must not come.
const QUIET: Duration = Duration::from_millis(300);

async fn broker(make: Make) -> Result<(Server, Connection)> {
    let broker = make.start().await?;
    let connection = connect(&broker).await?;
    Ok((broker, connection))
}

async fn connect(broker: &Server) -> Result<Connection> {
    let uri = format!("failover:({})", broker.url()?);
    Ok(Connection::builder(uri)
        .connect_timeout(SOON)
        .request_timeout(SOON)
        .send_timeout(SOON)
        .configure(|mut options| {
            options.redelivery.initial_redelivery_delay = Duration::from_millis(20);
            options.redelivery.redelivery_delay = Duration::from_millis(20);
            options
        })
        .connect()
        .await?)
}

async fn receive(consumer: &mut relaismq::Consumer) -> Result<relaismq::Delivery> {
    consumer.receive_timeout(SOON).await?.context("no message came")
}

async fn texts(consumer: &mut relaismq::Consumer, count: usize) -> Result<Vec<String>> {
    let mut texts = Vec::new();
    for _ in 0..count {
        texts.push(receive(consumer).await?.text()?.to_string());
    }
    Ok(texts)
}

async fn is_quiet(consumer: &mut relaismq::Consumer) -> Result<bool> {
    Ok(consumer.receive_timeout(QUIET).await?.is_none())
}

async fn send_numbered(connection: &Connection, queue: &str, count: usize) -> Result<()> {
    let producer = connection.producer(queue).build().await?;
    for number in 0..count {
        producer.send(Message::text(format!("m{number}"))).await?;
    }
    Ok(())
}

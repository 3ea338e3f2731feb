//! The example of the README: it shows everything from the first `use` on.
#![allow(clippy::print_stdout, reason = "an example shows what it does")]
use std::time::Duration;

use futures::StreamExt;
use relaismq::{AckMode, Connection, Message};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let uri = std::env::args().nth(1).unwrap_or("failover:(tcp://localhost:61616)".into());
    let connection =
        Connection::builder(uri).connect_timeout(Duration::from_secs(5)).connect().await?;

    let orders = connection.producer("orders").build().await?;
    let receipt = orders.send(Message::text("two teas").property("region", "EU")).await?;
    println!("the broker has it: {}", receipt.confirmed());

    let consumer = connection.consumer("orders").selector("region = 'EU'").ack(AckMode::Individual);
    let mut consumer = consumer.build().await?;
    if let Some(order) = consumer.next().await {
        let order = order?;
        println!("received: {}", order.text()?);
        order.ack().await?; // until then the broker keeps it
    }
    connection.close().await;
    Ok(())
}

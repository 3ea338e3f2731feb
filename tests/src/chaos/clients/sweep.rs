//! Takes what is left in all queues when their consumers have ended.

use std::time::Duration;

use anyhow::Result;
use relaismq::{AckMode, Connection, ConsumerBuilder};

use super::{
    CLIENT_ID, MOVED, ORDERED, ORIGIN, SHARED, SOURCE, SUBSCRIPTION, TARGET, WHOLES, WITNESSES,
    connect, topic,
};
use crate::chaos::identity::Arrival;
use crate::chaos::ledger::Ledger;
use crate::chaos::violation::{Invariant, Violation};

/// Makes the durable subscription, so that it has everything that is sent from now on.
pub(in crate::chaos) async fn subscribe(url: &str) -> Result<()> {
    let connection = connect(url, Some(CLIENT_ID)).await?;
    connection.consumer(topic()).durable(SUBSCRIPTION).build().await?.close().await?;
    connection.close().await;
    Ok(())
}

/// Waits long for what is missing, else only a moment for what should not be there.
pub(in crate::chaos) async fn sweep(ledger: &Ledger, url: &str) -> Result<()> {
    let connection = connect(url, Some(CLIENT_ID)).await?;
    let queues = [
        (ORDERED, "ordered"),
        (SHARED, "shared"),
        (WHOLES, "transactions"),
        (ORIGIN, SOURCE),
        (TARGET, MOVED),
        (WITNESSES, "witness"),
    ];
    let mut patience = PATIENCE;
    for (queue, stream) in queues {
        take_all(ledger, connection.consumer(queue), stream, &mut patience).await?;
    }
    let subscription = connection.consumer(topic()).durable(SUBSCRIPTION);
    take_all(ledger, subscription, "topic", &mut patience).await?;
    no_dead_letters(ledger, &connection).await?;
    connection.close().await;
    Ok(())
}

async fn take_all(
    ledger: &Ledger,
    consumer: ConsumerBuilder,
    stream: &str,
    patience: &mut Duration,
) -> Result<()> {
    let mut consumer = consumer.ack(AckMode::Individual).build().await?;
    loop {
        let complete = ledger.outstanding(stream) == 0;
        let wait = if complete { QUIET } else { *patience };
        let Some(delivery) = consumer.receive_timeout(wait).await? else { break };
        let identity = ledger.arrived(&Arrival::of(&delivery));
        delivery.ack().await?;
        if let Some(identity) = identity {
            if let Some(origin) = delivery.property::<i64>("origin") {
                ledger.moved(origin.unsigned_abs(), &identity);
            }
            ledger.left(&identity);
        }
    }
    if ledger.outstanding(stream) > 0 {
        // Where one has lost something, more is not waited for as long.
        *patience = QUIET;
    }
    Ok(consumer.close().await?)
}

async fn no_dead_letters(ledger: &Ledger, connection: &Connection) -> Result<()> {
    let mut consumer = connection.consumer("ActiveMQ.DLQ").build().await?;
    while let Some(dead) = consumer.receive_timeout(QUIET).await? {
        let seen = format!("in the dead letter queue: {dead:?}");
        ledger.violated(Violation::new(Invariant::NothingLost, seen));
    }
    Ok(consumer.close().await?)
}

/// Longest wait for what is missing.
const PATIENCE: Duration = Duration::from_secs(15);
/// Nothing more comes after so long.
const QUIET: Duration = Duration::from_millis(150);

//! Consumers of queues.

use anyhow::Result;
use relaismq::{AckError, AckMode, Consumer, Delivery};

use super::{Station, TURN, patient};
use crate::chaos::identity::Identity;
use crate::chaos::ledger::Settled;

/// Acknowledges each message by itself.
pub(super) async fn one_by_one(station: Station, queue: &'static str) -> Result<()> {
    let connection = station.connect().await?;
    let consumer = connection.consumer(queue).prefetch(50).ack(AckMode::Individual);
    let mut consumer = consumer.build().await?;
    while station.takes() {
        take_one(&station, &mut consumer).await?;
    }
    consumer.close().await?;
    connection.close().await;
    Ok(())
}

/// Takes one message and acknowledges it, if there is one.
pub(super) async fn take_one(station: &Station, consumer: &mut Consumer) -> Result<()> {
    let Some(delivery) = consumer.receive_timeout(TURN).await? else { return Ok(()) };
    let identity = station.arrived(&delivery);
    let settled = settled(&delivery).await;
    if let Some(identity) = identity {
        if let Some(origin) = delivery.property::<i64>("origin") {
            station.ledger.moved(origin.unsigned_abs(), &identity);
        }
        station.ledger.settled(&identity, settled);
    }
    Ok(())
}

async fn settled(delivery: &Delivery) -> Settled {
    match delivery.ack().await {
        Ok(()) => Settled::Confirmed,
        Err(AckError::Unknown(_)) => Settled::Unknown,
        Err(_) => Settled::Returned,
    }
}

/// Takes a few messages, then acknowledges all of them by the last one.
pub(super) async fn several(mut station: Station, queue: &'static str) -> Result<()> {
    let connection = station.connect().await?;
    let consumer = connection.consumer(queue).prefetch(50).ack(AckMode::Client);
    let mut consumer = consumer.build().await?;
    while station.takes() {
        let most = 1 + station.random.below(5);
        let mut taken = Vec::new();
        while (taken.len() as u64) < most {
            let Some(delivery) = consumer.receive_timeout(TURN).await? else { break };
            taken.push((station.arrived(&delivery), delivery));
        }
        // The last one first: what came by the same link is acknowledged with it.
        for (identity, delivery) in taken.iter().rev() {
            let settled = settled(delivery).await;
            if let Some(identity) = identity {
                station.ledger.settled(identity, settled);
            }
        }
    }
    consumer.close().await?;
    connection.close().await;
    Ok(())
}

/// Takes a few messages in each transaction.
pub(super) async fn in_transactions(mut station: Station, queue: &'static str) -> Result<()> {
    let connection = station.connect().await?;
    let session = connection.transacted_session().await?;
    let consumer = session.consumer(queue).redelivery(patient()).prefetch(30);
    let mut consumer = consumer.build().await?;
    while station.takes() {
        let most = 1 + station.random.below(10);
        let taken = a_few(&station, &mut consumer, most).await?;
        if !taken.is_empty() {
            station.conclude(&session, &[], &taken).await?;
        }
    }
    consumer.close().await?;
    connection.close().await;
    Ok(())
}

/// At most so many messages, or what there is.
pub(super) async fn a_few(
    station: &Station,
    consumer: &mut Consumer,
    most: u64,
) -> Result<Vec<Identity>> {
    let mut taken = Vec::new();
    while (taken.len() as u64) < most {
        let Some(delivery) = consumer.receive_timeout(TURN).await? else { break };
        taken.extend(station.arrived(&delivery));
    }
    Ok(taken)
}

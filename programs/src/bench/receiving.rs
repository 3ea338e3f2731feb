//! One consumer that is measured.

use relaismq::{Connection, Consumer, Delivery};

use super::{sending::begun, shared::Shared};

/// Messages looked at together.
const BATCH: usize = 256;

/// Opens a consumer.
pub(super) async fn open(shared: &Shared, connection: &Connection) -> anyhow::Result<Consumer> {
    let builder = connection.consumer(shared.plan.broker.target()?);
    Ok(match shared.plan.prefetch {
        Some(prefetch) => builder.prefetch(prefetch).build().await?,
        None => builder.build().await?,
    })
}

/// Receives until it is dropped.
pub(super) async fn receive(shared: Shared, mut consumer: Consumer) -> anyhow::Result<()> {
    loop {
        let batch = consumer.receive_many(BATCH).await?;
        if batch.is_empty() {
            return Ok(());
        }
        note(&shared, &batch);
    }
}

fn note(shared: &Shared, batch: &[Delivery]) {
    let now = shared.begin.elapsed();
    let mut redelivered = 0;
    for delivery in batch {
        redelivered += u64::from(delivery.redelivered());
        if let Some(begin) = delivery.bytes().ok().and_then(|body| begun(&body)) {
            shared.figures.journey.note(now.saturating_sub(begin));
        }
    }
    let received = shared.figures.arrived(batch.len() as u64, redelivered, now);
    shared.progress.at(received);
}

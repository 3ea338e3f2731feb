//! Moves messages from one queue to another, each in the transaction that takes it.

use anyhow::Result;

use super::taking::a_few;
use super::{MOVED, ORIGIN, Station, TARGET, patient};
use crate::chaos::identity::signed;

pub(super) async fn run(mut station: Station) -> Result<()> {
    let connection = station.connect().await?;
    let session = connection.transacted_session().await?;
    let consumer = session.consumer(ORIGIN).redelivery(patient()).prefetch(30);
    let mut consumer = consumer.build().await?;
    let producer = session.producer(TARGET).build().await?;
    while station.takes() {
        let most = 1 + station.random.below(10);
        let taken = a_few(&station, &mut consumer, most).await?;
        if taken.is_empty() {
            continue;
        }
        let transaction = station.ledger.begin_transaction();
        let mut sent = Vec::new();
        for origin in &taken {
            let copy = station.ledger.begin(MOVED, Some(transaction));
            let message = copy.message().property("origin", signed(origin.number));
            // What cannot be handed over is missing in the commit, which then does not happen.
            drop(producer.send(message).await);
            sent.push(copy);
        }
        station.conclude(&session, &sent, &taken).await?;
    }
    consumer.close().await?;
    connection.close().await;
    Ok(())
}

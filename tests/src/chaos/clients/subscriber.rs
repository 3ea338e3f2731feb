//! A durable subscription whose consumer goes away now and then.

use anyhow::Result;
use relaismq::AckMode;

use super::taking::take_one;
use super::{CLIENT_ID, SUBSCRIPTION, Station, connect, topic};

pub(super) async fn run(mut station: Station) -> Result<()> {
    let connection = connect(&station.url, Some(CLIENT_ID)).await?;
    while station.takes() {
        let consumer = connection.consumer(topic()).durable(SUBSCRIPTION).prefetch(50);
        let mut consumer = consumer.ack(AckMode::Individual).build().await?;
        while station.takes() && !station.random.once_in(200) {
            take_one(&station, &mut consumer).await?;
        }
        consumer.close().await?;
    }
    connection.close().await;
    Ok(())
}

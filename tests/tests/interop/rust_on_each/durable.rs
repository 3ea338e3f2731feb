//! Durable subscriptions belong to a client id.

use anyhow::{Context, Result, ensure};
use relaismq::{Connection, Consumer, Topic};
use relaismq_tests::make::Make;
use tempfile::tempdir;

use crate::brokers::{QUIET, SOON, builder, on_makes};

on_makes!(
    [on_activemq: FIVE, on_activemq_6: SIX, on_artemis: Artemis, on_our_broker: Ours],
    [two_client_ids_may_use_one_name]
);

async fn subscribe(connection: &Connection) -> Result<Consumer> {
    Ok(connection.consumer(Topic::new("news")).durable("sub").build().await?)
}

async fn texts(consumer: &mut Consumer, count: usize) -> Result<Vec<String>> {
    let mut texts = Vec::new();
    while texts.len() < count {
        let delivery = consumer.receive_timeout(SOON).await?;
        texts.push(delivery.context("one is missing")?.text()?.to_string());
    }
    ensure!(consumer.receive_timeout(QUIET).await?.is_none(), "one too many");
    Ok(texts)
}

/// On Artemis both shared one queue: of five messages one got five and the other none.
async fn two_client_ids_may_use_one_name(make: Make) -> Result<()> {
    let directory = tempdir()?;
    let broker = make.start_in(directory.path()).await?;
    let url = broker.url()?;
    let first = builder(&url).client_id("first").connect().await?;
    let second = builder(&url).client_id("second").connect().await?;
    let (mut one, mut two) = (subscribe(&first).await?, subscribe(&second).await?);
    let producer = first.producer(Topic::new("news")).build().await?;
    let sent: Vec<String> = (0..5).map(|number| number.to_string()).collect();
    for text in &sent {
        producer.send(text.as_str()).await?;
    }
    assert_eq!(texts(&mut one, 5).await?, sent);
    assert_eq!(texts(&mut two, 5).await?, sent);
    one.close().await?;
    first.unsubscribe("sub").await?;
    producer.send("more").await?;
    assert_eq!(texts(&mut two, 1).await?, ["more"]);
    two.close().await?;
    second.unsubscribe("sub").await?;
    Ok(())
}

//! Bodies that are sent compressed, and what brokers make of them on their way.

use anyhow::{Context, Result};
use relaismq::{BodyKind, Message, Received, Value};
use relaismq_tests::make::Make;

use crate::brokers::{SOON, builder, on_makes};

on_makes!(
    [on_activemq: FIVE, on_activemq_6: SIX, on_artemis: Artemis, on_our_broker: Ours],
    [compressed_bodies_arrive_whole]
);

/// Artemis unpacks texts and packs them again, without an end: they could not be read.
async fn compressed_bodies_arrive_whole(make: Make) -> Result<()> {
    let broker = make.start().await?;
    let url = format!("failover:({})?jms.useCompression=true", broker.url()?);
    let connection = builder(&url).connect().await?;
    let producer = connection.producer("packed").build().await?;
    let mut consumer = connection.consumer("packed").build().await?;
    let long = "a long text, long enough to be worth it. ".repeat(200);
    for text in ["", "short", "é€", &long] {
        producer.send(Message::text(text)).await?;
        let received = next(&mut consumer).await?;
        assert_eq!((received.kind(), received.text()?.as_ref()), (BodyKind::Text, text));
    }
    for body in [vec![], vec![7; 3], vec![42; 50_000]] {
        producer.send(Message::bytes(body.clone())).await?;
        assert_eq!(next(&mut consumer).await?.bytes()?, body);
    }
    producer
        .send(Message::map([("number", Value::from(7)), ("text", Value::from("seven"))]))
        .await?;
    let received = next(&mut consumer).await?;
    assert_eq!(received.map()?.get("number"), Some(&Value::from(7)));
    producer.send(Message::stream([Value::from(1), Value::from("two")])).await?;
    assert_eq!(next(&mut consumer).await?.stream()?, [Value::from(1), Value::from("two")]);
    Ok(())
}

async fn next(consumer: &mut relaismq::Consumer) -> Result<Received> {
    let delivery = consumer.receive_timeout(SOON).await?.context("nothing came")?;
    Ok(delivery.into_message())
}

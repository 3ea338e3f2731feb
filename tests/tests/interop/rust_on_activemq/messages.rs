//! Bodies and properties of every kind, and messages that expire.

use std::time::Duration;

use anyhow::{Result, ensure};
use relaismq::{Connection, Message, Queue, SendOptions, Value};

use relaismq_tests::make::Make;

use crate::brokers::{on_artemis, on_each_activemq};

use super::{broker, is_quiet, receive, texts};

on_each_activemq!(
    a_text_comes_back_with_its_properties_and_headers,
    every_kind_of_body_comes_back_as_sent,
    compressed_messages_read_the_same,
    expired_messages_are_not_delivered,
);
on_artemis!(
    a_text_comes_back_with_its_properties_and_headers,
    every_kind_of_body_comes_back_as_sent,
    expired_messages_are_not_delivered,
);

async fn a_text_comes_back_with_its_properties_and_headers(make: Make) -> Result<()> {
    let (_broker, connection) = broker(make).await?;
    let producer = connection.producer(Queue::new("kinds")).priority(7).build().await?;
    let mut consumer = connection.consumer("kinds").build().await?;
    let receipt = producer
        .send(
            Message::text("héllo \u{1f600}")
                .property("region", "EU")
                .property("n", 7i64)
                .property("ratio", 2.5)
                .property("flag", true)
                .correlation_id("c-1")
                .message_type("greeting")
                .reply_to(relaismq::Destination::queue("answers")),
        )
        .await?;
    ensure!(receipt.confirmed());
    let text = receive(&mut consumer).await?;
    assert_eq!(text.text()?, "héllo \u{1f600}");
    assert_eq!(text.property::<String>("region").as_deref(), Some("EU"));
    assert_eq!(text.property::<i64>("n"), Some(7));
    assert_eq!(text.property::<f64>("ratio"), Some(2.5));
    assert_eq!(text.property::<bool>("flag"), Some(true));
    assert_eq!((text.correlation_id(), text.message_type()), (Some("c-1"), Some("greeting")));
    assert_eq!((text.priority(), text.persistent(), text.redelivered()), (7, true, false));
    assert_eq!(text.message_id(), receipt.message_id());
    ensure!(text.timestamp().is_some() && text.expiration().is_none());
    Ok(())
}

async fn every_kind_of_body_comes_back_as_sent(make: Make) -> Result<()> {
    let (_broker, connection) = broker(make).await?;
    let producer = connection.producer("kinds").build().await?;
    let mut consumer = connection.consumer("kinds").build().await?;
    producer.send(Message::bytes(vec![0u8, 1, 255])).await?;
    assert_eq!(&receive(&mut consumer).await?.bytes()?[..], [0, 1, 255]);
    producer.send(Message::map([("a", Value::from(1)), ("b", Value::from("x"))])).await?;
    assert_eq!(receive(&mut consumer).await?.map()?.get("b"), Some(&Value::from("x")));
    producer.send(Message::stream([Value::from(1i8), Value::from("two")])).await?;
    assert_eq!(receive(&mut consumer).await?.stream()?, [Value::from(1i8), Value::from("two")]);
    producer.send(Message::object(vec![0xac, 0xed, 0, 5, 0x70])).await?;
    assert_eq!(receive(&mut consumer).await?.object_bytes()?.len(), 5);
    producer.send(Message::empty()).await?;
    assert_eq!(receive(&mut consumer).await?.kind(), relaismq::BodyKind::Empty);
    connection.close().await;
    Ok(())
}

async fn compressed_messages_read_the_same(make: Make) -> Result<()> {
    let (broker, connection) = broker(make).await?;
    let uri = format!("{}?jms.useCompression=true", broker.url()?);
    let sender = Connection::builder(uri).connect().await?;
    let long = "na ".repeat(1000);
    let producer = sender.producer("compressed").build().await?;
    producer.send(Message::text(&long)).await?;
    producer.send(Message::bytes(long.clone())).await?;
    let mut consumer = connection.consumer("compressed").build().await?;
    let text = receive(&mut consumer).await?;
    ensure!(text.wire().compressed);
    assert_eq!(text.text()?, long.as_str());
    assert_eq!(receive(&mut consumer).await?.bytes()?, long.as_bytes());
    Ok(())
}

async fn expired_messages_are_not_delivered(make: Make) -> Result<()> {
    let (_broker, connection) = broker(make).await?;
    let producer = connection.producer("expiring").build().await?;
    let brief = SendOptions::default().time_to_live(Duration::from_millis(1));
    producer.send_with("gone", &brief).await?;
    producer.send("stays").await?;
    let mut quiet = connection.consumer("unused").build().await?;
    ensure!(is_quiet(&mut quiet).await?);
    let mut consumer = connection.consumer("expiring").build().await?;
    assert_eq!(texts(&mut consumer, 1).await?, ["stays"]);
    Ok(())
}

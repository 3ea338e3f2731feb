//! Where Artemis itself is not like ActiveMQ, seen by our client. Each test is a row of
//! `docs/interoperability.md`; one that fails says that Artemis has changed.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures::TryStreamExt;
use relaismq::{
    Connection, Consumer, Delivery, Message, OperationError, Producer, RefusalKind, SendError,
    SendOptions, Value,
};
use relaismq_tests::artemis::Artemis;
use relaismq_tests::server::Server;
use tokio::time::timeout;

use crate::brokers::{QUIET, SOON, builder};

struct Scene {
    connection: Connection,
    producer: Producer,
    consumer: Consumer,
    _broker: Server,
}

impl Scene {
    async fn new() -> Result<Self> {
        let broker = Artemis::new().start().await?;
        let connection = builder(&broker.url()?).connect().await?;
        let producer = connection.producer("a").build().await?;
        let consumer = connection.consumer("a").build().await?;
        Ok(Self { connection, producer, consumer, _broker: broker })
    }

    async fn there_and_back(&mut self, message: Message) -> Result<Delivery> {
        self.producer.send(message).await?;
        self.consumer.receive_timeout(SOON).await?.context("nothing came")
    }
}

#[tokio::test]
#[ignore = "needs Artemis and Java: run tests/run"]
async fn artemis_destroys_some_characters_of_properties_and_of_maps_but_not_of_texts() -> Result<()>
{
    let mut scene = Scene::new().await?;
    let message = Message::text("😀").property("face", "😀").property("nul", "a\0b");
    let seen = scene.there_and_back(message).await?;
    assert_eq!(seen.text()?, "😀");
    assert_eq!(seen.property::<String>("face").as_deref(), Some("\u{fffd}\u{fffd}"));
    assert_eq!(seen.property::<String>("nul").as_deref(), Some("a\u{fffd}\u{fffd}b"));
    let map = Message::map([("face", Value::from("😀")), ("plain", Value::from("é€"))]);
    let map = scene.there_and_back(map).await?.map()?;
    assert_eq!(map.get("face"), Some(&Value::from("\u{fffd}\u{fffd}")));
    assert_eq!(map.get("plain"), Some(&Value::from("é€")));
    Ok(())
}

#[tokio::test]
#[ignore = "needs Artemis and Java: run tests/run"]
async fn artemis_adds_a_property_of_its_own() -> Result<()> {
    let seen = Scene::new().await?.there_and_back(Message::text("x")).await?;
    let properties = seen.properties()?;
    assert_eq!(properties.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["__AMQ_CID"]);
    Ok(())
}

#[tokio::test]
#[ignore = "needs Artemis and Java: run tests/run"]
async fn artemis_refuses_a_list_in_a_map() -> Result<()> {
    let mut scene = Scene::new().await?;
    let list = Message::map([("list", Value::List(vec![Value::from(1)]))]);
    let refused = scene.producer.send(list).await;
    let Err(SendError::Refused(refusal)) = refused else { panic!("{refused:?}") };
    ensure!(refusal.class().contains("ActiveMQPropertyConversionException"), "{refusal:?}");
    ensure!(scene.consumer.receive_timeout(QUIET).await?.is_none());
    Ok(())
}

#[tokio::test]
#[ignore = "needs Artemis and Java: run tests/run"]
async fn artemis_delivers_by_priority_without_being_told() -> Result<()> {
    let Scene { connection, producer, consumer, _broker } = Scene::new().await?;
    consumer.close().await?;
    for priority in [1, 4, 9] {
        let options = SendOptions::default().priority(priority);
        producer.send_with(priority.to_string(), &options).await?;
    }
    let browser = connection.browser("a").await?;
    let seen: Vec<_> = timeout(SOON, browser.try_collect()).await??;
    let order = seen.iter().map(|it| it.priority()).collect::<Vec<_>>();
    assert_eq!(order, [9, 4, 1]);
    Ok(())
}

#[tokio::test]
#[ignore = "needs Artemis and Java: run tests/run"]
async fn artemis_refuses_a_malformed_selector_with_an_exception_of_its_own() -> Result<()> {
    let scene = Scene::new().await?;
    let refused = scene.connection.consumer("b").selector("region = = 'EU'").build().await;
    let Err(OperationError::Refused(refusal)) = refused else { panic!("{refused:?}") };
    ensure!(refusal.class().contains("ActiveMQInvalidFilterExpressionException"), "{refusal:?}");
    assert_eq!(refusal.kind(), RefusalKind::Other);
    Ok(())
}

#[tokio::test]
#[ignore = "needs Artemis and Java: run tests/run"]
async fn artemis_forgets_where_a_dead_letter_was_sent_to() -> Result<()> {
    let mut scene = Scene::new().await?;
    let brief = SendOptions::default().time_to_live(Duration::from_millis(1));
    let expiring = scene.connection.producer("expiring").build().await?;
    expiring.send_with("gone", &brief).await?;
    let mut late = scene.connection.consumer("expiring").build().await?;
    ensure!(late.receive_timeout(QUIET).await?.is_none());
    scene.consumer = scene.connection.consumer("ActiveMQ.DLQ").build().await?;
    let dead = scene.consumer.receive_timeout(SOON).await?.context("no dead letter")?;
    assert_eq!(dead.text()?, "gone");
    assert_eq!(dead.wire().original_destination, None);
    Ok(())
}

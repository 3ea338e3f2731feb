//! Credentials, and the death of a master.

use std::time::Duration;

use anyhow::Result;
use futures::StreamExt;
use relaismq::{AckError, AckMode, Connection, Event, RefusalKind};
use relaismq_tests::activemq::{ActiveMq, Pair};
use tempfile::tempdir;

use super::{SOON, receive};

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn wrong_credentials_are_refused_for_good() -> Result<()> {
    let broker = ActiveMq::new().login("app", "secret").start().await?;
    let uri = format!("failover:({})", broker.url()?);
    let connect = |password| Connection::builder(&uri).credentials("app", password).connect();
    connect("secret").await?.close().await;
    let refused = tokio::time::timeout(SOON, connect("wrong")).await?;
    let Err(relaismq::ConnectError::Refused(refusal)) = refused else { panic!("{refused:?}") };
    assert_eq!(refusal.kind(), RefusalKind::Security);
    Ok(())
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn confirmed_messages_survive_the_death_of_the_master() -> Result<()> {
    let directory = tempdir()?;
    let mut pair = Pair::start(directory.path()).await?;
    let uri = format!("{}?initialReconnectDelay=20&maxReconnectDelay=200", pair.failover_url());
    let connection = Connection::builder(uri).connect().await?;
    let mut events = connection.events();
    let producer = connection.producer("kept").build().await?;
    let mut consumer = connection.consumer("kept").ack(AckMode::Individual).build().await?;
    producer.send("before").await?;
    let held = receive(&mut consumer).await?;
    pair.master.kill().await?;
    let during = tokio::spawn({
        let producer = producer.clone();
        async move { producer.send("during").await }
    });
    tokio::time::timeout(Duration::from_secs(60), during).await???;
    assert_eq!(held.ack().await, Err(AckError::StaleDelivery));
    let again = receive(&mut consumer).await?;
    assert_eq!((again.text()?.as_str(), again.redelivered()), ("before", true));
    again.ack().await?;
    let during = receive(&mut consumer).await?;
    assert_eq!(during.text()?, "during");
    during.ack().await?;
    let mut story = Vec::new();
    while let Some(event) = events.next().await {
        let resumed = matches!(event, Event::Resumed { .. });
        story.push(event);
        if resumed {
            break;
        }
    }
    let interrupted = story.iter().filter(|it| matches!(it, Event::Interrupted { .. })).count();
    assert_eq!(interrupted, 1, "{story:?}");
    connection.close().await;
    assert_eq!(connection.state(), relaismq::State::Closed { reason: None });
    Ok(())
}

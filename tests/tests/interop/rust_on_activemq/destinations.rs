//! Selectors, browsers, topics, durable subscriptions, request and reply.

use anyhow::{Context, Result, bail, ensure};
use futures::TryStreamExt;
use relaismq::{Connection, Message, OperationError, RefusalKind, Topic};

use relaismq_tests::make::Make;

use crate::brokers::{on_artemis, on_each_activemq};

use super::{QUIET, SOON, broker, is_quiet, receive, send_numbered, texts};

on_each_activemq!(
    selectors_select,
    malformed_selectors_are_refused,
    a_browser_shows_everything_and_takes_nothing,
    topics_reach_everyone,
    durable_subscriptions_wait,
    a_request_gets_its_answer,
);
on_artemis!(
    selectors_select,
    a_browser_shows_everything_and_takes_nothing,
    topics_reach_everyone,
    a_request_gets_its_answer,
);

async fn selectors_select(make: Make) -> Result<()> {
    let (_broker, connection) = broker(make).await?;
    let mut europe = connection.consumer("sel").selector("region = 'EU'").build().await?;
    let producer = connection.producer("sel").build().await?;
    for region in ["US", "EU", "US"] {
        producer.send(Message::text(region).property("region", region)).await?;
    }
    assert_eq!(texts(&mut europe, 1).await?, ["EU"]);
    ensure!(is_quiet(&mut europe).await?);
    Ok(())
}

async fn malformed_selectors_are_refused(make: Make) -> Result<()> {
    let (_broker, connection) = broker(make).await?;
    let refused = connection.consumer("sel").selector("region = = 'EU'").build().await;
    let Err(OperationError::Refused(refusal)) = refused else { bail!("{refused:?}") };
    assert_eq!(refusal.kind(), RefusalKind::InvalidSelector);
    Ok(())
}

async fn a_browser_shows_everything_and_takes_nothing(make: Make) -> Result<()> {
    let (_broker, connection) = broker(make).await?;
    send_numbered(&connection, "browsed", 5).await?;
    for _ in 0..2 {
        let browser = connection.browser("browsed").await?;
        let seen: Vec<_> = tokio::time::timeout(SOON, browser.try_collect()).await??;
        let seen: Vec<_> = seen.iter().map(|it| it.text().map(|it| it.to_string())).collect();
        assert_eq!(seen.len(), 5, "{seen:?}");
    }
    let mut consumer = connection.consumer("browsed").build().await?;
    assert_eq!(texts(&mut consumer, 5).await?.len(), 5);
    let empty: Vec<_> =
        tokio::time::timeout(SOON, connection.browser("empty").await?.try_collect()).await??;
    ensure!(empty.is_empty());
    Ok(())
}

async fn topics_reach_everyone(make: Make) -> Result<()> {
    let (_broker, connection) = broker(make).await?;
    let mut one = connection.consumer(Topic::new("news")).build().await?;
    let mut deaf = connection.consumer(Topic::new("news")).no_local().build().await?;
    connection.producer(Topic::new("news")).build().await?.send("a").await?;
    assert_eq!(texts(&mut one, 1).await?, ["a"]);
    ensure!(is_quiet(&mut deaf).await?, "no_local leaves out our own");
    Ok(())
}

async fn durable_subscriptions_wait(make: Make) -> Result<()> {
    let broker = make.start().await?;
    let open = async || {
        Connection::builder(broker.url()?).client_id("durable-1").connect().await.context("connect")
    };
    let connection = open().await?;
    let durable = connection.consumer(Topic::new("news")).durable("sub").build().await?;
    let producer = connection.producer(Topic::new("news")).build().await?;
    producer.send("a").await?;
    durable.close().await?;
    producer.send("b").await?;
    connection.close().await;
    let connection = open().await?;
    let mut durable = connection.consumer(Topic::new("news")).durable("sub").build().await?;
    assert_eq!(texts(&mut durable, 2).await?, ["a", "b"], "kept while away");
    durable.close().await?;
    connection.unsubscribe("sub").await?;
    ensure!(connection.unsubscribe("sub").await.is_err(), "it is gone");
    Ok(())
}

async fn a_request_gets_its_answer(make: Make) -> Result<()> {
    let (_broker, connection) = broker(make).await?;
    let mut requests = connection.consumer("rpc").build().await?;
    let server = connection.clone();
    let serving = tokio::spawn(async move {
        let answers = server.anonymous_producer().persistent(false).build().await?;
        for _ in 0..2 {
            let request = receive(&mut requests).await?;
            let to = request.reply_to().context("a reply_to")?.clone();
            let id = request.message_id().context("an id")?.to_string();
            let sum = format!("{}!", request.text()?);
            answers.send_to(to, Message::text(sum).correlation_id(id)).await?;
        }
        anyhow::Ok(())
    });
    for question in ["1+1", "2+2"] {
        let answer = connection.request("rpc", question, SOON).await?;
        assert_eq!(answer.text()?, format!("{question}!").as_str());
    }
    serving.await??;
    let silence = connection.request("rpc.nobody", "?", QUIET).await;
    ensure!(silence.is_err());
    Ok(())
}

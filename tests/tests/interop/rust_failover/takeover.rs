//! The master is killed, the slave takes over.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use relaismq::{AckError, AckMode, Message, TransactionError};
use relaismq_tests::make::Make;
use tempfile::tempdir;

use crate::brokers::{SOON, Two, builder, content, is_resumed, on_each_broker, until};

on_each_broker!(
    nothing_confirmed_is_missing_after_a_kill,
    a_durable_subscription_goes_on_after_a_kill,
    a_transfer_is_whole_or_not_at_all_after_a_kill,
    a_request_is_answered_after_a_kill,
);

const BEFORE: usize = 150;
const ALL: usize = 300;

async fn nothing_confirmed_is_missing_after_a_kill(make: Make) -> Result<()> {
    let directory = tempdir()?;
    let mut two = Two::start(make, directory.path()).await?;
    let sending = builder(&two.url()).connect().await?;
    let receiving = builder(&two.url()).connect().await?;
    let mut consumer =
        receiving.consumer("work").ack(AckMode::Individual).prefetch(20).build().await?;
    let (progress, mut sent) = tokio::sync::watch::channel(0);
    let producer = sending.producer("work").build().await?;
    let producing = tokio::spawn(async move {
        for number in 0..ALL {
            let receipt = producer.send(number.to_string()).await?;
            ensure!(receipt.confirmed());
            progress.send_replace(number + 1);
        }
        anyhow::Ok(())
    });
    let consuming = tokio::spawn(async move {
        let mut seen = BTreeMap::new();
        while seen.len() < ALL {
            let delivery = consumer.receive_timeout(SOON).await?;
            let delivery = delivery.with_context(|| format!("only {}", seen.len()))?;
            let copies = seen.entry(delivery.text()?.to_string()).or_insert(0);
            *copies += 1;
            ensure!(*copies == 1 || delivery.redelivered(), "an unflagged copy");
            match delivery.ack().await {
                Ok(()) | Err(AckError::StaleDelivery) => {}
                Err(error) => return Err(error.into()),
            }
        }
        anyhow::Ok(())
    });
    sent.wait_for(|count| *count >= BEFORE).await?;
    two.take_over().await?;
    tokio::time::timeout(SOON, producing).await???;
    tokio::time::timeout(SOON, consuming).await???;
    ensure!(content(&two.slave, "ActiveMQ.DLQ").await?.is_empty());
    Ok(())
}

async fn a_durable_subscription_goes_on_after_a_kill(make: Make) -> Result<()> {
    let directory = tempdir()?;
    let mut two = Two::start(make, directory.path()).await?;
    let connection = builder(&two.url()).client_id("durable").connect().await?;
    let mut events = connection.events();
    let topic = relaismq::Topic::new("news");
    let mut consumer = connection.consumer(topic.clone()).durable("reader").build().await?;
    let producer = connection.producer(topic).build().await?;
    producer.send("before").await?;
    let first = consumer.receive_timeout(SOON).await?.context("nothing came")?;
    assert_eq!(first.text()?, "before");
    two.take_over().await?;
    until(&mut events, SOON, is_resumed).await?;
    producer.send("after").await?;
    let mut texts = BTreeSet::new();
    while !texts.contains("after") {
        let delivery = consumer.receive_timeout(SOON).await?.context("nothing came")?;
        let text = delivery.text()?.to_string();
        ensure!(text == "after" || delivery.redelivered(), "{text} again, unflagged");
        texts.insert(text);
    }
    connection.close().await;
    Ok(())
}

async fn a_transfer_is_whole_or_not_at_all_after_a_kill(make: Make) -> Result<()> {
    let directory = tempdir()?;
    let mut two = Two::start(make, directory.path()).await?;
    let connection = builder(&two.url()).connect().await?;
    let producer = connection.producer("in").build().await?;
    for number in 0..60 {
        producer.send(number.to_string()).await?;
    }
    let session = connection.transacted_session().await?;
    let mut input = session.consumer("in").prefetch(5).build().await?;
    let output = session.producer("out").build().await?;
    let (mut done, mut doubtful) = (0, BTreeSet::new());
    // The last ones come again once the broker has noticed that their transaction is gone.
    while let Some(order) = input.receive_timeout(std::time::Duration::from_secs(3)).await? {
        output.send(&*order).await?;
        if done == 30 {
            two.take_over().await?;
        }
        done += 1;
        match session.commit().await {
            Ok(()) | Err(TransactionError::RolledBack(_)) => {}
            Err(TransactionError::InDoubt(_)) => drop(doubtful.insert(order.text()?.to_string())),
            Err(error) => return Err(error.into()),
        }
    }
    drop((input, output, session));
    connection.close().await;
    let (left, moved) = (content(&two.slave, "in").await?, content(&two.slave, "out").await?);
    ensure!(left.is_empty(), "left: {left:?}");
    assert_eq!(moved.len(), 60);
    for (text, copies) in moved {
        ensure!(copies == 1 || doubtful.contains(&text), "{copies} of {text}");
    }
    Ok(())
}

async fn a_request_is_answered_after_a_kill(make: Make) -> Result<()> {
    let directory = tempdir()?;
    let mut two = Two::start(make, directory.path()).await?;
    let asking = builder(&two.url()).connect().await?;
    let answering = builder(&two.url()).connect().await?;
    let answers = asking.temporary_queue().await?;
    let mut consumer = asking.consumer(&answers).build().await?;
    let mut orders = answering.consumer("orders").build().await?;
    let (mut asked, mut answered) = (asking.events(), answering.events());
    two.take_over().await?;
    until(&mut asked, SOON, is_resumed).await?;
    until(&mut answered, SOON, is_resumed).await?;
    let request = Message::text("ping").reply_to(&answers).correlation_id("1");
    asking.producer("orders").build().await?.send(request).await?;
    let order = orders.receive_timeout(SOON).await?.context("no request came")?;
    let reply_to = order.reply_to().context("nowhere to answer")?.clone();
    let answer = Message::text("pong").correlation_id(order.correlation_id().unwrap_or(""));
    answering.anonymous_producer().build().await?.send_to(reply_to, answer).await?;
    let answer = consumer.receive_timeout(SOON).await?.context("no answer came")?;
    assert_eq!((answer.text()?.as_str(), answer.correlation_id()), ("pong", Some("1")));
    Ok(())
}

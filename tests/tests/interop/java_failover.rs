//! The Java client's own failover, on pairs of brokers of both makes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use relaismq_tests::make::Make;
use relaismq_tests::peer::{
    AckMode, ConsumerOptions, JmsConsumer, JmsMessage, JmsPeer, PeerError, Received,
};
use relaismq_tests::proxy::{Direction, Flow, Proxy};
use tempfile::tempdir;
use tokio::time::timeout;

use crate::brokers::{SOON, Two, content, on_each_broker, until_there};

on_each_broker!(
    nothing_confirmed_to_java_is_missing_after_a_kill,
    a_java_transaction_is_whole_or_not_at_all_after_a_kill,
    a_java_durable_subscription_goes_on_after_a_kill,
    a_java_requester_gets_its_answer_after_a_kill,
    a_java_commit_whose_reply_is_lost_makes_one_message,
);

async fn receive(consumer: &JmsConsumer) -> Result<Received> {
    consumer.receive(Duration::from_secs(15)).await?.context("nothing came")
}

/// Until each of so many connections has told of the takeover.
async fn resumed(peer: &mut JmsPeer, connections: usize) -> Result<()> {
    let (mut interrupted, mut resumed) = (BTreeSet::new(), BTreeSet::new());
    while resumed.len() < connections {
        let event = peer.event(SOON).await?;
        match event.kind.as_str() {
            "interrupted" => drop(interrupted.insert(event.on)),
            // Java says so after the first connect too.
            "resumed" if interrupted.contains(&event.on) => drop(resumed.insert(event.on)),
            _ => {}
        }
    }
    Ok(())
}

async fn nothing_confirmed_to_java_is_missing_after_a_kill(make: Make) -> Result<()> {
    const BEFORE: usize = 100;
    const ALL: usize = 200;
    let directory = tempdir()?;
    let mut two = Two::start(make, directory.path()).await?;
    let mut peer = JmsPeer::start()?;
    let sending = peer.connect(&two.url()).await?.session(AckMode::Auto).await?;
    let receiving = peer.connect(&two.url()).await?.session(AckMode::Client).await?;
    let producer = sending.producer("work").await?;
    let consumer = receiving.consumer("queue://work?consumer.prefetchSize=20").await?;
    let (progress, mut sent) = tokio::sync::watch::channel(0);
    let producing = tokio::spawn(async move {
        for number in 0..ALL {
            producer.send(&JmsMessage::text(&number.to_string())).await?;
            progress.send_replace(number + 1);
        }
        anyhow::Ok(())
    });
    let consuming = tokio::spawn(async move {
        let mut seen = BTreeMap::new();
        while seen.len() < ALL {
            let message = receive(&consumer).await.with_context(|| format!("{}", seen.len()))?;
            let copies = seen.entry(message.text().context("no text")?).or_insert(0);
            *copies += 1;
            ensure!(*copies == 1 || message.is_redelivered(), "an unflagged copy");
            message.acknowledge(&receiving).await?;
        }
        anyhow::Ok(())
    });
    sent.wait_for(|count| *count >= BEFORE).await?;
    two.take_over().await?;
    resumed(&mut peer, 2).await?;
    timeout(SOON, producing).await???;
    timeout(SOON, consuming).await???;
    // The dead letter queue may hold what Java took for duplicates; they are not looked at.
    Ok(())
}

async fn a_java_transaction_is_whole_or_not_at_all_after_a_kill(make: Make) -> Result<()> {
    let directory = tempdir()?;
    let mut two = Two::start(make, directory.path()).await?;
    let mut peer = JmsPeer::start()?;
    let connection = peer.connect(&two.url()).await?;
    let session = connection.session(AckMode::Transacted).await?;
    let producer = session.producer("out").await?;
    let mut expected = BTreeSet::new();
    for number in 0..20 {
        let pair = [format!("{number}a"), format!("{number}b")];
        for text in &pair {
            producer.send(&JmsMessage::text(text)).await?;
        }
        if number == 10 {
            // In the middle of a transaction.
            two.take_over().await?;
            resumed(&mut peer, 1).await?;
        }
        match session.commit().await {
            Ok(()) => expected.extend(pair),
            Err(PeerError::Thrown { class, .. }) if class.ends_with("RolledBackException") => {}
            Err(error) => return Err(error.into()),
        }
    }
    ensure!(expected.len() >= 38, "only {}", expected.len());
    let content = content(&two.slave, "out").await?;
    ensure!(content.values().all(|copies| *copies == 1), "{content:?}");
    assert_eq!(content.into_keys().collect::<BTreeSet<_>>(), expected);
    Ok(())
}

async fn a_java_durable_subscription_goes_on_after_a_kill(make: Make) -> Result<()> {
    let directory = tempdir()?;
    let mut two = Two::start(make, directory.path()).await?;
    let mut peer = JmsPeer::start()?;
    let connect = relaismq_tests::peer::Connect::to(&two.url()).client_id("durable");
    let connection = peer.connect_with(&connect).await?;
    let session = connection.session(AckMode::Auto).await?;
    let options = ConsumerOptions {
        destination: "topic://news".to_owned(),
        subscription: Some("reader".to_owned()),
        ..ConsumerOptions::default()
    };
    let consumer = session.consumer_with(&options).await?;
    let producer = session.producer("topic://news").await?;
    producer.send(&JmsMessage::text("before")).await?;
    assert_eq!(receive(&consumer).await?.text().as_deref(), Some("before"));
    two.take_over().await?;
    resumed(&mut peer, 1).await?;
    producer.send(&JmsMessage::text("after")).await?;
    loop {
        let message = receive(&consumer).await?;
        if message.text().as_deref() == Some("after") {
            break;
        }
        ensure!(message.is_redelivered(), "again, and not flagged: {:?}", message.text());
    }
    // What is sent while nobody listens waits for the subscriber.
    consumer.close().await?;
    producer.send(&JmsMessage::text("away")).await?;
    let consumer = session.consumer_with(&options).await?;
    assert_eq!(receive(&consumer).await?.text().as_deref(), Some("away"));
    Ok(())
}

async fn a_java_requester_gets_its_answer_after_a_kill(make: Make) -> Result<()> {
    let directory = tempdir()?;
    let mut two = Two::start(make, directory.path()).await?;
    let mut peer = JmsPeer::start()?;
    let asking = peer.connect(&two.url()).await?.session(AckMode::Auto).await?;
    let answering = peer.connect(&two.url()).await?.session(AckMode::Auto).await?;
    let answers = asking.temporary_queue().await?;
    let consumer = asking.consumer(&answers).await?;
    let orders = answering.consumer("orders").await?;
    two.take_over().await?;
    resumed(&mut peer, 2).await?;
    let request = JmsMessage::text("ping").reply_to(&answers).correlation_id("1");
    asking.producer("orders").await?.send(&request).await?;
    let order = receive(&orders).await?;
    let reply_to = order.header("reply_to").context("nowhere to answer")?;
    let answer =
        JmsMessage::text("pong").correlation_id(order.header("correlation_id").unwrap_or(""));
    answering.producer(reply_to).await?.send(&answer).await?;
    let answer = receive(&consumer).await?;
    assert_eq!(
        (answer.text().as_deref(), answer.header("correlation_id")),
        (Some("pong"), Some("1"))
    );
    Ok(())
}

async fn a_java_commit_whose_reply_is_lost_makes_one_message(make: Make) -> Result<()> {
    let directory = tempdir()?;
    let broker = make.start_in(directory.path()).await?;
    let proxy = Proxy::start(&broker.url()?).await?;
    let mut peer = JmsPeer::start()?;
    let url = format!("failover:({})?initialReconnectDelay=10", proxy.url());
    let session = peer.connect(&url).await?.session(AckMode::Transacted).await?;
    let producer = session.producer("a").await?;
    producer.send(&JmsMessage::text("x")).await?;
    proxy.set(Direction::Downstream, Flow::Swallow);
    let committing = tokio::spawn({
        let session = session.clone();
        async move { session.commit().await }
    });
    until_there(&broker, "a", 1).await?;
    proxy.cut();
    proxy.set(Direction::Downstream, Flow::Pass);
    resumed(&mut peer, 1).await?;
    match timeout(SOON, committing).await?? {
        Ok(()) => {}
        Err(PeerError::Thrown { class, message }) => {
            ensure!(class.ends_with("RolledBackException"), "{class}: {message}");
            ensure!(message.contains("in doubt") || message.contains("in-doubt"), "{message}");
        }
        Err(error) => return Err(error.into()),
    }
    assert_eq!(content(&broker, "a").await?, [("x".to_owned(), 1)].into());
    producer.send(&JmsMessage::text("y")).await?;
    session.commit().await?;
    assert_eq!(content(&broker, "a").await?.len(), 2);
    Ok(())
}

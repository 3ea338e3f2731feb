//! The broker does what it is asked, and its answer is lost.

use anyhow::{Result, ensure};
use futures::StreamExt;
use relaismq::{Connection, SendOptions, Topic, TransactionError};
use relaismq_tests::make::Make;
use relaismq_tests::proxy::{Direction, Flow, Proxy};
use relaismq_tests::server::Server;
use tempfile::{TempDir, tempdir};
use tokio::time::timeout;

use crate::brokers::{SOON, builder, content, on_each_broker, until_there};

on_each_broker!(
    a_send_whose_reply_is_lost_makes_one_message,
    sends_whose_replies_are_lost_make_one_message_each,
    a_commit_whose_reply_is_lost_is_in_doubt,
    a_commit_that_is_lost_itself_happens_once_or_not_at_all,
    a_deleted_subscription_whose_reply_is_lost_is_deleted,
    persistent_messages_that_nobody_waits_for_survive_lost_links,
    a_browser_shows_everything_once_over_a_lost_link,
);

async fn start(make: Make) -> Result<(Server, Proxy, Connection, TempDir)> {
    let directory = tempdir()?;
    let broker = make.start_in(directory.path()).await?;
    let proxy = Proxy::start(&broker.url()?).await?;
    let url = format!("failover:({})?initialReconnectDelay=10", proxy.url());
    let connection = builder(&url).connect().await?;
    Ok((broker, proxy, connection, directory))
}

/// Ends the link and with it what was on its way.
fn lose(proxy: &Proxy) {
    proxy.cut();
    proxy.set(Direction::Downstream, Flow::Pass);
}

async fn a_send_whose_reply_is_lost_makes_one_message(make: Make) -> Result<()> {
    let (broker, proxy, connection, _directory) = start(make).await?;
    let producer = connection.producer("a").build().await?;
    producer.send("first").await?;
    proxy.set(Direction::Downstream, Flow::Swallow);
    let sending = tokio::spawn(async move { producer.send("second").await });
    until_there(&broker, "a", 2).await?;
    ensure!(!sending.is_finished(), "confirmed without a reply");
    lose(&proxy);
    ensure!(timeout(SOON, sending).await???.confirmed());
    assert_eq!(
        content(&broker, "a").await?,
        [("first".to_owned(), 1), ("second".to_owned(), 1)].into()
    );
    Ok(())
}

async fn sends_whose_replies_are_lost_make_one_message_each(make: Make) -> Result<()> {
    let (broker, proxy, connection, _directory) = start(make).await?;
    let producer = connection.producer("a").build().await?;
    proxy.set(Direction::Downstream, Flow::Swallow);
    let mut receipts = Vec::new();
    for number in 0..50 {
        receipts.push(producer.enqueue(number.to_string()).await?);
    }
    until_there(&broker, "a", 50).await?;
    lose(&proxy);
    for receipt in timeout(SOON, futures::future::try_join_all(receipts)).await?? {
        ensure!(receipt.confirmed());
    }
    let content = content(&broker, "a").await?;
    assert_eq!((content.len(), content.values().sum::<usize>()), (50, 50));
    Ok(())
}

async fn a_commit_whose_reply_is_lost_is_in_doubt(make: Make) -> Result<()> {
    let (broker, proxy, connection, _directory) = start(make).await?;
    let session = connection.transacted_session().await?;
    let producer = session.producer("a").build().await?;
    producer.send("x").await?;
    proxy.set(Direction::Downstream, Flow::Swallow);
    let committing = tokio::spawn(async move { (session.commit().await, session) });
    until_there(&broker, "a", 1).await?;
    lose(&proxy);
    let (outcome, session) = timeout(SOON, committing).await??;
    let Err(TransactionError::InDoubt(doubt)) = outcome else { anyhow::bail!("{outcome:?}") };
    assert_eq!((doubt.sent.len(), doubt.received.len()), (1, 0));
    assert_eq!(content(&broker, "a").await?, [("x".to_owned(), 1)].into());
    // The next transaction is a new one.
    producer.send("y").await?;
    session.commit().await?;
    assert_eq!(content(&broker, "a").await?.len(), 2);
    Ok(())
}

async fn a_commit_that_is_lost_itself_happens_once_or_not_at_all(make: Make) -> Result<()> {
    let (broker, proxy, connection, _directory) = start(make).await?;
    let session = connection.transacted_session().await?;
    let producer = session.producer("a").build().await?;
    // Into the commands of the transaction, somewhere else each time.
    for (number, bytes) in (1..).zip([10, 200, 300, 400, 500, 600, 700]) {
        let text = number.to_string();
        proxy.cut_after(Direction::Upstream, bytes);
        producer.send(text.as_str()).await?;
        let outcome = session.commit().await;
        let copies = content(&broker, "a").await?.get(&text).copied().unwrap_or(0);
        match outcome {
            Ok(()) => assert_eq!(copies, 1),
            Err(TransactionError::RolledBack(_)) => assert_eq!(copies, 0),
            Err(TransactionError::InDoubt(_)) => ensure!(copies <= 1, "{copies} copies"),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

async fn a_deleted_subscription_whose_reply_is_lost_is_deleted(make: Make) -> Result<()> {
    let directory = tempdir()?;
    let broker = make.start_in(directory.path()).await?;
    let proxy = Proxy::start(&broker.url()?).await?;
    let url = format!("failover:({})?initialReconnectDelay=10", proxy.url());
    let connection = builder(&url).client_id("reader").connect().await?;
    let subscribe = || connection.consumer(Topic::new("news")).durable("all").build();
    subscribe().await?.close().await?;
    let before = proxy.bytes(Direction::Downstream);
    proxy.set(Direction::Downstream, Flow::Swallow);
    let deleting = connection.clone();
    let deleting = tokio::spawn(async move { deleting.unsubscribe("all").await });
    // The broker has answered, into the void.
    timeout(SOON, async {
        while proxy.bytes(Direction::Downstream) == before {
            tokio::task::yield_now().await;
        }
    })
    .await?;
    lose(&proxy);
    timeout(SOON, deleting).await???;
    ensure!(connection.unsubscribe("all").await.is_err(), "asked for once, there is none");
    Ok(())
}

async fn persistent_messages_that_nobody_waits_for_survive_lost_links(make: Make) -> Result<()> {
    let (broker, proxy, connection, _directory) = start(make).await?;
    let producer = connection.producer("a").confirm(false).build().await?;
    for number in 0..300 {
        if number % 100 == 50 {
            proxy.cut();
        }
        producer.send(number.to_string()).await?;
    }
    // Its confirmation proves that the broker has what was sent before.
    producer.send_with("last", &SendOptions::default().confirm(true)).await?;
    let content = content(&broker, "a").await?;
    assert_eq!((content.len(), content.values().sum::<usize>()), (301, 301));
    Ok(())
}

async fn a_browser_shows_everything_once_over_a_lost_link(make: Make) -> Result<()> {
    let (_broker, proxy, connection, _directory) = start(make).await?;
    let producer = connection.producer("a").build().await?;
    for number in 0..120 {
        producer.send(number.to_string()).await?;
    }
    let mut browser = connection.browser("a?consumer.prefetchSize=20").await?;
    let mut seen = Vec::new();
    while let Some(message) = timeout(SOON, browser.next()).await? {
        seen.push(message?.text()?.to_string());
        if seen.len() == 50 {
            proxy.cut();
        }
    }
    let all: Vec<_> = (0..120).map(|number| number.to_string()).collect();
    assert_eq!(seen, all);
    Ok(())
}

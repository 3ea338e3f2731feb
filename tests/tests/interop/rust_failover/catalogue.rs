//! Scenarios of ActiveMQ's own tests of its failover transport that no other file has; the table in
//! `docs/failover.md` says which is which.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures::future::try_join_all;
use relaismq::options::RedeliveryPolicy;
use relaismq::{
    AckMode, ConnectError, Connection, Consumer, Event, Producer, RefusalKind, Topic,
    TransactedSession, TransactionError,
};
use relaismq_tests::activemq::ActiveMq;
use relaismq_tests::make::Make;
use relaismq_tests::ports;
use relaismq_tests::proxy::{Direction, Flow, Proxy};
use relaismq_tests::server::Server;
use tempfile::{TempDir, tempdir};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::brokers::{
    QUIET, SOON, builder, content, is_interrupted, is_resumed, on_each_broker, until, until_there,
};

on_each_broker!(
    handlers_at_the_same_time_go_on_over_lost_links,
    a_thousand_consumers_closed_during_an_interruption_leave_nothing_behind,
    lost_replies_with_a_redelivery_policy_are_as_without,
    a_client_id_reconnects_as_often_as_it_has_to,
    a_client_id_of_a_program_that_was_killed_is_waited_for,
    what_was_taken_before_the_broker_was_restarted_comes_again_flagged,
    a_message_of_a_virtual_topic_is_dead_for_one_of_its_queues_only,
    a_dead_message_that_is_sent_back_is_worked_off,
);

/// A broker behind a proxy, and a connection over it.
struct Behind {
    broker: Server,
    proxy: Proxy,
    connection: Connection,
    _directory: TempDir,
}

impl Behind {
    async fn start(make: Make) -> Result<Self> {
        let directory = tempdir()?;
        let broker = make.start_in(directory.path()).await?;
        let proxy = Proxy::start(&broker.url()?).await?;
        let connection = builder(&reconnecting(&proxy, "")).connect().await?;
        Ok(Self { broker, proxy, connection, _directory: directory })
    }

    async fn fill(&self, queue: &str, count: usize) -> Result<()> {
        let producer = self.connection.producer(queue).build().await?;
        let sends = (0..count).map(|number| producer.send(number.to_string()));
        try_join_all(sends).await?;
        Ok(())
    }

    async fn cut(&self) -> Result<()> {
        let mut events = self.connection.events();
        self.proxy.cut();
        until(&mut events, SOON, is_resumed).await?;
        Ok(())
    }

    async fn nothing_is_left(&self, queue: &str) -> Result<()> {
        let left = content(&self.broker, queue).await?;
        let dead = content(&self.broker, "ActiveMQ.DLQ").await?;
        ensure!(left.is_empty() && dead.is_empty(), "left {left:?}, dead {dead:?}");
        Ok(())
    }
}

fn reconnecting(proxy: &Proxy, options: &str) -> String {
    let url = proxy.url();
    format!("failover:({url}{options})?initialReconnectDelay=10&maxReconnectDelay=50")
}

/// 51, where ActiveMQ has a connection consumer with a pool of sessions.
async fn handlers_at_the_same_time_go_on_over_lost_links(make: Make) -> Result<()> {
    const MESSAGES: usize = 200;
    let behind = Behind::start(make).await?;
    behind.fill("a", MESSAGES).await?;
    let builder = behind.connection.consumer("a").ack(AckMode::Individual).prefetch(20);
    let mut consumer = builder.build().await?;
    let (handled, mut progress) = watch::channel(BTreeMap::<String, usize>::new());
    let listening = consumer.listen_concurrently(4, |delivery| {
        let handled = handled.clone();
        async move {
            let text = delivery.text().map_err(anyhow::Error::from)?.to_string();
            tokio::task::yield_now().await;
            handled.send_modify(|seen| *seen.entry(text).or_default() += 1);
            anyhow::Ok(())
        }
    });
    let cutting = async {
        for cut in 1..=4 {
            progress.wait_for(|seen| seen.len() >= cut * MESSAGES / 5).await?;
            behind.cut().await?;
        }
        progress.wait_for(|seen| seen.len() == MESSAGES).await?;
        while !content(&behind.broker, "a").await?.is_empty() {}
        anyhow::Ok(())
    };
    let both = async {
        tokio::select! {
            ended = listening => Err(ended.err().map_or(anyhow::anyhow!("ended"), Into::into)),
            done = cutting => done,
        }
    };
    timeout(SOON, both).await.context("not all are handled")??;
    behind.nothing_is_left("a").await
}

/// 53.
async fn a_thousand_consumers_closed_during_an_interruption_leave_nothing_behind(
    make: Make,
) -> Result<()> {
    let mut behind = Behind::start(make).await?;
    let session = behind.connection.session(AckMode::Individual).await?;
    let mut consumers = Vec::new();
    for _ in 0..10 {
        let opening = (0..100).map(|_| session.consumer("a").prefetch(1).build());
        consumers.extend(try_join_all(opening).await?);
    }
    let mut events = behind.connection.events();
    behind.proxy.refuse().await;
    behind.proxy.cut();
    until(&mut events, SOON, is_interrupted).await?;
    let mut last = consumers.pop().context("none")?;
    for consumer in consumers {
        consumer.close().await?;
    }
    behind.proxy.accept().await?;
    let Event::Resumed { restored, .. } = until(&mut events, SOON, is_resumed).await? else {
        anyhow::bail!("another event");
    };
    ensure!(restored == 2, "a session and one consumer, not {restored}");
    behind.fill("a", 3).await?;
    for number in 0..3 {
        let delivery = last.receive_timeout(SOON).await?.context("nothing comes")?;
        assert_eq!(delivery.text()?.as_str(), number.to_string());
        delivery.ack().await?;
    }
    behind.nothing_is_left("a").await
}

/// 56: what 47 to 49 have, with a policy that allows a single redelivery.
async fn lost_replies_with_a_redelivery_policy_are_as_without(make: Make) -> Result<()> {
    let behind = Behind::start(make).await?;
    behind.fill("a", 1).await?;
    let mut once = RedeliveryPolicy::default();
    once.maximum_redeliveries = Some(1);
    once.initial_redelivery_delay = Duration::from_millis(20);
    let session = behind.connection.transacted_session().await?;
    let mut consumer = session.consumer("a").redelivery(once).build().await?;
    let output = session.producer("b").build().await?;
    // More losses than the policy allows redeliveries: none of them is a failure of the application.
    for _ in 0..4 {
        lose_a_transfer(&behind, &session, &mut consumer, &output).await?;
    }
    let order = consumer.receive_timeout(SOON).await?.context("nothing comes")?;
    ensure!(order.redelivered(), "not flagged");
    output.send(&*order).await?;
    behind.proxy.set(Direction::Downstream, Flow::Swallow);
    let committing = tokio::spawn(async move { (session.commit().await, consumer) });
    until_there(&behind.broker, "b", 1).await?;
    behind.proxy.cut();
    behind.proxy.pass();
    let (outcome, mut consumer) = timeout(SOON, committing).await??;
    ensure!(matches!(outcome, Err(TransactionError::InDoubt(_))), "{outcome:?}");
    ensure!(consumer.receive_timeout(QUIET).await?.is_none(), "it was committed");
    assert_eq!(content(&behind.broker, "b").await?.values().sum::<usize>(), 1);
    behind.nothing_is_left("a").await
}

/// Receives and sends, and loses the link before the commit.
async fn lose_a_transfer(
    behind: &Behind,
    session: &TransactedSession,
    consumer: &mut Consumer,
    output: &Producer,
) -> Result<()> {
    let order = consumer.receive_timeout(SOON).await?.context("nothing comes")?;
    output.send(&*order).await?;
    behind.cut().await?;
    let lost = session.commit().await;
    ensure!(matches!(lost, Err(TransactionError::RolledBack(_))), "{lost:?}");
    Ok(())
}

/// 69.
async fn a_client_id_reconnects_as_often_as_it_has_to(make: Make) -> Result<()> {
    let directory = tempdir()?;
    let broker = make.start_in(directory.path()).await?;
    let proxy = Proxy::start(&broker.url()?).await?;
    let url = reconnecting(&proxy, "");
    let connection = builder(&url).client_id("reader").connect().await?;
    let builder_of_reader = connection.consumer(Topic::new("news")).durable("all");
    let mut reader = builder_of_reader.ack(AckMode::Individual).build().await?;
    for round in 0..20 {
        let mut events = connection.events();
        proxy.cut();
        until(&mut events, SOON, is_resumed).await.with_context(|| format!("round {round}"))?;
        let writer = builder(&broker.url()?).connect().await?;
        let producer = writer.producer(Topic::new("news")).build().await?;
        producer.send(round.to_string()).await?;
        let news = reader.receive_timeout(SOON).await?.context("nothing comes")?;
        assert_eq!(news.text()?.as_str(), round.to_string());
        news.ack().await?;
    }
    // And again and again by new connections.
    connection.close().await;
    for _ in 0..20 {
        let connection = builder(&url).client_id("reader").connect().await?;
        connection.close().await;
    }
    Ok(())
}

/// The broker goes on holding the socket of a program that is gone, since nothing tells it so.
async fn a_client_id_of_a_program_that_was_killed_is_waited_for(make: Make) -> Result<()> {
    let directory = tempdir()?;
    let broker = make.start_in(directory.path()).await?;
    let proxy = Proxy::start(&broker.url()?).await?;
    let options =
        "?wireFormat.maxInactivityDuration=3000&wireFormat.maxInactivityDurationInitalDelay=500";
    let url = reconnecting(&proxy, options);
    let killed = builder(&url).client_id("only-one").connect().await?;
    proxy.stall();
    let direct = format!("failover:({})", broker.url()?);
    let started_again = || builder(&direct).client_id("only-one");
    let refused = started_again().connect().await.err().context("the id is in use")?;
    ensure!(
        matches!(&refused, ConnectError::Refused(it) if it.kind() == RefusalKind::InvalidClientId),
        "{refused:?}"
    );
    let connection = started_again().wait_for_client_id(SOON).connect().await?;
    connection.producer("a").build().await?.send("served").await?;
    connection.close().await;
    drop(killed);
    Ok(())
}

/// 73.
async fn what_was_taken_before_the_broker_was_restarted_comes_again_flagged(
    make: Make,
) -> Result<()> {
    let (directory, port) = (tempdir()?, ports::free()?);
    let mut broker = make.start_sharing("one", port, directory.path()).await?;
    let url = format!("failover:({})?maxReconnectDelay=200", broker.url()?);
    let connection = builder(&url).connect().await?;
    let producer = connection.producer("a").build().await?;
    for number in 0..6 {
        producer.send(number.to_string()).await?;
    }
    let session = connection.transacted_session().await?;
    let mut consumer = session.consumer("a").prefetch(3).build().await?;
    for _ in 0..3 {
        consumer.receive_timeout(SOON).await?.context("nothing comes")?;
    }
    let mut events = connection.events();
    broker.kill().await?;
    let broker = make.start_sharing("one", port, directory.path()).await?;
    until(&mut events, SOON, is_resumed).await?;
    ensure!(session.commit().await.is_err(), "what it took was lost with the link");
    let mut flags = Vec::new();
    for _ in 0..6 {
        let delivery = consumer.receive_timeout(SOON).await?.context("nothing comes")?;
        flags.push((delivery.text()?.to_string(), delivery.redelivered()));
        ensure!(delivery.delivery_count() == 1 + u32::from(delivery.redelivered()));
    }
    session.commit().await?;
    let expected: Vec<_> = (0..6).map(|number| (number.to_string(), number < 3)).collect();
    assert_eq!(flags, expected);
    ensure!(content(&broker, "ActiveMQ.DLQ").await?.is_empty());
    Ok(())
}

/// 75.
async fn a_message_of_a_virtual_topic_is_dead_for_one_of_its_queues_only(make: Make) -> Result<()> {
    let behind = Behind::start(make).await?;
    let connection = &behind.connection;
    let open = |queue: &'static str| connection.consumer(queue).ack(AckMode::Individual).build();
    let mut bad = open("Consumer.bad.VirtualTopic.orders").await?;
    let mut good = open("Consumer.good.VirtualTopic.orders").await?;
    let orders = connection.producer(Topic::new("VirtualTopic.orders")).build().await?;
    orders.send("order").await?;
    let delivery = bad.receive_timeout(SOON).await?.context("nothing for the first")?;
    delivery.dead_letter("cannot be read").await?;
    behind.cut().await?;
    let delivery = good.receive_timeout(SOON).await?.context("nothing for the second")?;
    assert_eq!(delivery.text()?.as_str(), "order");
    delivery.ack().await?;
    ensure!(good.receive_timeout(QUIET).await?.is_none(), "a second one");
    assert_eq!(content(&behind.broker, "ActiveMQ.DLQ").await?, [("order".to_owned(), 1)].into());
    Ok(())
}

/// 75, its other half: what is dead goes back to where it came from, over a lost link, and is worked off.
async fn a_dead_message_that_is_sent_back_is_worked_off(make: Make) -> Result<()> {
    let behind = Behind::start(make).await?;
    behind.fill("a", 1).await?;
    let connection = &behind.connection;
    let mut consumer = connection.consumer("a").ack(AckMode::Individual).build().await?;
    let delivery = consumer.receive_timeout(SOON).await?.context("nothing comes")?;
    delivery.dead_letter("not today").await?;
    let session = connection.transacted_session().await?;
    let mut dead = session.consumer("ActiveMQ.DLQ").build().await?;
    let message = dead.receive_timeout(SOON).await?.context("nothing is dead")?;
    let origin = message.original_destination().context("it came from nowhere")?.clone();
    assert_eq!(origin.to_string(), "queue://a");
    session.send(origin, &*message).await?;
    session.commit().await?;
    behind.cut().await?;
    let again = consumer.receive_timeout(SOON).await?.context("nothing comes again")?;
    assert_eq!(again.text()?.as_str(), "0");
    again.ack().await?;
    behind.nothing_is_left("a").await
}

/// 77: a connector that finds out by itself what its clients speak.
#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn a_broker_that_detects_the_protocol_is_reached_and_reached_again() -> Result<()> {
    let broker = ActiveMq::new().connector("auto://127.0.0.1:0").start().await?;
    let url = broker.url_of("auto")?;
    let proxy = Proxy::start(url.trim_start_matches("auto://")).await?;
    let address = proxy.url().replace("tcp://", "auto://");
    let uri = format!("failover:({address})?initialReconnectDelay=10");
    let connection = builder(&uri).connect().await?;
    let mut consumer = connection.consumer("a").ack(AckMode::Individual).build().await?;
    let producer = connection.producer("a").build().await?;
    for round in 0..5 {
        producer.send(round.to_string()).await?;
        let delivery = consumer.receive_timeout(SOON).await?.context("nothing comes")?;
        assert_eq!(delivery.text()?.as_str(), round.to_string());
        delivery.ack().await?;
        let mut events = connection.events();
        proxy.cut();
        until(&mut events, SOON, is_resumed).await?;
    }
    Ok(())
}

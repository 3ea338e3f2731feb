//! Our client against the real ActiveMQ, feature by feature.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures::{StreamExt, TryStreamExt};
use relaismq::{
    AckError, AckMode, Connection, Event, Message, OperationError, Queue, RefusalKind, SendOptions,
    Topic, Value,
};
use relaismq_tests::activemq::{ActiveMq, Pair};
use relaismq_tests::server::Server;
use tempfile::tempdir;

/// Longest wait for a message that must come.
const SOON: Duration = Duration::from_secs(10);
/// Wait for a message that must not come.
const QUIET: Duration = Duration::from_millis(300);

async fn broker() -> Result<(Server, Connection)> {
    let broker = ActiveMq::new().start().await?;
    let connection = connect(&broker).await?;
    Ok((broker, connection))
}

async fn connect(broker: &Server) -> Result<Connection> {
    let uri = format!("failover:({})", broker.url()?);
    Ok(Connection::builder(uri)
        .connect_timeout(SOON)
        .request_timeout(SOON)
        .send_timeout(SOON)
        .configure(|mut options| {
            options.redelivery.initial_redelivery_delay = Duration::from_millis(20);
            options.redelivery.redelivery_delay = Duration::from_millis(20);
            options
        })
        .connect()
        .await?)
}

async fn receive(consumer: &mut relaismq::Consumer) -> Result<relaismq::Delivery> {
    consumer.receive_timeout(SOON).await?.context("no message came")
}

async fn texts(consumer: &mut relaismq::Consumer, count: usize) -> Result<Vec<String>> {
    let mut texts = Vec::new();
    for _ in 0..count {
        texts.push(receive(consumer).await?.text()?.to_string());
    }
    Ok(texts)
}

async fn is_quiet(consumer: &mut relaismq::Consumer) -> Result<bool> {
    Ok(consumer.receive_timeout(QUIET).await?.is_none())
}

async fn send_numbered(connection: &Connection, queue: &str, count: usize) -> Result<()> {
    let producer = connection.producer(queue).build().await?;
    for number in 0..count {
        producer.send(Message::text(format!("m{number}"))).await?;
    }
    Ok(())
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn every_kind_of_message_comes_back_as_sent() -> Result<()> {
    let (_broker, connection) = broker().await?;
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

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn compressed_messages_read_the_same() -> Result<()> {
    let (broker, connection) = broker().await?;
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

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn an_automatic_acknowledgement_is_final_when_receive_returns() -> Result<()> {
    let (_broker, connection) = broker().await?;
    send_numbered(&connection, "auto", 3).await?;
    let mut consumer = connection.consumer("auto").build().await?;
    assert_eq!(texts(&mut consumer, 2).await?, ["m0", "m1"]);
    consumer.close().await?;
    let mut again = connection.consumer("auto").build().await?;
    assert_eq!(texts(&mut again, 1).await?, ["m2"]);
    ensure!(is_quiet(&mut again).await?);
    Ok(())
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn the_stream_acknowledges_when_the_next_is_asked_for() -> Result<()> {
    let (_broker, connection) = broker().await?;
    send_numbered(&connection, "stream", 3).await?;
    let mut consumer = connection.consumer("stream").build().await?;
    for expected in ["m0", "m1"] {
        assert_eq!(consumer.try_next().await?.context("a message")?.text()?, expected);
    }
    consumer.close().await?;
    let mut again = connection.consumer("stream").build().await?;
    assert_eq!(texts(&mut again, 2).await?, ["m1", "m2"], "m1 was still being worked on");
    Ok(())
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn client_mode_acknowledges_all_so_far_and_individual_mode_one() -> Result<()> {
    let (_broker, connection) = broker().await?;
    for (mode, left) in [(AckMode::Client, vec!["m2"]), (AckMode::Individual, vec!["m0", "m2"])] {
        let queue = format!("ack.{mode:?}");
        send_numbered(&connection, &queue, 3).await?;
        let mut consumer = connection.consumer(queue.as_str()).ack(mode).build().await?;
        receive(&mut consumer).await?;
        receive(&mut consumer).await?.ack().await?;
        consumer.close().await?;
        let mut again = connection.consumer(queue.as_str()).build().await?;
        assert_eq!(texts(&mut again, left.len()).await?, left, "{mode:?}");
        ensure!(is_quiet(&mut again).await?, "{mode:?}");
    }
    Ok(())
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn recover_delivers_again_in_order() -> Result<()> {
    let (_broker, connection) = broker().await?;
    send_numbered(&connection, "recover", 3).await?;
    let mut consumer = connection.consumer("recover").ack(AckMode::Client).build().await?;
    assert_eq!(texts(&mut consumer, 2).await?, ["m0", "m1"]);
    consumer.recover().await?;
    let first = receive(&mut consumer).await?;
    assert_eq!((first.text()?.as_str(), first.delivery_count()), ("m0", 2));
    assert_eq!(texts(&mut consumer, 2).await?, ["m1", "m2"]);
    Ok(())
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn a_transaction_happens_altogether_or_not_at_all() -> Result<()> {
    let (_broker, connection) = broker().await?;
    send_numbered(&connection, "tx.in", 2).await?;
    let mut out = connection.consumer("tx.out").build().await?;

    let mut tx = connection.transaction().await?;
    let order = tx.receive("tx.in", SOON).await?.context("an order")?;
    tx.send("tx.out", &*order).await?;
    ensure!(is_quiet(&mut out).await?, "nothing shows before the commit");
    tx.commit().await?;
    assert_eq!(texts(&mut out, 1).await?, ["m0"]);

    let mut tx = connection.transaction().await?;
    let order = tx.receive("tx.in", SOON).await?.context("an order")?;
    assert_eq!(order.text()?, "m1");
    tx.send("tx.out", "never").await?;
    tx.rollback().await?;

    let mut tx = connection.transaction().await?;
    let again = tx.receive("tx.in", SOON).await?.context("an order")?;
    assert_eq!(again.text()?, "m1");
    tx.send("tx.out", "never either").await?;
    drop(tx);
    let mut input = connection.consumer("tx.in").build().await?;
    assert_eq!(texts(&mut input, 1).await?, ["m1"], "dropping rolls back");
    ensure!(is_quiet(&mut out).await?);
    Ok(())
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn a_transacted_session_goes_on_after_commit_and_rollback() -> Result<()> {
    let (_broker, connection) = broker().await?;
    send_numbered(&connection, "session.in", 4).await?;
    let session = connection.transacted_session().await?;
    let mut consumer = session.consumer("session.in").build().await?;
    let producer = session.producer("session.out").build().await?;
    assert_eq!(texts(&mut consumer, 2).await?, ["m0", "m1"]);
    producer.send("first").await?;
    session.commit().await?;
    assert_eq!(texts(&mut consumer, 1).await?, ["m2"]);
    producer.send("undone").await?;
    session.rollback().await?;
    let again = receive(&mut consumer).await?;
    assert_eq!((again.text()?.as_str(), again.redelivered()), ("m2", true));
    assert_eq!(texts(&mut consumer, 1).await?, ["m3"]);
    producer.send("second").await?;
    session.commit().await?;
    let mut out = connection.consumer("session.out").build().await?;
    assert_eq!(texts(&mut out, 2).await?, ["first", "second"]);
    ensure!(is_quiet(&mut out).await? && is_quiet(&mut consumer).await?);
    Ok(())
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn selectors_select_and_malformed_ones_are_refused() -> Result<()> {
    let (_broker, connection) = broker().await?;
    let mut europe = connection.consumer("sel").selector("region = 'EU'").build().await?;
    let producer = connection.producer("sel").build().await?;
    for region in ["US", "EU", "US"] {
        producer.send(Message::text(region).property("region", region)).await?;
    }
    assert_eq!(texts(&mut europe, 1).await?, ["EU"]);
    ensure!(is_quiet(&mut europe).await?);
    let refused = connection.consumer("sel").selector("region = = 'EU'").build().await;
    let Err(OperationError::Refused(refusal)) = refused else { panic!("{refused:?}") };
    assert_eq!(refusal.kind(), RefusalKind::InvalidSelector);
    Ok(())
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn a_browser_shows_everything_and_takes_nothing() -> Result<()> {
    let (_broker, connection) = broker().await?;
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

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn topics_reach_everyone_and_durable_subscriptions_wait() -> Result<()> {
    let broker = ActiveMq::new().start().await?;
    let open = async || {
        Connection::builder(broker.url()?).client_id("durable-1").connect().await.context("connect")
    };
    let connection = open().await?;
    let mut one = connection.consumer(Topic::new("news")).build().await?;
    let mut deaf = connection.consumer(Topic::new("news")).no_local().build().await?;
    let durable = connection.consumer(Topic::new("news")).durable("sub").build().await?;
    let producer = connection.producer(Topic::new("news")).build().await?;
    producer.send("a").await?;
    assert_eq!(texts(&mut one, 1).await?, ["a"]);
    ensure!(is_quiet(&mut deaf).await?, "no_local leaves out our own");
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

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn a_request_gets_its_answer() -> Result<()> {
    let (_broker, connection) = broker().await?;
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

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn what_a_handler_fails_on_ends_in_the_dead_letter_queue() -> Result<()> {
    let (_broker, connection) = broker().await?;
    for mode in [AckMode::Auto, AckMode::Individual] {
        let queue = format!("poison.{mode:?}");
        send_numbered(&connection, &queue, 3).await?;
        let mut redelivery = connection.options().redelivery.clone();
        redelivery.maximum_redeliveries = Some(2);
        let consumer = connection.consumer(queue.as_str()).ack(mode).redelivery(redelivery);
        let mut consumer = consumer.build().await?;
        let (seen, mut log) = tokio::sync::mpsc::unbounded_channel();
        let handling = consumer.listen(|message: relaismq::Delivery| {
            let text = message.text().map(|it| it.to_string()).unwrap_or_default();
            seen.send(text.clone()).ok();
            async move { if text == "m1" { Err("no") } else { Ok(()) } }
        });
        let mut dead = connection.consumer("ActiveMQ.DLQ").build().await?;
        let buried = tokio::select! {
            result = handling => panic!("{result:?}"),
            buried = receive(&mut dead) => buried?,
        };
        assert_eq!(buried.text()?, "m1");
        ensure!(buried.property::<String>("dlqDeliveryFailureCause").is_some());
        let mut order = Vec::new();
        while let Ok(text) = log.try_recv() {
            order.push(text);
        }
        assert_eq!(order.iter().filter(|text| *text == "m1").count(), 3, "{mode:?}: {order:?}");
        assert_eq!(order.iter().filter(|text| *text == "m0").count(), 1, "{mode:?}: {order:?}");
        drop(consumer);
        let mut rest = connection.consumer(queue.as_str()).build().await?;
        let expected = usize::from(!order.contains(&"m2".to_owned()));
        let mut left = 0;
        while rest.receive_timeout(QUIET).await?.is_some() {
            left += 1;
        }
        ensure!(left <= expected, "{mode:?}: {order:?}, {left} left");
    }
    Ok(())
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn prefetch_zero_asks_for_each_message() -> Result<()> {
    let (_broker, connection) = broker().await?;
    let mut pulling = connection.consumer("pull").prefetch(0).build().await?;
    ensure!(pulling.receive_now().await?.is_none());
    ensure!(pulling.receive_timeout(QUIET).await?.is_none());
    send_numbered(&connection, "pull", 3).await?;
    assert_eq!(receive(&mut pulling).await?.text()?, "m0");
    let mut other = connection.consumer("pull").build().await?;
    assert_eq!(texts(&mut other, 2).await?, ["m1", "m2"], "nothing was sent ahead");
    let waiting = tokio::spawn(async move { pulling.receive().await });
    send_numbered(&connection, "pull", 2).await?;
    assert_eq!(tokio::time::timeout(SOON, waiting).await???.delivery_count(), 1);
    Ok(())
}

#[tokio::test]
#[ignore = "needs ActiveMQ and Java: run tests/run"]
async fn expired_messages_are_not_delivered() -> Result<()> {
    let (_broker, connection) = broker().await?;
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

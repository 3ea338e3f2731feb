//! Masters and slaves on one database, and a database that is away for a while.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use relaismq::Connection;
use relaismq_examples::demo::databases::{DatabaseServer, Make};
use relaismq_tests::ports;
use relaismq_tests::proxy::{Direction, Proxy};
use relaismq_tests::relais::Relais;
use relaismq_tests::server::Server;

/// Longest wait for what should take a moment.
const SOON: Duration = Duration::from_secs(30);
/// A slave looks five times a second.
const AT_ONCE: Duration = Duration::from_secs(3);
/// The lease is 10 s; a slave asks twice a second.
const TAKEOVER: Duration = Duration::from_secs(12);

async fn connect(broker: &Server) -> Result<Connection> {
    let builder = Connection::builder(&broker.url()?).send_timeout(SOON).request_timeout(SOON);
    Ok(builder.connect().await?)
}

/// Receives exactly these texts, in this order.
async fn receives(connection: &Connection, texts: &[&str]) -> Result<()> {
    let mut consumer = connection.consumer("q").build().await?;
    for text in texts {
        let delivery = consumer.receive_timeout(SOON).await?;
        let delivery = delivery.with_context(|| format!("\"{text}\" is missing"))?;
        ensure!(delivery.text()? == *text, "{:?} instead of {text}", delivery.text());
        delivery.ack().await?;
    }
    let more = consumer.receive_timeout(Duration::from_millis(300)).await?;
    ensure!(more.is_none(), "one more than there should be");
    Ok(consumer.close().await?)
}

/// ActiveMQ's own lease lets the deposed master store and confirm one more message, under an id that the
/// new master then fails with.
async fn a_master_that_stood_still_past_its_lease_confirms_nothing(make: Make) -> Result<()> {
    let database = DatabaseServer::start(make).await?;
    let broker = Relais::new().store(&format!("sql:{}", database.url()));
    let mut first = broker.clone().name("first").port(ports::free()?).start().await?;
    let mut second = broker.name("second").port(ports::free()?).start().await?;
    ensure!(first.is_ready() && !second.is_ready(), "not a master and a slave");
    let deposed = connect(&first).await?;
    let producer = deposed.producer("q").build().await?;
    producer.send("before").await?;

    first.pause()?;
    // It waits in the socket of the one that stands still.
    let late = tokio::spawn(async move { producer.send("late").await });
    second.until_ready(TAKEOVER).await?;
    let connection = connect(&second).await?;
    let successor = connection.producer("q").build().await?;
    successor.send("after").await?;

    first.resume()?;
    first.until_waiting(SOON).await?;
    ensure!(late.await?.is_err(), "a deposed master has confirmed a message");
    successor.send("again").await?;
    receives(&connection, &["before", "after", "again"]).await?;

    second.kill().await?;
    serves_again(&mut first).await
}

/// A deposed master is the next one, and begins with what the other has left: nothing.
async fn serves_again(broker: &mut Server) -> Result<()> {
    broker.until_ready(TAKEOVER).await?;
    let connection = connect(broker).await?;
    receives(&connection, &[]).await?;
    connection.producer("q").build().await?.send("at last").await?;
    receives(&connection, &["at last"]).await
}

/// Who stands still has a transaction open, and in it the row that the lease is in: the slave could not even
/// ask for it. Stopped again and again while it writes, it is caught in the midst of one.
async fn a_master_that_stands_still_in_a_transaction_is_followed(make: Make) -> Result<()> {
    let database = DatabaseServer::start(make).await?;
    let broker = Relais::new().store(&format!("sql:{}", database.url()));
    let (one, other) = (ports::free()?, ports::free()?);
    let mut first = broker.clone().name("first").port(one).start().await?;
    let mut second = broker.name("second").port(other).start().await?;
    let uri = format!("failover:(tcp://127.0.0.1:{one},tcp://127.0.0.1:{other})");
    let builder = Connection::builder(&uri).send_timeout(SOON).request_timeout(SOON);
    let connection = builder.connect().await?;
    let producer = connection.producer("q").build().await?;
    let sending = tokio::spawn(async move { while producer.send("on and on").await.is_ok() {} });
    for _ in 0..3 {
        first.pause()?;
        second.until_ready(TAKEOVER).await?;
        first.resume()?;
        first.until_waiting(SOON).await?;
        std::mem::swap(&mut first, &mut second);
    }
    sending.abort();
    Ok(())
}

/// ActiveMQ's other locker, its default: the row is locked for as long as the master lives, also while nothing
/// happens in that transaction.
async fn a_locked_row_is_kept_while_nothing_happens(make: Make) -> Result<()> {
    let database = DatabaseServer::start(make).await?;
    let broker = Relais::new().store(&format!("sql:{}", database.url()));
    let broker = broker.argument("--database-lock").argument("row");
    let mut first = broker.clone().name("first").port(ports::free()?).start().await?;
    let mut second = broker.name("second").port(ports::free()?).start().await?;
    let idle = Duration::from_secs(8);
    ensure!(second.until_ready(idle).await.is_err(), "two masters");
    connect(&first).await?.producer("q").build().await?.send("still here").await?;
    first.kill().await?;
    second.until_ready(AT_ONCE).await?;
    receives(&connect(&second).await?, &["still here"]).await
}

/// It stands still in the middle of a transaction, whose locks would keep its follower out.
async fn a_master_that_stood_still_while_it_wrote_is_followed(make: Make) -> Result<()> {
    let database = DatabaseServer::start(make).await?;
    let broker = Relais::new().store(&format!("sql:{}", database.url()));
    let broker = broker.argument("--lock-acquire-interval").argument("2000");
    let mut master = broker.clone().name("first").port(ports::free()?).start().await?;
    let mut slave = broker.name("second").port(ports::free()?).start().await?;
    // Whether it is within a transaction is left to chance, which is mostly so.
    for _ in 0..4 {
        ensure!(master.is_ready() && !slave.is_ready(), "not a master and a slave");
        let connection = connect(&master).await?;
        let mut senders = Vec::new();
        for _ in 0..8 {
            let producer = connection.producer("q").build().await?;
            senders.push(tokio::spawn(async move { while producer.send("x").await.is_ok() {} }));
        }
        connection.producer("q").build().await?.send("they are at it").await?;
        master.pause()?;
        slave.until_ready(TAKEOVER).await?;
        master.resume()?;
        master.until_waiting(SOON).await?;
        for sender in senders {
            sender.await?;
        }
        std::mem::swap(&mut master, &mut slave);
    }
    Ok(())
}

/// Its lease has ten seconds left, and nobody waits for them.
async fn a_master_that_was_killed_is_followed_at_once(make: Make) -> Result<()> {
    let database = DatabaseServer::start(make).await?;
    let broker = Relais::new().store(&format!("sql:{}", database.url()));
    let mut master = broker.clone().name("0").port(ports::free()?).start().await?;
    for round in 1..=3 {
        let mut slave =
            broker.clone().name(&round.to_string()).port(ports::free()?).start().await?;
        ensure!(master.is_ready() && !slave.is_ready(), "not a master and a slave");
        let text = format!("round {round}");
        connect(&master).await?.producer("q").build().await?.send(text.as_str()).await?;
        master.kill().await?;
        slave.until_ready(AT_ONCE).await?;
        receives(&connect(&slave).await?, &[&text]).await?;
        master = slave;
    }
    Ok(())
}

/// Master and slave both find the database gone, and come back in any order.
async fn a_restart_of_the_database_leaves_one_master(make: Make) -> Result<()> {
    let mut database = DatabaseServer::start(make).await?;
    let broker = Relais::new().store(&format!("sql:{}", database.url()));
    let (one, other) = (ports::free()?, ports::free()?);
    let first = broker.clone().name("first").port(one).start().await?;
    let second = broker.name("second").port(other).start().await?;
    ensure!(first.is_ready() && !second.is_ready(), "not a master and a slave");
    let uri = format!("failover:(tcp://127.0.0.1:{one},tcp://127.0.0.1:{other})");
    let builder = Connection::builder(&uri).send_timeout(SOON).request_timeout(SOON);
    let connection = builder.connect().await?;
    let producer = connection.producer("q").build().await?;
    producer.send("before").await?;
    database.stop().await?;
    let (during, started) = tokio::join!(producer.send("during"), database.start_again());
    started?;
    during?;
    producer.send("after").await?;
    receives(&connection, &["before", "during", "after"]).await
}

/// The connection is cut at one point of a commit after the other: what was done is found, and nothing is
/// done twice.
async fn a_commit_whose_answer_was_lost_is_found(make: Make) -> Result<()> {
    let database = DatabaseServer::start(make).await?;
    let proxy = Proxy::start(&format!("127.0.0.1:{}", database.port())).await?;
    let broker =
        Relais::new().store(&format!("sql:{}", database.url_by(proxy.port()))).start().await?;
    let connection = connect(&broker).await?;
    let producer = connection.producer("q").build().await?;
    let texts: Vec<String> = (0..12).map(|round| format!("message {round}")).collect();
    for (round, text) in (0..).zip(&texts) {
        proxy.cut_after(Direction::Upstream, 1 + 60 * round);
        producer.send(text.as_str()).await.with_context(|| text.clone())?;
    }
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    receives(&connection, &texts).await
}

async fn a_restart_of_the_database_is_waited_for(make: Make) -> Result<()> {
    let mut database = DatabaseServer::start(make).await?;
    let broker = Relais::new().store(&format!("sql:{}", database.url())).start().await?;
    let connection = connect(&broker).await?;
    let producer = connection.producer("q").build().await?;
    producer.send("before").await?;
    database.stop().await?;
    let during = producer.send("during");
    let (during, started) = tokio::join!(during, database.start_again());
    started?;
    during?;
    receives(&connection, &["before", "during"]).await
}

/// On each database.
macro_rules! on_each {
    ($($scenario:ident),* $(,)?) => {
        on_each!(@ postgresql, PostgreSql, [$($scenario),*]);
        on_each!(@ mariadb, MariaDb, [$($scenario),*]);
    };
    (@ $module:ident, $make:ident, [$($scenario:ident),*]) => {
        mod $module { $(
            #[tokio::test(flavor = "multi_thread")]
            #[ignore = "needs PostgreSQL and MariaDB: run tests/run"]
            async fn $scenario() -> anyhow::Result<()> {
                super::$scenario(relaismq_examples::demo::databases::Make::$make).await
            }
        )* }
    };
}

on_each!(
    a_master_that_stood_still_past_its_lease_confirms_nothing,
    a_master_that_stood_still_while_it_wrote_is_followed,
    a_master_that_was_killed_is_followed_at_once,
    a_master_that_stands_still_in_a_transaction_is_followed,
    a_locked_row_is_kept_while_nothing_happens,
    a_commit_whose_answer_was_lost_is_found,
    a_restart_of_the_database_is_waited_for,
    a_restart_of_the_database_leaves_one_master,
);

//! Brokers that find each other through ZooKeeper, and what becomes of them when it fails or lies.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use relaismq::{Connection, Producer};
use relaismq_examples::demo::zookeeper::ZooKeeperServers;
use relaismq_tests::{group::Group, proxy::Proxy};

use crate::harness::{PATH, SOON};

/// Brokers, each with a link of its own to a server of ZooKeeper.
struct Brokers {
    servers: ZooKeeperServers,
    links: Vec<Proxy>,
    group: Group,
}

impl Brokers {
    async fn start(weights: &[u32]) -> Result<Self> {
        let servers = ZooKeeperServers::start(1).await?;
        let mut links = Vec::new();
        for _ in weights {
            links.push(Proxy::start(&servers.address()).await?);
        }
        let addresses: Vec<_> = links.iter().map(|link| link.url().replace("tcp://", "")).collect();
        let mut group = Group::with_zookeeper(&addresses, weights)?;
        group.begin_all().await?;
        group.until("all are there", |it| it["quorum"]["present"] == weights.len()).await?;
        Ok(Self { servers, links, group })
    }

    /// A client that may wait.
    async fn connect(&self) -> Result<Connection> {
        let url = self.group.url("?maxReconnectDelay=100");
        Ok(Connection::builder(url).send_timeout(SOON).request_timeout(SOON).connect().await?)
    }

    /// The same one serves all along, and confirms.
    async fn nothing_stops(&mut self, producer: &Producer, time: Duration) -> Result<()> {
        let master = self.group.master().await?;
        let half = time / 2;
        for word in ["early", "late"] {
            self.group.nobody_else_serves(master, half).await?;
            producer.send(word).await?;
        }
        Ok(())
    }

    async fn end(mut self, connection: Connection) -> Result<()> {
        connection.close().await;
        self.group.stop_all().await
    }
}

/// Everything that was confirmed, in order.
async fn has(connection: &Connection, expected: &[&str]) -> Result<()> {
    let mut consumer = connection.consumer("q").build().await?;
    for text in expected {
        let delivery = consumer.receive_timeout(SOON).await?.context("nothing comes")?;
        ensure!(delivery.text()? == *text, "{:?} instead of {text}", delivery.text());
        delivery.ack().await?;
    }
    consumer.close().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs ZooKeeper: run tests/run"]
async fn a_stale_broker_that_is_preferred_by_weight_never_wins() -> Result<()> {
    let mut brokers = Brokers::start(&[1, 1, 9]).await?;
    let connection = brokers.connect().await?;
    let producer = connection.producer("q").build().await?;
    producer.send("of all").await?;
    let group = &mut brokers.group;
    group.kill(2).await?;
    group.master().await?;
    producer.send("of two").await?;
    // It has missed that, and meets only one that has not.
    for n in [0, 1] {
        group.kill(n).await?;
    }
    group.begin(2).await?;
    group.begin(0).await?;
    let master = group.master().await?;
    ensure!(master == 0, "the broker that lacks something is the master");
    producer.send("of the right one").await?;
    group.begin(1).await?;
    has(&connection, &["of all", "of two", "of the right one"]).await?;
    brokers.end(connection).await
}

/// Of brokers that have the same it is the preferred one that takes over.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs ZooKeeper: run tests/run"]
async fn of_brokers_that_have_the_same_the_one_with_the_larger_weight_takes_over() -> Result<()> {
    let mut brokers = Brokers::start(&[5, 1, 1]).await?;
    let connection = brokers.connect().await?;
    let group = &mut brokers.group;
    let mut master = group.master().await?;
    if master == 0 {
        // A master is not replaced because of weights; so another one has to be it first.
        group.kill(0).await?;
        master = group.master().await?;
        group.begin(0).await?;
    }
    let has_caught_up = |it: &serde_json::Value| {
        let peers = it["peers"].as_array();
        it["quorum"]["present"] == 3 && peers.is_some_and(|it| it.iter().all(|it| it["lag"] == 0))
    };
    group.until("all have the same", has_caught_up).await?;
    group.kill(master).await?;
    ensure!(group.master().await? == 0, "the one with the larger weight does not take over");
    brokers.end(connection).await
}

/// Whoever can write there can say anything: that other brokers are the master, in later terms and with larger weights,
/// and that brokers are reached where nobody is.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs ZooKeeper: run tests/run"]
async fn a_wrong_hint_never_removes_a_healthy_master() -> Result<()> {
    let mut brokers = Brokers::start(&[1, 1, 1]).await?;
    let connection = brokers.connect().await?;
    let producer = connection.producer("q").build().await?;
    let znodes: Vec<_> = (0..3).map(|n| format!("get {PATH}/0000000000{n}")).collect();
    let commands: Vec<_> = znodes.iter().map(String::as_str).collect();
    let said = brokers.servers.ask(&commands).await?;
    let found: Vec<_> = said.lines().filter(|it| it.starts_with("{\"id\":")).collect();
    ensure!(found.len() == 3, "{said}");
    let lies: Vec<_> = found.iter().map(|it| lie(it)).collect::<Result<_>>()?;
    let create = lies.iter().map(|lie| format!("create -s {PATH}/0 {lie}"));
    let remove = (0..3).map(|n| format!("delete {PATH}/0000000000{n}"));
    let commands: Vec<_> = create.chain(remove).collect();
    let commands: Vec<_> = commands.iter().map(String::as_str).collect();
    let said = brokers.servers.ask(&commands).await?;
    ensure!(said.matches("Created ").count() == 3, "{said}");
    brokers.nothing_stops(&producer, 4 * SESSION).await?;
    // Links that are made anew find their way, too.
    let master = brokers.group.master().await?;
    brokers.group.kill((master + 1) % 3).await?;
    brokers.group.begin((master + 1) % 3).await?;
    brokers.group.until("all are there", |it| it["quorum"]["present"] == 3).await?;
    has(&connection, &["early", "late"]).await?;
    brokers.end(connection).await
}

/// The same broker, elsewhere, as the master of a later term.
fn lie(znode: &str) -> Result<String> {
    let mut said: serde_json::Value = serde_json::from_str(znode)?;
    said["replication"] = "tcp://127.0.0.1:1".into();
    said["weight"] = 99.into();
    said["term"] = 1_000_000.into();
    said["elected"] = "0000000099".into();
    said["node"] = (said["node"].as_u64().unwrap_or_default() ^ 1).into();
    Ok(said.to_string())
}

/// A minute, as the promise says.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs ZooKeeper: run tests/run"]
async fn zookeeper_that_is_stopped_for_a_minute_stops_nothing_and_the_master_may_die_meanwhile()
-> Result<()> {
    let mut brokers = Brokers::start(&[1, 1, 1]).await?;
    let connection = brokers.connect().await?;
    let producer = connection.producer("q").build().await?;
    brokers.servers.kill_all().await?;
    brokers.nothing_stops(&producer, Duration::from_secs(60)).await?;
    let master = brokers.group.master().await?;
    brokers.group.kill(master).await?;
    producer.send("of the next").await?;
    brokers.servers.start_all().await?;
    brokers.group.begin(master).await?;
    brokers.group.until("all are there", |it| it["quorum"]["present"] == 3).await?;
    has(&connection, &["early", "late", "of the next"]).await?;
    brokers.end(connection).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs ZooKeeper: run tests/run"]
async fn zookeeper_that_is_slow_or_restarted_or_forgets_the_brokers_stops_nothing() -> Result<()> {
    let mut brokers = Brokers::start(&[1, 1, 1]).await?;
    let connection = brokers.connect().await?;
    let producer = connection.producer("q").build().await?;
    // Nothing comes through; the sessions run out.
    brokers.links.iter().for_each(Proxy::stall);
    brokers.nothing_stops(&producer, 4 * SESSION).await?;
    brokers.links.iter().for_each(Proxy::pass);
    brokers.nothing_stops(&producer, SESSION).await?;
    // Restarted.
    brokers.servers.kill_all().await?;
    brokers.servers.start_all().await?;
    brokers.nothing_stops(&producer, 2 * SESSION).await?;
    // Cut off for longer than a session lasts, and back.
    for link in &mut brokers.links {
        link.refuse().await;
        link.cut();
    }
    brokers.nothing_stops(&producer, 3 * SESSION).await?;
    for link in &mut brokers.links {
        link.accept().await?;
    }
    brokers.nothing_stops(&producer, 3 * SESSION).await?;
    has(&connection, &["early", "late"].repeat(5)).await?;
    brokers.end(connection).await
}

/// Of the brokers' sessions.
const SESSION: Duration = Duration::from_secs(1);

//! SIGKILL at random moments, a hundred times, under load; then the ledger is checked.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use relaismq::{Connection, ConsumerBuilder, Topic};
use relaismq_tests::{ports, random::Random, relais::Relais, server::Server};

use crate::load::{DEADLINE, Load, MOVED, QUEUE, SHARED, SOURCE, TOPIC, WHOLE, WHOLES, connect};

/// Kills under the same load, before everything is drained and checked.
const KILLS: u64 = 10;
/// Nothing more comes after so long.
const QUIET: Duration = Duration::from_millis(300);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_doubled_or_torn_by_fifty_kills_of_a_broker_that_is_started_again()
-> Result<()> {
    let folder = tempfile::tempdir()?;
    let broker = Relais::new().port(ports::free()?).directory(folder.path());
    let mut server = broker.start().await?;
    let url = format!("failover:({})?maxReconnectDelay=100", server.url()?);
    for seed in 1..=5 {
        let run = Run::begin(seed, &url).await?;
        let mut random = Random::new(seed);
        for _ in 0..KILLS {
            run.load.more(random.below(80) + 1).await?;
            server.kill().await?;
            server = broker.start().await?;
        }
        run.end().await?;
    }
    server.stop().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_doubled_or_torn_by_fifty_kills_of_masters_with_a_slave() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut pair = Pair::start(folder.path()).await?;
    for seed in 6..=10 {
        let run = Run::begin(seed, &pair.url).await?;
        let mut random = Random::new(seed);
        for _ in 0..KILLS {
            run.load.more(random.below(80) + 1).await?;
            pair.fail_over().await?;
        }
        run.end().await?;
    }
    pair.master.1.stop().await?;
    Ok(())
}

/// Two brokers on one folder that take turns.
struct Pair {
    master: (Relais, Server),
    slave: (Relais, Server),
    url: String,
}

impl Pair {
    async fn start(folder: &Path) -> Result<Self> {
        let ports = [ports::free()?, ports::free()?];
        let [first, second] = ports.map(|port| Relais::new().port(port).directory(folder));
        let [one, other] = ports.map(|port| format!("tcp://127.0.0.1:{port}"));
        let url = format!("failover:({one},{other})?maxReconnectDelay=100");
        let master = first.start().await?;
        let slave = second.start().await?;
        Ok(Self { master: (first, master), slave: (second, slave), url })
    }

    /// Kills the master, and starts it again as a slave when the other one serves.
    async fn fail_over(&mut self) -> Result<()> {
        self.master.1.kill().await?;
        self.slave.1.until_ready(DEADLINE).await?;
        std::mem::swap(&mut self.master, &mut self.slave);
        self.slave.1 = self.slave.0.start().await?;
        ensure!(!self.slave.1.is_ready(), "two brokers serve");
        Ok(())
    }
}

/// A load and what became of it.
pub(crate) struct Run {
    seed: u64,
    url: String,
    pub(crate) load: Arc<Load>,
    tasks: crate::load::Tasks,
}

impl Run {
    pub(crate) async fn begin(seed: u64, url: &str) -> Result<Self> {
        let load = Arc::new(Load::default());
        // The durable subscription exists before anything is published.
        let connection = connect(url, Some("killed")).await?;
        connection.consumer(Topic::new(TOPIC)).durable("all").build().await?.close().await?;
        connection.close().await;
        let tasks = load.start(url).await?;
        Ok(Self { seed, url: url.to_owned(), load, tasks })
    }

    /// A fresh client takes what is left everywhere, then all is compared.
    pub(crate) async fn end(self) -> Result<()> {
        let seed = self.seed;
        self.load.stop(self.tasks).await?;
        let connection = connect(&self.url, Some("killed")).await?;
        for stream in [QUEUE, SHARED, WHOLES, MOVED, SOURCE] {
            drain(&self.load, connection.consumer(stream), stream).await?;
        }
        let topic = connection.consumer(Topic::new(TOPIC)).durable("all");
        drain(&self.load, topic, TOPIC).await?;
        let poisoned = left(&connection, "ActiveMQ.DLQ").await?;
        connection.close().await;
        show(&format!("seed {seed}: {}", self.load.ledger.summary()));
        ensure!(poisoned == 0, "seed {seed}: {poisoned} dead letters");
        let ledger = &self.load.ledger;
        ledger
            .check(WHOLE, &[QUEUE, WHOLES, MOVED, SOURCE, TOPIC], (SOURCE, MOVED))
            .with_context(|| format!("seed {seed}"))
    }
}

/// Takes everything: waits long while something is missing, else only a moment for what should not
/// be there.
async fn drain(load: &Load, consumer: ConsumerBuilder, stream: &str) -> Result<()> {
    let mut consumer = consumer.build().await?;
    loop {
        let complete = load.ledger.missing(stream) == 0;
        let wait = if complete { QUIET } else { DEADLINE / 3 };
        let Some(delivery) = consumer.receive_timeout(wait).await? else { break };
        load.arrived(&delivery);
    }
    Ok(consumer.close().await?)
}

async fn left(connection: &Connection, queue: &str) -> Result<u64> {
    let mut consumer = connection.consumer(queue).build().await?;
    let mut count = 0;
    while consumer.receive_timeout(QUIET).await?.is_some() {
        count += 1;
    }
    consumer.close().await?;
    Ok(count)
}

#[expect(clippy::print_stdout, reason = "shown when the test fails or is asked to speak")]
fn show(text: &str) {
    println!("{text}");
}

//! Three brokers that keep the same messages, as programs: killed, paused, and left without a majority.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use relaismq::Connection;
use relaismq_tests::{ports, random::Random, relais::Relais, server::Server};
use tokio::time::{Instant, timeout};

use crate::{
    kill::Run,
    load::{DEADLINE, connect},
};

const KILLS: u64 = 6;
/// Nobody is the master as long as only one of three is there; it is looked for so long.
const ALONE: Duration = Duration::from_secs(3);

/// Three brokers, of which some run.
struct Trio {
    brokers: Vec<(Relais, Option<Server>)>,
    url: String,
    _folder: tempfile::TempDir,
}

impl Trio {
    async fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let names = ["a", "b", "c"];
        let mut replication = Vec::new();
        for name in names {
            replication.push(format!("{name}=127.0.0.1:{}", ports::free()?));
        }
        let nodes = replication.join(",");
        let (mut brokers, mut urls) = (Vec::new(), Vec::new());
        for name in names {
            let port = ports::free()?;
            urls.push(format!("tcp://127.0.0.1:{port}"));
            let store = format!("replicated:{}", folder.path().join(name).display());
            let broker = Relais::new().name(name).port(port).store(&store);
            let broker =
                broker.argument("--nodes").argument(&nodes).argument("--node").argument(name);
            let broker = broker.environment("RELAISMQ_SECURITY_TOKEN", "only they know");
            brokers.push((broker, None));
        }
        let url = format!("failover:({})?maxReconnectDelay=100", urls.join(","));
        let mut trio = Self { brokers, url, _folder: folder };
        for n in 0..names.len() {
            trio.begin(n).await?;
        }
        Ok(trio)
    }

    async fn begin(&mut self, n: usize) -> Result<()> {
        let (broker, server) = self.brokers.get_mut(n).context("no such broker")?;
        *server = Some(broker.start().await?);
        Ok(())
    }

    /// The one that serves, as soon as there is one.
    async fn master(&mut self) -> Result<usize> {
        let end = Instant::now() + DEADLINE;
        while Instant::now() < end {
            for (n, (_, server)) in self.brokers.iter_mut().enumerate() {
                let Some(server) = server else { continue };
                // Whoever has become a slave again says so first.
                drop(server.until_waiting(MOMENT).await);
                if server.is_ready() || server.until_ready(MOMENT).await.is_ok() {
                    return Ok(n);
                }
            }
        }
        bail!("nobody serves within {DEADLINE:?}")
    }

    fn server(&mut self, n: usize) -> Result<&mut Server> {
        self.brokers.get_mut(n).and_then(|it| it.1.as_mut()).context("no such broker")
    }

    async fn kill(&mut self, n: usize) -> Result<()> {
        self.server(n)?.kill().await?;
        self.brokers.get_mut(n).context("no such broker")?.1 = None;
        Ok(())
    }

    async fn stop_all(&mut self) -> Result<()> {
        for (_, server) in &mut self.brokers {
            if let Some(mut server) = server.take() {
                server.stop().await?;
            }
        }
        Ok(())
    }
}

/// Enough for a line that has been written already.
const MOMENT: Duration = Duration::from_millis(50);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_doubled_or_torn_by_kills_of_the_master() -> Result<()> {
    let mut trio = Trio::start().await?;
    trio.master().await?;
    for seed in 11..=12 {
        let run = Run::begin(seed, &trio.url).await?;
        let mut random = Random::new(seed);
        for _ in 0..KILLS {
            run.load.more(random.below(60) + 1).await?;
            let master = trio.master().await?;
            trio.kill(master).await?;
            trio.master().await?;
            trio.begin(master).await?;
        }
        run.end().await?;
    }
    trio.stop_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_majority_nothing_is_confirmed_and_all_is_there_when_one_returns() -> Result<()> {
    let mut trio = Trio::start().await?;
    let master = trio.master().await?;
    let connection = connect(&trio.url, None).await?;
    let producer = connection.producer("q").build().await?;
    producer.send("before").await?;
    let others: Vec<usize> = (0..3).filter(|&n| n != master).collect();
    for &other in &others {
        trio.kill(other).await?;
    }
    let send = producer.send("meanwhile");
    tokio::pin!(send);
    ensure!(timeout(ALONE, &mut send).await.is_err(), "confirmed by one of three");
    trio.begin(*others.first().context("no other")?).await?;
    send.await.context("the failover transport sends it again")?;
    ensure!(
        texts(&trio.url).await? == ["before", "meanwhile"],
        "not all is there, or not in order"
    );
    connection.close().await;
    trio.stop_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_master_that_stood_still_confirms_nothing_and_becomes_a_slave() -> Result<()> {
    let mut trio = Trio::start().await?;
    let first = trio.master().await?;
    let connection = connect(&trio.url, None).await?;
    let producer = connection.producer("q").build().await?;
    producer.send("before").await?;
    trio.server(first)?.pause()?;
    let send = Arc::new(producer);
    let sending = tokio::spawn(async move { send.send("meanwhile").await });
    let mut second = None;
    for n in (0..3).filter(|&n| n != first) {
        if trio.server(n)?.until_ready(DEADLINE / 4).await.is_ok() {
            second = Some(n);
            break;
        }
    }
    ensure!(second.is_some(), "nobody has taken over");
    trio.server(first)?.resume()?;
    trio.server(first)?.until_waiting(DEADLINE).await?;
    sending.await?.context("the failover transport sends it again")?;
    ensure!(
        texts(&trio.url).await? == ["before", "meanwhile"],
        "not all is there, or not in order"
    );
    connection.close().await;
    trio.stop_all().await
}

/// What is in the queue.
async fn texts(url: &str) -> Result<Vec<String>> {
    let connection: Connection = connect(url, None).await?;
    let mut consumer = connection.consumer("q").build().await?;
    let mut found = Vec::new();
    while let Some(delivery) = consumer.receive_timeout(Duration::from_secs(2)).await? {
        found.push(delivery.text()?.to_string());
        delivery.ack().await?;
    }
    connection.close().await;
    Ok(found)
}

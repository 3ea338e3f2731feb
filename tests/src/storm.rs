//! Java consumers in transactions and Java producers on two brokers with one directory, while the
//! master is killed again and again.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use tokio::io::AsyncWriteExt;

use crate::activemq::Version;
use crate::java::{Java, Tuning};
use crate::make::Make;
use crate::ports;
use crate::process::Process;
use crate::server::Server;

/// What to do.
#[derive(Debug, Clone)]
pub struct Storm {
    /// Whose brokers.
    pub make: Make,
    /// Whose Java client.
    pub client: Version,
    /// How often the master is killed.
    pub kills: usize,
    /// How long a master serves, at least.
    pub every: Duration,
    /// How many producers, each with a connection.
    pub producers: usize,
    /// How many consumers, each with a connection.
    pub consumers: usize,
    /// Messages in each transaction.
    pub transaction: usize,
    /// What the connections' URI carries, such as `jms.prefetchPolicy.all=20`.
    pub options: String,
}

/// What became of the messages.
#[derive(Debug, Clone, Deserialize)]
pub struct Outcome {
    /// Sends that were confirmed.
    pub confirmed: u64,
    /// Commits that succeeded.
    pub commits: u64,
    /// Confirmed, and never consumed.
    pub missing: u64,
    /// Consumed in a commit that failed, and never again.
    pub in_doubt: u64,
    /// Consumed in two commits that succeeded.
    pub committed_twice: u64,
    /// How many messages were delivered so many times.
    pub deliveries: BTreeMap<u32, u64>,
    /// Commits that failed, by what the client said, without numbers.
    pub failed_commits: BTreeMap<String, u64>,
    /// Sends that failed, likewise.
    pub failed_sends: BTreeMap<String, u64>,
    /// Producers and consumers that ended in an error.
    pub broken: Vec<String>,
    /// How many messages are in the dead letter queue, by the reason.
    pub dead_letters: BTreeMap<String, u64>,
}

impl Storm {
    /// Thirty kills of our own master under four producers and four consumers with the Java client
    /// 5.17.2, in transactions of ten.
    #[must_use]
    pub fn new() -> Self {
        Self {
            make: Make::Ours,
            client: Version::Five,
            kills: 30,
            every: Duration::from_secs(3),
            producers: 4,
            consumers: 4,
            transaction: 10,
            options: String::new(),
        }
    }

    /// Runs it. `told` is called after each kill with its number.
    ///
    /// # Errors
    /// When something is missing, a broker does not come up, or the clients stop getting on.
    pub async fn run(&self, directory: &Path, told: impl Fn(usize)) -> Result<Outcome> {
        let mut brokers = Brokers::start(self.make, directory).await?;
        let mut clients = self.start_clients(&brokers.url(&self.options))?;
        for kill in 1..=self.kills {
            watch(&mut clients, self.every).await?;
            brokers.take_over().await?;
            told(kill);
        }
        watch(&mut clients, self.every).await?;
        finish(clients).await
    }

    fn start_clients(&self, url: &str) -> Result<Process> {
        let java = Java::prepare(self.client.into())?;
        let mut command = java.command("relaismq.storm.Storm", Tuning::QuickStart);
        let numbers = [self.producers, self.consumers, self.transaction].map(|it| it.to_string());
        let [producers, consumers, transaction] = &numbers;
        command.args(["--url", url, "--producers", producers, "--consumers", consumers]);
        command.args(["--transaction", transaction]);
        Process::start("Storm", command)
    }
}

impl Default for Storm {
    fn default() -> Self {
        Self::new()
    }
}

/// Lets them work for a while. They must get on: a second line says that they have.
async fn watch(clients: &mut Process, during: Duration) -> Result<()> {
    let begun = now();
    let mut lines = 0;
    while lines < 2 || now() - begun < during {
        clients.line(STALLED).await?;
        lines += 1;
    }
    Ok(())
}

async fn finish(mut clients: Process) -> Result<Outcome> {
    let (mut input, mut lines) = clients.take_pipes()?;
    input.write_all(b"finish\n").await?;
    input.flush().await?;
    let mut last = None;
    let all = async {
        while let Some(line) = lines.recv().await {
            last = Some(line);
        }
    };
    let ended = tokio::time::timeout(FINISHING, all).await;
    ensure!(ended.is_ok(), "{}", clients.failure("did not finish"));
    let last = last.with_context(|| clients.failure("said nothing"))?;
    serde_json::from_str(&last).with_context(|| clients.failure(&format!("said: {last}")))
}

/// A master and a slave, of which the master is killed again and again.
struct Brokers {
    make: Make,
    directory: PathBuf,
    master: (Place, Server),
    slave: (Place, Server),
}

/// What a broker keeps when it is started again.
#[derive(Clone, Copy)]
struct Place {
    name: &'static str,
    port: u16,
}

impl Brokers {
    async fn start(make: Make, directory: &Path) -> Result<Self> {
        let one = Place { name: "one", port: ports::free()? };
        let two = Place { name: "two", port: ports::free()? };
        let master = make.start_sharing(one.name, one.port, directory).await?;
        ensure!(master.is_ready(), "the first broker does not serve");
        let slave = start_slave(make, two, directory).await?;
        let (master, slave) = ((one, master), (two, slave));
        Ok(Self { make, directory: directory.to_owned(), master, slave })
    }

    fn url(&self, options: &str) -> String {
        let (first, second) = (self.master.0.port, self.slave.0.port);
        format!(
            "failover:(tcp://127.0.0.1:{first},tcp://127.0.0.1:{second})\
             ?initialReconnectDelay=10&maxReconnectDelay=100&{options}"
        )
    }

    /// Kills the master, waits for the slave, and starts the dead one as the new slave.
    async fn take_over(&mut self) -> Result<()> {
        self.master.1.kill().await?;
        self.slave.1.until_ready(STALLED).await?;
        let place = self.master.0;
        let fresh = (place, start_slave(self.make, place, &self.directory).await?);
        self.master = std::mem::replace(&mut self.slave, fresh);
        Ok(())
    }
}

async fn start_slave(make: Make, place: Place, directory: &Path) -> Result<Server> {
    let slave = make.start_sharing(place.name, place.port, directory).await?;
    ensure!(!slave.is_ready(), "broker {} serves as well", place.name);
    Ok(slave)
}

impl Outcome {
    /// The largest number of times that a message was delivered.
    #[must_use]
    pub fn most_deliveries(&self) -> u32 {
        self.deliveries.keys().next_back().copied().unwrap_or(0)
    }

    /// All messages in the dead letter queue.
    #[must_use]
    pub fn dead(&self) -> u64 {
        self.dead_letters.values().sum()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "confirmed sends      {}", self.confirmed)?;
        writeln!(f, "commits              {}", self.commits)?;
        writeln!(f, "missing              {}", self.missing)?;
        writeln!(f, "in doubt             {}", self.in_doubt)?;
        writeln!(f, "committed twice      {}", self.committed_twice)?;
        for (times, messages) in &self.deliveries {
            writeln!(f, "delivered {times:>2} times   {messages}")?;
        }
        let texts = [
            ("failed commits", &self.failed_commits),
            ("failed sends", &self.failed_sends),
            ("dead letters", &self.dead_letters),
        ];
        for (name, found) in texts {
            writeln!(f, "{name:<20} {}", found.values().sum::<u64>())?;
            for (text, count) in found {
                writeln!(f, "  {count:>5} {text}")?;
            }
        }
        self.broken.iter().try_for_each(|thread| writeln!(f, "ended early: {thread}"))
    }
}

#[expect(clippy::disallowed_methods, reason = "a storm goes on for real time")]
fn now() -> Instant {
    Instant::now()
}

/// Longest time without a commit.
const STALLED: Duration = Duration::from_secs(60);
/// Longest time from the last kill to the end.
const FINISHING: Duration = Duration::from_secs(180);

//! What attacks cost: an honest producer and its consumer beside each, with and without it by turns in
//! one run.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use relaismq::{Connection, Message};
use tokio::process::Command;

use crate::attack::Attack;
use crate::process::Process;
use crate::relais::Relais;
use crate::server::Server;

/// How long to attack, and how.
#[derive(Debug, Clone, Copy)]
pub struct Siege {
    /// All turns of one attack together.
    pub during: Duration,
    /// One turn, quiet or attacked.
    pub turn: Duration,
}

/// What one attack has cost.
#[derive(Debug, Clone)]
pub struct Cost {
    /// Which.
    pub attack: Attack,
    /// The broker's largest resident memory in MiB.
    pub memory: u64,
    /// Messages of the honest pair in a second without the attack, the median turn.
    pub quiet: f64,
    /// The same with it.
    pub attacked: f64,
    /// Cores that the broker used in the attacked turns.
    pub broker_cores: f64,
    /// Cores that the attackers used.
    pub attacker_cores: f64,
}

impl Siege {
    /// One attack on a broker of its own. The attackers are a process of their own, too: `attackers`
    /// makes the command for a broker at this address.
    ///
    /// # Errors
    /// When the broker fails, the honest pair gets an error, or the attackers give up.
    pub async fn run(
        self,
        attack: Attack,
        attackers: impl Fn(&str) -> Result<Command>,
    ) -> Result<Cost> {
        let folder = tempfile::tempdir()?;
        let mut server = Relais::new().directory(folder.path()).log("error").start().await?;
        let url = server.url()?;
        let done = Arc::new(AtomicU64::new(0));
        let measured = async {
            let (mut quiet, mut attacked) = (Vec::new(), Vec::new());
            // Connections and files are warm after this.
            turn(&mut server, None, &done, self.turn / 2).await?;
            let end = now() + self.during;
            while now() < end {
                quiet.push(turn(&mut server, None, &done, self.turn).await?);
                let command = attackers(&url)?;
                let mut enemy = Process::start("the attackers", command)?;
                let found = turn(&mut server, Some(&mut enemy), &done, self.turn).await;
                enemy.kill().await?;
                attacked.push(found?);
            }
            let memory = server.process().largest_memory()?;
            let median = |turns: &[Turn], of: fn(&Turn) -> f64| median(turns.iter().map(of));
            Ok::<_, anyhow::Error>(Cost {
                attack,
                memory,
                quiet: median(&quiet, |it| it.rate),
                attacked: median(&attacked, |it| it.rate),
                broker_cores: median(&attacked, |it| it.broker),
                attacker_cores: median(&attacked, |it| it.attackers),
            })
        };
        let cost = tokio::select! {
            cost = measured => cost?,
            ended = honest(&url, &done) => {
                ended.with_context(|| format!("an honest client under attack: {attack}"))?;
                bail!("the honest pair ended by itself");
            }
        };
        ensure!(server.stop().await?.success());
        Ok(cost)
    }
}

/// What was measured in one turn.
#[derive(Debug, Clone, Copy)]
struct Turn {
    rate: f64,
    broker: f64,
    attackers: f64,
}

/// Lets the honest pair work for a while.
async fn turn(
    server: &mut Server,
    mut enemy: Option<&mut Process>,
    done: &AtomicU64,
    during: Duration,
) -> Result<Turn> {
    let begun = now();
    let broker = server.process().processor_time()?;
    let before = done.load(Ordering::Relaxed);
    match &mut enemy {
        // Whoever attacks goes on until it is killed.
        Some(enemy) => {
            if let Ok(status) = enemy.wait(during).await {
                return Err(enemy.failure(&format!("ended with {status}")));
            }
        }
        None => tokio::time::sleep_until((begun + during).into()).await,
    }
    let count = done.load(Ordering::Relaxed) - before;
    let seconds = begun.elapsed().as_secs_f64();
    let broker = server.process().processor_time()? - broker;
    let attackers = enemy.map_or(Ok(Duration::ZERO), |enemy| enemy.processor_time())?;
    Ok(Turn {
        rate: count as f64 / seconds,
        broker: broker.as_secs_f64() / seconds,
        attackers: attackers.as_secs_f64() / seconds,
    })
}

/// A producer that waits for each confirmation, and the consumer of what it sends.
async fn honest(url: &str, done: &AtomicU64) -> Result<()> {
    let (ours, theirs) = tokio::try_join!(connect(url), connect(url))?;
    let producer = ours.producer("honest").build().await?;
    let mut consumer = theirs.consumer("honest").build().await?;
    let body = bytes::Bytes::from(vec![b'x'; 1024]);
    let producing = async {
        loop {
            producer.send(Message::bytes(body.clone())).await?;
        }
    };
    let consuming = async {
        loop {
            let message = consumer.receive_timeout(PATIENCE).await?;
            message.with_context(|| format!("no message in {PATIENCE:?}"))?;
            done.fetch_add(1, Ordering::Relaxed);
        }
    };
    tokio::select! {
        ended = producing => ended,
        ended = consuming => ended,
    }
}

async fn connect(url: &str) -> Result<Connection> {
    let builder = Connection::builder(url).send_timeout(PATIENCE).request_timeout(PATIENCE);
    Ok(builder.connect().await?)
}

/// Longest wait of an honest client.
const PATIENCE: Duration = Duration::from_secs(60);

fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}

#[expect(clippy::disallowed_methods, reason = "this program measures")]
fn now() -> Instant {
    Instant::now()
}

impl Cost {
    /// The first lines of a table of these.
    pub const HEADINGS: &str = "\
| attack | memory of the broker | honest pair, quiet | attacked | ratio | cores of the broker | of the attackers |
|---|---|---|---|---|---|---|
";
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { attack, memory, quiet, attacked, broker_cores, attacker_cores } = self;
        let ratio = attacked / quiet;
        writeln!(
            f,
            "| {attack} | {memory} MiB | {quiet:.0}/s | {attacked:.0}/s | {ratio:.2} | {broker_cores:.2} | \
             {attacker_cores:.2} |"
        )
    }
}

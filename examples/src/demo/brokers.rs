//! Brokers that are each other's stand-ins: two that share a store, or three that replicate.

use std::{ffi::OsString, path::Path, process::ExitCode, time::Duration};

use anyhow::Context;
use futures::future::select_all;
use tokio::process::Command;

use super::{
    activemq,
    child::ServerProcess,
    ports::ReservedPort,
    stores::{Place, StoreChoice},
};

/// Which brokers to kill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Against {
    /// RelaisMQ's own.
    Relaismq,
    /// Two real ActiveMQ brokers that share a KahaDB folder or a database.
    Activemq,
}

/// First argument that turns the demonstration into a broker.
pub const SERVE: &str = "serve-broker";

/// How long a broker may take to start or to take over.
const PATIENCE: Duration = Duration::from_secs(60);

/// A master, its stand-ins, and what they share.
#[derive(Debug)]
pub struct Brokers {
    kind: Kind,
    place: Place,
    places: Vec<Member>,
    master: usize,
    /// Was killed last.
    killed: usize,
}

#[derive(Debug)]
struct Member {
    port: ReservedPort,
    running: Option<ServerProcess>,
}

#[derive(Debug)]
enum Kind {
    Relaismq,
    Activemq(activemq::Peers),
}

impl Brokers {
    /// Brokers to be, with their data below `folder` or on servers, which are started now.
    ///
    /// # Errors
    /// When something that they need is missing.
    pub async fn new(against: Against, store: &StoreChoice, folder: &Path) -> anyhow::Result<Self> {
        let kind = match against {
            Against::Activemq => Kind::Activemq(activemq::Peers::new(folder)?),
            Against::Relaismq => Kind::Relaismq,
        };
        let place = Place::make(store, folder).await?;
        let member = |_| Ok(Member { port: ReservedPort::take()?, running: None });
        let places = (0..place.brokers()).map(member).collect::<anyhow::Result<_>>()?;
        Ok(Self { kind, place, places, master: 0, killed: 0 })
    }

    /// Starts a master, then its stand-ins.
    ///
    /// # Errors
    /// When a broker cannot be started or does not serve in time.
    pub async fn start(&mut self) -> anyhow::Result<()> {
        if let Kind::Activemq(peers) = &self.kind {
            peers.compile().await?;
        }
        if self.place.is_replicated() {
            for which in 0..self.places.len() {
                self.launch(which)?;
            }
            return self.serves().await;
        }
        self.launch(0)?;
        self.serves().await?;
        self.launch(1)?;
        self.waits(1).await
    }

    /// Kills whatever runs, and waits until it is gone.
    pub async fn end(&mut self) {
        for broker in self.places.iter_mut().filter_map(|it| it.running.take()) {
            // One that has ended by itself is as good.
            drop(broker.kill().await);
        }
    }

    /// The URI for clients. The order is fixed: brokers with a memory store both serve, and all
    /// clients are to meet at the same one. Kills follow on each other faster than the client takes a
    /// new connection for a lasting one, so that its delays would grow from kill to kill: they are
    /// bounded.
    pub fn failover_uri(&self) -> String {
        let address = |it: &Member| format!("tcp://127.0.0.1:{}", it.port.number());
        let all: Vec<_> = self.places.iter().map(address).collect();
        format!("failover:({})?randomize=false&maxReconnectDelay=200", all.join(","))
    }

    /// Starts the broker again that was killed last, as stand-in.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn restart_killed(&mut self) -> anyhow::Result<()> {
        let killed = self.killed;
        self.launch(killed)?;
        self.waits(killed).await
    }

    /// Port of the master, to name it.
    pub fn master_port(&self) -> u16 {
        self.places.get(self.master).map(|it| it.port.number()).unwrap_or_default()
    }

    /// Kills the master with SIGKILL.
    ///
    /// # Errors
    /// When the system refuses.
    pub async fn kill_master(&mut self) -> anyhow::Result<()> {
        let victim = self.places.get_mut(self.master).and_then(|it| it.running.take());
        self.killed = self.master;
        victim.context("no master is running")?.kill().await
    }

    /// Waits until one of those that run serves: it is the master from now on.
    ///
    /// # Errors
    /// When one ends, or none serves in time.
    pub async fn serves(&mut self) -> anyhow::Result<()> {
        let running = self.places.iter_mut().enumerate().filter_map(|(which, it)| {
            let broker = it.running.as_mut()?;
            Some(Box::pin(async move { broker.announces("ready", PATIENCE).await.map(|_| which) }))
        });
        let running: Vec<_> = running.collect();
        anyhow::ensure!(!running.is_empty(), "no broker is running");
        self.master = select_all(running).await.0?;
        Ok(())
    }

    /// Brokers with a memory store share nothing: both serve at once.
    async fn waits(&mut self, which: usize) -> anyhow::Result<()> {
        if self.place.is_memory() {
            return Ok(());
        }
        let broker = self.places.get_mut(which).and_then(|it| it.running.as_mut());
        broker.context("no broker is running")?.announces("waiting", PATIENCE).await.map(drop)
    }

    fn launch(&mut self, which: usize) -> anyhow::Result<()> {
        let member = self.places.get_mut(which).context("there is no such broker")?;
        let port = member.port.number();
        let command = match &self.kind {
            Kind::Relaismq => relaismq(port, &self.place.for_relaismq(which, port))?,
            Kind::Activemq(peers) => peers.command(port, &self.place)?,
        };
        member.running = Some(ServerProcess::start("a broker", command)?);
        Ok(())
    }
}

/// This very program, as a broker.
fn relaismq(port: u16, store: &[String]) -> anyhow::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(SERVE).args(["--listen", &format!("tcp://127.0.0.1:{port}")]);
    command.args(store);
    command.args(["--log", "error", "--no-admin"]);
    Ok(command)
}

/// Runs this process as a broker with these arguments, until its standard input ends: with the
/// demonstration its brokers die, too, however it ends.
#[expect(clippy::exit, reason = "nobody is left to serve")]
pub fn serve(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    std::thread::spawn(|| {
        drop(std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
        std::process::exit(1);
    });
    relaismq_broker::program::main(arguments)
}

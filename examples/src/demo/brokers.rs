//! A pair of brokers that are each other's stand-in.

use std::{ffi::OsString, path::Path, process::ExitCode, time::Duration};

use anyhow::Context;
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

/// A master, a stand-in, and what they share.
#[derive(Debug)]
pub struct Brokers {
    kind: Kind,
    place: Place,
    ports: [ReservedPort; 2],
    running: [Option<ServerProcess>; 2],
    master: usize,
}

#[derive(Debug)]
enum Kind {
    Relaismq,
    Activemq(activemq::Peers),
}

impl Brokers {
    /// Brokers to be, with their data below `folder` or in a database, which is started now.
    ///
    /// # Errors
    /// When something that they need is missing.
    pub async fn new(against: Against, store: &StoreChoice, folder: &Path) -> anyhow::Result<Self> {
        let kind = match against {
            Against::Activemq => Kind::Activemq(activemq::Peers::new(folder)?),
            Against::Relaismq => Kind::Relaismq,
        };
        let place = Place::make(store, folder).await?;
        let ports = [ReservedPort::take()?, ReservedPort::take()?];
        Ok(Self { kind, place, ports, running: [None, None], master: 0 })
    }

    /// Starts a master, then its stand-in.
    ///
    /// # Errors
    /// When a broker cannot be started or does not serve in time.
    pub async fn start(&mut self) -> anyhow::Result<()> {
        if let Kind::Activemq(peers) = &self.kind {
            peers.compile().await?;
        }
        self.launch(0)?;
        self.serves().await?;
        self.launch(1)?;
        self.waits(1).await
    }

    /// Kills whatever runs, and waits until it is gone.
    pub async fn end(&mut self) {
        for broker in self.running.iter_mut().filter_map(Option::take) {
            // One that has ended by itself is as good.
            drop(broker.kill().await);
        }
    }

    /// The URI for clients. The order is fixed: brokers with a memory store both serve, and all
    /// clients are to meet at the same one. Kills follow on each other faster than the client takes a
    /// new connection for a lasting one, so that its delays would grow from kill to kill: they are
    /// bounded.
    pub fn failover_uri(&self) -> String {
        let [a, b] = self.ports.each_ref().map(ReservedPort::number);
        format!(
            "failover:(tcp://127.0.0.1:{a},tcp://127.0.0.1:{b})?randomize=false&maxReconnectDelay=200"
        )
    }

    /// Starts a broker again that was killed, as stand-in.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn restart_other(&mut self) -> anyhow::Result<()> {
        let other = 1 - self.master;
        self.launch(other)?;
        self.waits(other).await
    }

    /// Port of the master, to name it.
    pub fn master_port(&self) -> u16 {
        self.ports.get(self.master).map(ReservedPort::number).unwrap_or_default()
    }

    /// Kills the master with SIGKILL; from now on the other one is.
    ///
    /// # Errors
    /// When the system refuses.
    pub async fn kill_master(&mut self) -> anyhow::Result<()> {
        let victim = self.running.get_mut(self.master).and_then(Option::take);
        victim.context("no master is running")?.kill().await?;
        self.master = 1 - self.master;
        Ok(())
    }

    /// Waits until the master serves.
    ///
    /// # Errors
    /// When it ends or does not serve in time.
    pub async fn serves(&mut self) -> anyhow::Result<()> {
        let master = self.running.get_mut(self.master).and_then(Option::as_mut);
        master.context("no master is running")?.announces("ready", PATIENCE).await.map(drop)
    }

    /// Brokers with a memory store share nothing: both serve at once.
    async fn waits(&mut self, which: usize) -> anyhow::Result<()> {
        if self.place.is_memory() {
            return Ok(());
        }
        let broker = self.running.get_mut(which).and_then(Option::as_mut);
        broker.context("no broker is running")?.announces("waiting", PATIENCE).await.map(drop)
    }

    fn launch(&mut self, which: usize) -> anyhow::Result<()> {
        let port = self.ports.get(which).context("there are two brokers")?.number();
        let command = match &self.kind {
            Kind::Relaismq => relaismq(port, &self.place.for_relaismq())?,
            Kind::Activemq(peers) => peers.command(port, &self.place)?,
        };
        let process = ServerProcess::start("a broker", command)?;
        if let Some(place) = self.running.get_mut(which) {
            *place = Some(process);
        }
        Ok(())
    }
}

/// This very program, as a broker.
fn relaismq(port: u16, store: &str) -> anyhow::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(SERVE).args(["--name", &format!("broker-{port}")]);
    command.args(["--listen", &format!("tcp://127.0.0.1:{port}"), "--store", store]);
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

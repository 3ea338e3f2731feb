//! `examples/cluster`: three brokers and three servers of ZooKeeper, as the article has them.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use relaismq::Connection;
use relaismq_examples::demo::ports::ReservedPort;
use relaismq_tests::relais;
use tempfile::TempDir;
use tokio::process::Command;
use tokio::time::timeout;

use crate::harness::SOON;

/// A command of the cluster may start six processes.
const PATIENCE: Duration = Duration::from_secs(180);

/// A cluster of its own, on ports of its own. Dropping it ends it.
pub(crate) struct Cluster {
    folder: TempDir,
    ports: Vec<ReservedPort>,
    pub(crate) printed: String,
}

impl Cluster {
    pub(crate) async fn start() -> Result<Self> {
        let ports = (0..15).map(|_| ReservedPort::take()).collect::<Result<_>>()?;
        let mut cluster = Self { folder: tempfile::tempdir()?, ports, printed: String::new() };
        cluster.printed = cluster.run("start").await?;
        Ok(cluster)
    }

    /// Runs one of its commands to a good end.
    pub(crate) async fn run(&self, command: &str) -> Result<String> {
        let output = timeout(PATIENCE, self.command(command)?.output()).await;
        let output = output.with_context(|| format!("{command} does not end"))??;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{command}: {}\n{said}{errors}", output.status);
        Ok(said)
    }

    fn command(&self, name: &str) -> Result<Command> {
        let mut command = Command::new(commands().join(name));
        command.env("RELAISMQ_BROKER", relais::program()?).env("RELAISMQ_CLUSTER", self.home());
        for (group, variable) in VARIABLES.iter().enumerate() {
            command.env(variable, self.group(group).map(|port| port.to_string()).join(" "));
        }
        command.stdin(Stdio::null()).kill_on_drop(true);
        Ok(command)
    }

    fn group(&self, group: usize) -> [u16; 3] {
        let of = |which: usize| self.ports.get(3 * group + which).map(ReservedPort::number);
        [0, 1, 2].map(|which| of(which).unwrap_or_default())
    }

    pub(crate) fn zookeeper_ports(&self) -> [u16; 3] {
        self.group(0)
    }

    pub(crate) fn broker_ports(&self) -> [u16; 3] {
        self.group(3)
    }

    pub(crate) fn admin_ports(&self) -> [u16; 3] {
        self.group(4)
    }

    pub(crate) fn uri(&self) -> String {
        let all = self.broker_ports().map(|port| format!("tcp://127.0.0.1:{port}"));
        format!("failover:({})", all.join(","))
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("cluster")
    }

    /// The process of a broker or server.
    pub(crate) fn process(&self, name: &str) -> Result<u32> {
        let text = std::fs::read_to_string(self.home().join(name).join("process"))?;
        Ok(text.split_whitespace().next().context("no number")?.parse()?)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // With blocking calls: nobody waits for a future here.
        let stop = self.command("stop").map(|mut it| it.as_std_mut().status());
        drop(stop);
    }
}

/// Three of each.
const VARIABLES: [&str; 5] = [
    "RELAISMQ_ZOOKEEPER_PORTS",
    "RELAISMQ_ZOOKEEPER_PEER_PORTS",
    "RELAISMQ_ZOOKEEPER_ELECTION_PORTS",
    "RELAISMQ_BROKER_PORTS",
    "RELAISMQ_ADMIN_PORTS",
];

fn commands() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/cluster")
}

/// The line of each process in what `status` prints.
fn lines<'a>(printed: &'a str, word: &str) -> Vec<&'a str> {
    printed.lines().filter(|line| line.ends_with(word)).collect()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs ZooKeeper: run tests/run"]
async fn one_command_starts_all_six_and_another_ends_exactly_these() -> Result<()> {
    let cluster = Cluster::start().await?;
    let printed = &cluster.printed;
    ensure!(printed.contains(&cluster.uri()), "{printed}");
    for (word, count) in [("leader", 1), ("follower", 2), ("master", 1), ("slave", 2)] {
        ensure!(lines(printed, word).len() == count, "not {count} {word} in\n{printed}");
    }
    let names =
        ["zookeeper", "broker"].iter().flat_map(|kind| (1..=3).map(move |n| format!("{kind}-{n}")));
    let processes = names.map(|name| cluster.process(&name)).collect::<Result<Vec<_>>>()?;
    let again = cluster.run("start").await.unwrap_err().to_string();
    ensure!(again.contains("runs already"), "{again}");
    // Somebody else's process is not the cluster's, whatever file names it.
    let mut stranger = Command::new("sleep").arg("600").kill_on_drop(true).spawn()?;
    let number = stranger.id().context("it has ended")?;
    std::fs::write(cluster.home().join("broker-1/process"), format!("{number} 1\n"))?;
    cluster.run("stop").await?;
    ensure!(stranger.try_wait()?.is_none(), "stop has ended a process of somebody else");
    let lasting = |process: &&u32| Path::new(&format!("/proc/{process}")).exists();
    let left: Vec<_> = processes.iter().filter(lasting).collect();
    ensure!(left.len() == 1, "{left:?} of {processes:?} are left");
    nix::sys::signal::kill(
        nix::unistd::Pid::from_raw(i32::try_from(*left.first().context("none")?.to_owned())?),
        nix::sys::signal::Signal::SIGTERM,
    )?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs ZooKeeper: run tests/run"]
async fn clients_of_the_cluster_survive_the_death_of_its_master() -> Result<()> {
    let cluster = Cluster::start().await?;
    let builder = Connection::builder(cluster.uri()).send_timeout(SOON).request_timeout(SOON);
    let connection = builder.connect().await?;
    let producer = connection.producer("q").build().await?;
    producer.send("before").await?;
    let master = lines(&cluster.printed, "master");
    let name = master.first().and_then(|line| line.split_whitespace().next()).context("none")?;
    let process = nix::unistd::Pid::from_raw(i32::try_from(cluster.process(name)?)?);
    nix::sys::signal::kill(process, nix::sys::signal::Signal::SIGKILL)?;
    producer.send("after").await?;
    let mut consumer = connection.consumer("q").build().await?;
    for text in ["before", "after"] {
        let delivery = consumer.receive_timeout(SOON).await?.context("nothing arrives")?;
        ensure!(delivery.text()? == text, "{:?} instead of {text}", delivery.text());
        delivery.ack().await?;
    }
    connection.close().await;
    Ok(())
}

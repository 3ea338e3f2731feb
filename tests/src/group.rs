//! Our own brokers that replicate, each on a folder of its own, as programs.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::ports;
use crate::relais::Relais;
use crate::server::Server;

/// Brokers `a`, `b`, `c` and so on, of which some run. Dropping it kills them.
#[derive(Debug)]
pub struct Group {
    members: Vec<Member>,
    /// Names of brokers and where they serve each other, of those that do not find each other.
    nodes: Vec<String>,
    /// How many of these are told of each other.
    known: usize,
    folder: TempDir,
}

#[derive(Debug)]
struct Member {
    how: Relais,
    /// For clients, and for people.
    ports: [u16; 2],
    running: Option<Server>,
}

impl Group {
    /// So many that know each other, and run.
    ///
    /// # Errors
    /// When one does not come up.
    pub async fn start(count: usize) -> Result<Self> {
        let mut group = Self::of(count)?;
        group.begin_all().await?;
        Ok(group)
    }

    /// So many that know each other; none runs yet.
    ///
    /// # Errors
    /// When no ports are free.
    pub fn of(count: usize) -> Result<Self> {
        let mut group = Self::empty()?;
        for n in 0..count {
            group.nodes.push(format!("{}=127.0.0.1:{}", name(n), ports::free()?));
            group.add(Relais::name)?;
        }
        group.known = count;
        Ok(group)
    }

    /// Whoever is started from now on is told of so many.
    pub const fn knows(&mut self, count: usize) {
        self.known = count;
    }

    /// So many that find each other through ZooKeeper, each at an address of its own, such as a proxy's; with
    /// weights. None runs yet.
    ///
    /// # Errors
    /// When no ports are free.
    pub fn with_zookeeper(addresses: &[String], weights: &[u32]) -> Result<Self> {
        let mut group = Self::empty()?;
        for (address, weight) in addresses.iter().zip(weights) {
            let (weight, replicas) = (weight.to_string(), addresses.len().to_string());
            group.add(|how, _| {
                let arguments = [
                    ["--bind", "tcp://127.0.0.1:0"],
                    ["--hostname", "127.0.0.1"],
                    ["--zk-address", address],
                    ["--zk-path", "/activemq/leveldb-stores"],
                    ["--zk-session-timeout", "1000"],
                    ["--weight", &weight],
                    ["--replicas", &replicas],
                ];
                arguments.concat().into_iter().fold(how.name("group"), Relais::argument)
            })?;
        }
        Ok(group)
    }

    fn empty() -> Result<Self> {
        let (members, nodes, folder) = (Vec::new(), Vec::new(), tempfile::tempdir()?);
        Ok(Self { members, nodes, known: 0, folder })
    }

    fn add(&mut self, with: impl FnOnce(Relais, &str) -> Relais) -> Result<()> {
        let (n, ports) = (self.members.len(), [ports::free()?, ports::free()?]);
        let store = format!("replicated:{}", self.folder(n).display());
        let how = Relais::new().port(ports[0]).store(&store).log("info,openraft=error");
        let how = with(how, &name(n)).environment("RELAISMQ_SECURITY_TOKEN", "only they know");
        let admin = format!("127.0.0.1:{}", ports[1]);
        let how = how.argument("--admin").argument(&admin);
        self.members.push(Member { how, ports, running: None });
        Ok(())
    }

    /// How many there are, running or not.
    #[must_use]
    pub fn count(&self) -> usize {
        self.members.len()
    }

    /// Where a broker has its files.
    #[must_use]
    pub fn folder(&self, n: usize) -> PathBuf {
        self.folder.path().join(name(n))
    }

    /// For clients, of all brokers, with these options, such as `?randomize=false`.
    #[must_use]
    pub fn url(&self, options: &str) -> String {
        let all: Vec<_> =
            self.members.iter().map(|it| format!("tcp://127.0.0.1:{}", it.ports[0])).collect();
        format!("failover:({}){options}", all.join(","))
    }

    /// Changes how a broker is started from now on.
    ///
    /// # Errors
    /// When there is none with this number.
    pub fn change(&mut self, n: usize, with: impl FnOnce(Relais) -> Relais) -> Result<()> {
        let member = self.member(n)?;
        member.how = with(member.how.clone());
        Ok(())
    }

    /// Starts one, and waits until it says that it serves or waits.
    ///
    /// # Errors
    /// When it does not.
    pub async fn begin(&mut self, n: usize) -> Result<()> {
        let nodes = self.nodes.get(..self.known).unwrap_or_default().join(",");
        let member = self.member(n)?;
        let how = match nodes.is_empty() {
            true => member.how.clone(),
            false => {
                let how = member.how.clone().argument("--nodes").argument(&nodes);
                how.argument("--node").argument(&name(n))
            }
        };
        member.running = Some(how.start().await?);
        Ok(())
    }

    /// Starts those that do not run.
    ///
    /// # Errors
    /// When one does not come up.
    pub async fn begin_all(&mut self) -> Result<()> {
        for n in 0..self.count() {
            if self.member(n)?.running.is_none() {
                self.begin(n).await?;
            }
        }
        Ok(())
    }

    /// The one that serves, as soon as there is one.
    ///
    /// # Errors
    /// When there is none for a minute.
    pub async fn master(&mut self) -> Result<usize> {
        let end = Instant::now() + DEADLINE;
        while Instant::now() < end {
            for (n, member) in self.members.iter_mut().enumerate() {
                let Some(server) = &mut member.running else { continue };
                // Whoever has become a slave again says so first.
                drop(server.until_waiting(MOMENT).await);
                if server.is_ready() || server.until_ready(MOMENT).await.is_ok() {
                    return Ok(n);
                }
            }
        }
        bail!("nobody serves within {DEADLINE:?}")
    }

    /// The same one serves all along, for so long.
    ///
    /// # Errors
    /// When it ceases to, or another one serves.
    pub async fn nobody_else_serves(&mut self, master: usize, time: Duration) -> Result<()> {
        let end = Instant::now() + time;
        while Instant::now() < end {
            for (n, member) in self.members.iter_mut().enumerate() {
                let Some(server) = &mut member.running else { continue };
                let (changed, what) = match n == master {
                    true => (server.until_waiting(MOMENT).await.is_ok(), "serves no more"),
                    false => (server.until_ready(MOMENT).await.is_ok(), "serves, too"),
                };
                ensure!(!changed, "broker {} {what}", name(n));
            }
        }
        Ok(())
    }

    /// Its process.
    ///
    /// # Errors
    /// When it does not run.
    pub fn server(&mut self, n: usize) -> Result<&mut Server> {
        self.member(n)?.running.as_mut().with_context(|| format!("broker {} does not run", name(n)))
    }

    /// With SIGKILL.
    ///
    /// # Errors
    /// When it does not run.
    pub async fn kill(&mut self, n: usize) -> Result<()> {
        self.server(n)?.kill().await?;
        self.member(n)?.running = None;
        Ok(())
    }

    /// In order.
    ///
    /// # Errors
    /// When it does not run, or does not end.
    pub async fn stop(&mut self, n: usize) -> Result<()> {
        self.server(n)?.stop().await?;
        self.member(n)?.running = None;
        Ok(())
    }

    /// All that run, in order.
    ///
    /// # Errors
    /// When one does not end.
    pub async fn stop_all(&mut self) -> Result<()> {
        for n in 0..self.count() {
            if self.member(n)?.running.is_some() {
                self.stop(n).await?;
            }
        }
        Ok(())
    }

    /// What it says of itself and the others, as its admin page is told.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn about(&mut self, n: usize) -> Result<Value> {
        let port = self.member(n)?.ports[1];
        let mut socket = TcpStream::connect(("127.0.0.1", port)).await?;
        let request = "GET /api/v1/node HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        socket.write_all(request.as_bytes()).await?;
        let mut said = String::new();
        let read = socket.read_to_string(&mut said);
        timeout(DEADLINE, read).await.context("no end of the answer")??;
        let (_, body) = said.split_once("\r\n\r\n").context("no body")?;
        Ok(serde_json::from_str(body)?)
    }

    /// Waits until the master says this of itself and the others; returns it.
    ///
    /// # Errors
    /// When it does not within a minute.
    pub async fn until(
        &mut self,
        what: &str,
        is_it: impl Fn(&Value) -> bool,
    ) -> Result<(usize, Value)> {
        let end = Instant::now() + DEADLINE;
        loop {
            let master = self.master().await?;
            let said = self.about(master).await?;
            if is_it(&said) {
                return Ok((master, said));
            }
            ensure!(Instant::now() < end, "{what}: not within {DEADLINE:?}: {said}");
        }
    }

    fn member(&mut self, n: usize) -> Result<&mut Member> {
        self.members.get_mut(n).with_context(|| format!("there is no broker {}", name(n)))
    }
}

/// `a`, `b` and so on.
fn name(n: usize) -> String {
    ('a'..='z').nth(n).unwrap_or('z').to_string()
}

/// Longest wait for a master.
const DEADLINE: Duration = Duration::from_secs(60);
/// Enough for a line that has been written already.
const MOMENT: Duration = Duration::from_millis(20);

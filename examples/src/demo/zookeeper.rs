//! Private ZooKeeper servers, from Debian's jars: one alone, or an ensemble with the article's zoo.cfg.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    process::Command,
    time::{Instant, interval, timeout},
};

use super::{child::ServerProcess, ports::ReservedPort};

/// Servers of their own on loopback, with their data in a temporary folder. Dropping it ends them, and so
/// does the end of this process.
#[derive(Debug)]
pub struct ZooKeeperServers {
    folder: TempDir,
    members: Vec<Member>,
    class_path: String,
}

#[derive(Debug)]
struct Member {
    client: ReservedPort,
    peer: ReservedPort,
    election: ReservedPort,
    running: Option<ServerProcess>,
}

/// A tick: sessions last two to twenty of them.
const TICK_MILLIS: u64 = 200;
/// Debian's, which names all others that a server needs; and one that writes a log.
const JARS: [&str; 2] = ["/usr/share/java/zookeeper.jar", "/usr/share/java/slf4j-simple.jar"];
const PATIENCE: Duration = Duration::from_secs(60);
const MOMENT: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(50);

impl ZooKeeperServers {
    /// Starts so many: one alone, or three or more that elect a leader; and waits until they serve.
    ///
    /// # Errors
    /// When Debian's packages are missing, or the servers do not come up.
    pub async fn start(count: usize) -> Result<Self> {
        Self::start_with(count, &class_path()?).await
    }

    /// The same with other jars, such as those of another version.
    ///
    /// # Errors
    /// When the servers do not come up.
    pub async fn start_with(count: usize, class_path: &str) -> Result<Self> {
        let members = (0..count).map(|_| Member::take()).collect::<Result<_>>()?;
        let mut servers =
            Self { folder: tempfile::tempdir()?, members, class_path: class_path.to_owned() };
        for which in 0..count {
            servers.write(which)?;
        }
        servers.start_all().await?;
        Ok(servers)
    }

    /// As `zkAddress` takes them.
    #[must_use]
    pub fn address(&self) -> String {
        let all: Vec<_> = self.ports().map(|port| format!("127.0.0.1:{port}")).collect();
        all.join(",")
    }

    /// The ports that clients use.
    pub fn ports(&self) -> impl Iterator<Item = u16> + '_ {
        self.members.iter().map(|it| it.client.number())
    }

    /// The shortest session that they grant.
    #[must_use]
    pub const fn shortest_session() -> Duration {
        Duration::from_millis(2 * TICK_MILLIS)
    }

    /// Starts those that do not run, and waits until all serve.
    ///
    /// # Errors
    /// When they do not come up.
    pub async fn start_all(&mut self) -> Result<()> {
        for which in 0..self.members.len() {
            self.launch(which)?;
        }
        for port in self.ports() {
            serves(port).await?;
        }
        Ok(())
    }

    /// Kills all of them with SIGKILL.
    ///
    /// # Errors
    /// When the system refuses.
    pub async fn kill_all(&mut self) -> Result<()> {
        for which in 0..self.members.len() {
            self.kill(which).await?;
        }
        Ok(())
    }

    /// Kills one with SIGKILL. Harmless if it does not run.
    ///
    /// # Errors
    /// When the system refuses.
    pub async fn kill(&mut self, which: usize) -> Result<()> {
        let member = self.members.get_mut(which).context("there is no such server")?;
        match member.running.take() {
            Some(running) => running.kill().await,
            None => Ok(()),
        }
    }

    /// What `zkCli.sh` says to a command, such as `ls /`, at the first server.
    ///
    /// # Errors
    /// When it cannot be run, or does not end.
    pub async fn ask(&self, commands: &[&str]) -> Result<String> {
        let port = self.ports().next().context("there is no server")?;
        let mut shell = Command::new("java");
        shell.args(["-cp", &self.class_path, "org.apache.zookeeper.ZooKeeperMain"]);
        shell.args(["-server", &format!("127.0.0.1:{port}")]);
        shell.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
        shell.stderr(std::process::Stdio::piped()).kill_on_drop(true);
        let mut child = shell.spawn().context("cannot start java: install Java 17")?;
        let mut input = child.stdin.take().context("no standard input")?;
        input.write_all(format!("{}\nquit\n", commands.join("\n")).as_bytes()).await?;
        drop(input);
        let output =
            timeout(PATIENCE, child.wait_with_output()).await.context("it does not end")?;
        let output = output?;
        let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.push_str(&String::from_utf8_lossy(&output.stderr));
        Ok(text)
    }

    fn data(&self, which: usize) -> PathBuf {
        self.folder.path().join(format!("server-{}", which + 1))
    }

    /// `zoo.cfg` and `myid`, as the article has them.
    fn write(&self, which: usize) -> Result<()> {
        let data = self.data(which);
        std::fs::create_dir_all(&data)?;
        let client = self.members.get(which).context("there is no such server")?.client.number();
        let mut text = format!(
            "tickTime={TICK_MILLIS}\ndataDir={}\nclientPortAddress=127.0.0.1\nclientPort={client}\n\
             initLimit=50\nsyncLimit=20\nadmin.enableServer=false\n4lw.commands.whitelist=stat,ruok,srvr\n",
            data.display()
        );
        if self.members.len() > 1 {
            for (index, member) in self.members.iter().enumerate() {
                let (peer, election) = (member.peer.number(), member.election.number());
                writeln!(text, "server.{}=127.0.0.1:{peer}:{election}", index + 1)?;
            }
            std::fs::write(data.join("myid"), format!("{}\n", which + 1))?;
        }
        std::fs::write(data.join("zoo.cfg"), text)?;
        Ok(())
    }

    fn launch(&mut self, which: usize) -> Result<()> {
        let config = self.data(which).join("zoo.cfg");
        let member = self.members.get_mut(which).context("there is no such server")?;
        if member.running.is_some() {
            return Ok(());
        }
        let main = "org.apache.zookeeper.server.quorum.QuorumPeerMain";
        // It does not look at its standard input, at whose end it is to end.
        let script = format!(
            "java -Xmx64m -XX:+UseSerialGC -Dzookeeper.jmx.log4j.disable=true -cp {} {main} {} < /dev/null \
             > /dev/null 2> {} & server=$!; cat > /dev/null; kill $server; wait $server",
            self.class_path,
            config.display(),
            config.with_file_name("log").display(),
        );
        let mut command = Command::new("sh");
        command.arg("-c").arg(script);
        let mut process = ServerProcess::start("ZooKeeper", command)?;
        process.ignore();
        member.running = Some(process);
        Ok(())
    }
}

impl Member {
    fn take() -> Result<Self> {
        let [client, peer, election] =
            [ReservedPort::take()?, ReservedPort::take()?, ReservedPort::take()?];
        Ok(Self { client, peer, election, running: None })
    }
}

/// Waits until a server answers `srvr` with its mode.
async fn serves(port: u16) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    let mut looks = interval(LOOK);
    loop {
        // One that is just starting may take a connection and forget it.
        let answer = timeout(MOMENT, four_letters(port, "srvr")).await;
        if answer.is_ok_and(|it| it.is_ok_and(|answer| answer.contains("Mode:"))) {
            return Ok(());
        }
        ensure!(
            Instant::now() < deadline,
            "ZooKeeper at {port} does not serve within {PATIENCE:?}"
        );
        looks.tick().await;
    }
}

/// What a server answers to four letters: `echo stat | nc 127.0.0.1 PORT`.
///
/// # Errors
/// When it is not there.
pub async fn four_letters(port: u16, letters: &str) -> Result<String> {
    let asking = async {
        let mut link = TcpStream::connect(("127.0.0.1", port)).await?;
        link.write_all(letters.as_bytes()).await?;
        let mut answer = String::new();
        link.read_to_string(&mut answer).await?;
        anyhow::Ok(answer)
    };
    timeout(PATIENCE, asking).await.context("no answer")?
}

/// Debian's jars.
///
/// # Errors
/// When one is missing.
pub fn class_path() -> Result<String> {
    let missing: Vec<_> = JARS.iter().filter(|path| !Path::new(path).exists()).collect();
    ensure!(
        missing.is_empty(),
        "missing {missing:?}: install Debian's packages zookeeper and libslf4j-java, and Java 17"
    );
    Ok(JARS.join(":"))
}

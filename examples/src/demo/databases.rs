//! Private database servers, from Debian's programs: PostgreSQL and MariaDB.

use std::{
    os::unix::{fs::chown, process::CommandExt as _},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use nix::unistd::{Uid, User};
use tempfile::TempDir;
use tokio::process::Command;

use super::{child::ServerProcess, ports::ReservedPort};

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Make {
    /// `initdb` and `postgres`.
    PostgreSql,
    /// `mariadb-install-db` and `mariadbd`.
    MariaDb,
}

/// A server of its own, on loopback, with its data in a temporary folder. Dropping it ends it, and so
/// does the end of this process.
#[derive(Debug)]
pub struct DatabaseServer {
    make: Make,
    port: ReservedPort,
    running: Option<ServerProcess>,
    folder: TempDir,
}

impl DatabaseServer {
    /// Makes its files and starts it, with one empty database and one user that may do everything in it.
    ///
    /// # Errors
    /// When its programs are missing, or it does not come up.
    pub async fn start(make: Make) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        give_away(make, folder.path())?;
        let mut server = Self { make, port: ReservedPort::take()?, running: None, folder };
        server.install().await?;
        server.start_again().await?;
        if make == Make::PostgreSql {
            let port = format!("--port={}", server.port());
            let mut command = server.program("createdb")?;
            command.args(["--host=127.0.0.1", &port, "--username=relaismq", "relaismq"]);
            server.run_to_its_end(&mut command).await?;
        }
        Ok(server)
    }

    /// Starts it on the data that it has.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn start_again(&mut self) -> Result<()> {
        let mut process = ServerProcess::start(self.name(), self.serve()?)?;
        process.says(self.ready(), PATIENCE).await?;
        // What it has to say later is of no interest, but must go somewhere.
        process.ignore();
        self.running = Some(process);
        Ok(())
    }

    /// Ends it in order, cutting all connections.
    ///
    /// # Errors
    /// When it is not running, or does not end.
    pub async fn stop(&mut self) -> Result<()> {
        let running = self.running.take().context("it is not running")?;
        running.end(PATIENCE).await
    }

    /// As our broker takes it: `postgresql://…`.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.make == Make::PostgreSql { "postgresql" } else { "mariadb" };
        format!("{scheme}://relaismq:relaismq@127.0.0.1:{}/relaismq", self.port())
    }

    /// The same by way of another port, such as a proxy's.
    #[must_use]
    pub fn url_by(&self, port: u16) -> String {
        self.url().replace(&format!(":{}/", self.port()), &format!(":{port}/"))
    }

    /// As Java takes it: `jdbc:postgresql:…`, user and password included.
    #[must_use]
    pub fn jdbc_url(&self) -> String {
        let scheme = if self.make == Make::PostgreSql { "postgresql" } else { "mariadb" };
        let login = "user=relaismq&password=relaismq";
        format!("jdbc:{scheme}://127.0.0.1:{}/relaismq?{login}", self.port())
    }

    /// Its port on loopback.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port.number()
    }

    /// The folder in which its tables are, without logs: what it has grows with what is kept.
    #[must_use]
    pub fn tables(&self) -> PathBuf {
        match self.make {
            Make::PostgreSql => self.data().join("base"),
            Make::MariaDb => self.data().join("relaismq"),
        }
    }

    const fn ready(&self) -> &'static str {
        match self.make {
            Make::PostgreSql => "ready to accept connections",
            Make::MariaDb => "ready for connections",
        }
    }

    fn name(&self) -> &'static str {
        if self.make == Make::PostgreSql { "PostgreSQL" } else { "MariaDB" }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    async fn install(&self) -> Result<()> {
        let data = self.data();
        match self.make {
            Make::PostgreSql => {
                let mut command = self.program("initdb")?;
                command.args(["--auth=trust", "--username=relaismq", "--encoding=UTF8"]);
                command.args(["--locale=C", "--no-sync", "--pgdata"]).arg(data);
                self.run_to_its_end(&mut command).await
            }
            Make::MariaDb => {
                let mut command = self.program("mariadb-install-db")?;
                command.args([
                    "--no-defaults",
                    "--skip-test-db",
                    "--auth-root-authentication-method=normal",
                ]);
                command.arg(format!("--datadir={}", data.display()));
                std::fs::write(self.folder.path().join("init.sql"), MARIADB_USER)?;
                self.run_to_its_end(&mut command).await
            }
        }
    }

    fn serve(&self) -> Result<Command> {
        let folder = self.folder.path().display();
        let data = self.data();
        let data = data.display();
        let port = self.port();
        let program = match self.make {
            Make::PostgreSql => path_of("postgres")?,
            Make::MariaDb => path_of("mariadbd")?,
        };
        let arguments = match self.make {
            Make::PostgreSql => format!(
                "-D {data} -k {folder} -p {port} -c listen_addresses=127.0.0.1 -c log_checkpoints=off"
            ),
            // In a folder for temporary files that they share, servers remove each other's.
            Make::MariaDb => format!(
                "--no-defaults --datadir={data} --socket={folder}/socket --pid-file={folder}/pid \
                 --tmpdir={folder} --port={port} --bind-address=127.0.0.1 --init-file={folder}/init.sql"
            ),
        };
        // It speaks on standard error, which is read here as if it were its output; and it does not look
        // at its standard input, at whose end it is to end.
        let signal = if self.make == Make::PostgreSql { "INT" } else { "TERM" };
        let script = format!(
            "{} {arguments} 2>&1 < /dev/null & server=$!; exec > /dev/null; cat > /dev/null; \
             kill -{signal} $server; wait $server",
            program.display()
        );
        let mut command = self.as_its_user("sh")?;
        command.arg("-c").arg(script);
        Ok(command)
    }

    fn program(&self, name: &str) -> Result<Command> {
        let path = path_of(name)?;
        self.as_its_user(&path.display().to_string())
    }

    fn as_its_user(&self, program: &str) -> Result<Command> {
        let mut command = std::process::Command::new(program);
        command.current_dir(self.folder.path());
        if let Some(user) = user_of(self.make)? {
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        Ok(command.into())
    }

    async fn run_to_its_end(&self, command: &mut Command) -> Result<()> {
        let output = command.stdin(Stdio::null()).output().await?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{}: {said}", self.name());
        Ok(())
    }
}

/// These servers refuse to run as root: Debian's packages make users for them.
fn user_of(make: Make) -> Result<Option<User>> {
    if !Uid::effective().is_root() {
        return Ok(None);
    }
    let name = if make == Make::PostgreSql { "postgres" } else { "mysql" };
    let user = User::from_name(name)?;
    Ok(Some(user.with_context(|| format!("there is no user {name}: {INSTALL}"))?))
}

fn give_away(make: Make, folder: &Path) -> Result<()> {
    if let Some(user) = user_of(make)? {
        chown(folder, Some(user.uid.as_raw()), Some(user.gid.as_raw()))?;
    }
    Ok(())
}

/// Debian keeps PostgreSQL's programs in a folder for each version; the newest is taken.
fn path_of(program: &str) -> Result<PathBuf> {
    let mut folders: Vec<PathBuf> = ["/usr/bin", "/usr/sbin"].iter().map(PathBuf::from).collect();
    if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
        folders.extend(versions.filter_map(|it| Some(it.ok()?.path().join("bin"))));
    }
    folders.sort();
    let found = folders.iter().rev().map(|it| it.join(program)).find(|it| it.exists());
    match found {
        Some(path) => Ok(path),
        None => bail!("{program} is missing: {INSTALL}"),
    }
}

const INSTALL: &str = "install postgresql and mariadb-server (Debian), or run tests/run";
const MARIADB_USER: &str = "CREATE DATABASE IF NOT EXISTS relaismq;\n\
    CREATE USER IF NOT EXISTS 'relaismq'@'%' IDENTIFIED BY 'relaismq';\n\
    GRANT ALL ON *.* TO 'relaismq'@'%';\n";
const PATIENCE: Duration = Duration::from_secs(60);

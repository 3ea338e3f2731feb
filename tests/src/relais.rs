//! Our own broker, as the program that a user would start.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Result, anyhow, ensure};
use tokio::process::Command;

use crate::authority::Issued;
use crate::clock::Clock;
use crate::process::Process;
use crate::program;
use crate::server::Server;

/// How to start `relaismq-broker`. The same description starts it again after a crash.
#[derive(Debug, Clone)]
pub struct Relais {
    name: String,
    listen: Vec<String>,
    listens: bool,
    store: Option<String>,
    log: String,
    more: Vec<String>,
    environment: Vec<(String, String)>,
    preloaded: Vec<String>,
    program: Option<PathBuf>,
}

impl Relais {
    /// A broker in memory, on a port that the system chooses.
    #[must_use]
    pub fn new() -> Self {
        Self {
            name: "relais".to_owned(),
            listen: Vec::new(),
            listens: true,
            store: Some("memory".to_owned()),
            log: "warn".to_owned(),
            more: Vec::new(),
            environment: Vec::new(),
            preloaded: Vec::new(),
            program: None,
        }
    }

    /// The broker's name.
    #[must_use]
    pub fn name(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// A fixed port for OpenWire, see [`crate::ports::free`].
    #[must_use]
    pub fn port(self, port: u16) -> Self {
        self.listen(&format!("tcp://127.0.0.1:{port}"))
    }

    /// One more address to listen on. Without any it is `tcp://127.0.0.1:0`.
    #[must_use]
    pub fn listen(mut self, address: &str) -> Self {
        self.listen.push(address.to_owned());
        self
    }

    /// Keeps persistent messages in this directory, which others may share.
    #[must_use]
    pub fn directory(self, path: &Path) -> Self {
        self.store(&format!("file:{}", path.display()))
    }

    /// Any store, as the command line names it.
    #[must_use]
    pub fn store(mut self, store: &str) -> Self {
        self.store = Some(store.to_owned());
        self
    }

    /// The certificate for addresses with TLS.
    #[must_use]
    pub fn certificate(self, issued: &Issued) -> Self {
        let (certificate, key) = (issued.certificate.display(), issued.key.display());
        let given = self.argument("--tls-certificate").argument(&certificate.to_string());
        given.argument("--tls-key").argument(&key.to_string())
    }

    /// Serves and keeps what a file says, see [`Self::argument`].
    #[must_use]
    pub fn configured(mut self, file: &Path) -> Self {
        (self.listens, self.store) = (false, None);
        self.argument("--config").argument(&file.display().to_string())
    }

    /// What it logs; an error message of the harness shows the last lines.
    #[must_use]
    pub fn log(mut self, level: &str) -> Self {
        level.clone_into(&mut self.log);
        self
    }

    /// A further command-line argument.
    #[must_use]
    pub fn argument(mut self, argument: &str) -> Self {
        self.more.push(argument.to_owned());
        self
    }

    /// A variable of its environment.
    #[must_use]
    pub fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A library that takes the place of the system's, see [`crate::fault_library`].
    #[must_use]
    pub fn preloaded(mut self, library: &Path) -> Self {
        self.preloaded.push(library.display().to_string());
        self
    }

    /// A wall clock of its own.
    #[must_use]
    pub fn clock(self, clock: &Clock) -> Self {
        let (name, value) = clock.variable();
        self.preloaded(clock.library()).environment(&name, &value)
    }

    /// Another build than [`program()`] finds.
    #[must_use]
    pub fn program(mut self, program: &Path) -> Self {
        self.program = Some(program.to_owned());
        self
    }

    /// Starts it and waits until it serves, or waits for the lock of its directory.
    ///
    /// # Errors
    /// When the program cannot be built or the broker does not come up.
    pub async fn start(&self) -> Result<Server> {
        let mut command = Command::new(self.program.clone().map_or_else(program, Ok)?);
        command.args(["--name", &self.name, "--log", &self.log]);
        if let Some(store) = &self.store {
            command.args(["--store", store]);
        }
        let default = ["tcp://127.0.0.1:0".to_owned()];
        let usual = self.listen.is_empty() && self.listens;
        let addresses: &[String] = if usual { &default } else { &self.listen };
        for address in addresses {
            command.args(["--listen", address]);
        }
        // Brokers side by side would all want the usual address.
        if !self.more.iter().any(|it| it == "--admin") {
            command.arg("--no-admin");
        }
        command.args(&self.more).envs(self.environment.iter().cloned());
        if !self.preloaded.is_empty() {
            command.env("LD_PRELOAD", self.preloaded.join(":"));
        }
        Server::from_process(Process::start(&format!("broker {}", self.name), command)?).await
    }
}

impl Default for Relais {
    fn default() -> Self {
        Self::new()
    }
}

/// The broker program: `RELAISMQ_BROKER`, or the one of the same profile as this test, built now.
///
/// # Errors
/// When it cannot be built.
pub fn program() -> Result<PathBuf> {
    static PROGRAM: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let found = PROGRAM.get_or_init(|| find_program().map_err(|error| format!("{error:#}")));
    found.clone().map_err(|message| anyhow!(message))
}

fn find_program() -> Result<PathBuf> {
    if let Some(given) = std::env::var_os("RELAISMQ_BROKER") {
        let given = PathBuf::from(given);
        ensure!(given.exists(), "RELAISMQ_BROKER names no file: {}", given.display());
        return Ok(given);
    }
    program::built("relaismq-broker", "relaismq-broker")
}

//! Real Artemis brokers.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::java::{Java, Library, Tuning};
use crate::process::Process;
use crate::server::Server;

/// How to start an Artemis broker, version 2.55.0, for OpenWire clients. The same description starts
/// it again after a crash. Its dead letters go to `ActiveMQ.DLQ`, as ActiveMQ's do.
#[derive(Debug, Clone)]
pub struct Artemis {
    name: String,
    port: u16,
    directory: Option<PathBuf>,
    login: Option<(String, String)>,
    acceptor_options: String,
}

impl Artemis {
    /// A broker in memory, on a port that the system chooses, open to everyone.
    #[must_use]
    pub fn new() -> Self {
        Self {
            name: "artemis".to_owned(),
            port: 0,
            directory: None,
            login: None,
            acceptor_options: String::new(),
        }
    }

    /// The broker's name.
    #[must_use]
    pub fn name(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// A fixed port, see [`crate::ports::free`].
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Keeps persistent messages in a directory of its own.
    #[must_use]
    pub fn directory(mut self, path: &Path) -> Self {
        self.directory = Some(path.to_owned());
        self
    }

    /// Lets only this user in.
    #[must_use]
    pub fn login(mut self, user: &str, password: &str) -> Self {
        self.login = Some((user.to_owned(), password.to_owned()));
        self
    }

    /// Options of the OpenWire acceptor, such as `virtualTopicConsumerWildcards=Consumer.*.%3E%3B2`.
    #[must_use]
    pub fn acceptor_options(mut self, options: &str) -> Self {
        self.acceptor_options = format!("?{options}");
        self
    }

    /// Starts it and waits until it serves.
    ///
    /// # Errors
    /// When Java or a jar is missing, or the broker does not come up.
    pub async fn start(&self) -> Result<Server> {
        let java = Java::prepare(Library::Artemis)?;
        let mut command = java.command("relaismq.artemis.BrokerMain", Tuning::QuickStart);
        command.args(["--name", &self.name]);
        let uri = format!("tcp://127.0.0.1:{}{}", self.port, self.acceptor_options);
        command.args(["--uri", &uri]);
        if let Some(directory) = &self.directory {
            command.arg("--data").arg(directory);
        }
        if let Some((user, password)) = &self.login {
            command.args(["--user", user, "--password", password]);
        }
        Server::from_process(Process::start(&format!("Artemis {}", self.name), command)?).await
    }
}

impl Default for Artemis {
    fn default() -> Self {
        Self::new()
    }
}

//! Real ActiveMQ brokers.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use crate::authority::Issued;
use crate::java::{Java, Library, Tuning, jolokia_agent};
use crate::ports;
use crate::process::Process;
use crate::server::{START_DEADLINE, Server};

const AGENT_STARTED: &str = "Jolokia: Agent started";

/// Which ActiveMQ, of brokers and of Java clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// 5.17.2, as Debian has it.
    Five,
    /// 6.3.1, the newest.
    Six,
}

impl From<Version> for Library {
    fn from(version: Version) -> Self {
        match version {
            Version::Five => Self::Five,
            Version::Six => Self::Six,
        }
    }
}

/// How to start an ActiveMQ broker. The same description starts it again after a crash.
#[derive(Debug, Clone)]
pub struct ActiveMq {
    version: Version,
    name: String,
    port: u16,
    stomp: bool,
    store: Store,
    prioritized: Option<String>,
    login: Option<(String, String)>,
    connector_options: String,
    tls: Option<Tls>,
    more: Vec<String>,
    jolokia: Option<u16>,
    tuning: Tuning,
}

/// A connector for TLS beside the plain one.
#[derive(Debug, Clone)]
pub struct Tls {
    scheme: &'static str,
    port: u16,
    issued: Issued,
    clients_of: Option<PathBuf>,
    options: String,
}

impl Tls {
    /// A connector of the scheme `ssl` with this certificate, on a port that the system chooses.
    #[must_use]
    pub fn new(issued: &Issued) -> Self {
        let issued = issued.clone();
        Self { scheme: "ssl", port: 0, issued, clients_of: None, options: String::new() }
    }

    /// `nio+ssl`, which has an implementation of its own.
    #[must_use]
    pub fn nio(mut self) -> Self {
        self.scheme = "nio+ssl";
        self
    }

    /// A fixed port, see [`ports::free`].
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Accepts client certificates of the CA in this file.
    #[must_use]
    pub fn clients_of(mut self, ca_file: &Path) -> Self {
        self.clients_of = Some(ca_file.to_owned());
        self
    }

    /// Options of the connector, such as `needClientAuth=true`.
    #[must_use]
    pub fn options(mut self, options: &str) -> Self {
        self.options = format!("?{options}");
        self
    }

    fn arguments(&self) -> Vec<String> {
        let uri = format!("{}://127.0.0.1:{}{}", self.scheme, self.port, self.options);
        let certificate = self.issued.certificate.display().to_string();
        let key = self.issued.key.display().to_string();
        let mut arguments = options(&[("uri", &uri), ("certificate", &certificate), ("key", &key)]);
        if let Some(ca_file) = &self.clients_of {
            arguments.extend(options(&[("clients-of", &ca_file.display().to_string())]));
        }
        arguments
    }
}

#[derive(Debug, Clone)]
enum Store {
    Memory,
    Directory { path: PathBuf, shared: bool },
    Database { url: String, locker: &'static str },
}

impl ActiveMq {
    /// A broker of version 5.17.2 in memory, on a port that the system chooses, open to everyone.
    #[must_use]
    pub fn new() -> Self {
        Self {
            version: Version::Five,
            name: "activemq".to_owned(),
            port: 0,
            stomp: false,
            store: Store::Memory,
            prioritized: None,
            login: None,
            connector_options: String::new(),
            tls: None,
            more: Vec::new(),
            jolokia: None,
            tuning: Tuning::QuickStart,
        }
    }

    /// Another version.
    #[must_use]
    pub fn version(mut self, version: Version) -> Self {
        self.version = version;
        self
    }

    /// The broker's name.
    #[must_use]
    pub fn name(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// A fixed port, see [`ports::free`].
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Serves STOMP too, on a port that the system chooses.
    #[must_use]
    pub fn stomp(mut self) -> Self {
        self.stomp = true;
        self
    }

    /// Keeps persistent messages in a directory of its own.
    #[must_use]
    pub fn directory(mut self, path: &Path) -> Self {
        self.store = Store::Directory { path: path.to_owned(), shared: false };
        self
    }

    /// Keeps persistent messages in a directory shared with others: the first is master, the others
    /// wait.
    #[must_use]
    pub fn shared_directory(mut self, path: &Path) -> Self {
        self.store = Store::Directory { path: path.to_owned(), shared: true };
        self
    }

    /// Keeps persistent messages in a database (`jdbcPersistenceAdapter`), by a URL for Java with user and
    /// password. The locker is `lease`, `transaction` or `none`.
    #[must_use]
    pub fn database(mut self, url: &str, locker: &'static str) -> Self {
        self.store = Store::Database { url: url.to_owned(), locker };
        self
    }

    /// Queues in the order of priorities, a name or a pattern.
    #[must_use]
    pub fn prioritized(mut self, queues: &str) -> Self {
        self.prioritized = Some(queues.to_owned());
        self
    }

    /// Lets only this user in.
    #[must_use]
    pub fn login(mut self, user: &str, password: &str) -> Self {
        self.login = Some((user.to_owned(), password.to_owned()));
        self
    }

    /// Options of the OpenWire connector, such as `wireFormat.maxInactivityDuration=2000`.
    #[must_use]
    pub fn connector_options(mut self, options: &str) -> Self {
        self.connector_options = format!("?{options}");
        self
    }

    /// Serves TLS too.
    #[must_use]
    pub fn tls(mut self, tls: &Tls) -> Self {
        self.tls = Some(tls.clone());
        self
    }

    /// One more connector, such as `auto://127.0.0.1:0`.
    #[must_use]
    pub fn connector(mut self, uri: &str) -> Self {
        self.more.extend(options(&[("uri", uri)]));
        self
    }

    /// One of several brokers that know each other, and tell their clients to spread over all of them.
    #[must_use]
    pub fn among(mut self, others: &[u16]) -> Self {
        for port in others {
            let uri = format!("static:(tcp://127.0.0.1:{port})");
            self.more.extend(options(&[("network", &uri)]));
        }
        self
    }

    /// Has management beans, and Jolokia to ask them at `http://127.0.0.1:PORT/jolokia/`.
    #[must_use]
    pub fn jolokia(mut self, port: u16) -> Self {
        self.jolokia = Some(port);
        self
    }

    /// For measurements rather than for a fast start.
    #[must_use]
    pub fn tuned_for_throughput(mut self) -> Self {
        self.tuning = Tuning::Throughput;
        self
    }

    /// Starts it and waits until it serves, or waits for the lock of a shared directory.
    ///
    /// # Errors
    /// When Java or a jar is missing, or the broker does not come up.
    pub async fn start(&self) -> Result<Server> {
        let java = Java::prepare(self.version.into())?;
        let mut command = java.command("relaismq.activemq.BrokerMain", self.tuning);
        command.args(self.arguments());
        if let Some(port) = self.jolokia {
            let agent = jolokia_agent()?;
            let loaded = format!("-javaagent:{agent}=host=127.0.0.1,port={port}");
            command.env("JAVA_TOOL_OPTIONS", loaded).args(options(&[("jmx", "true")]));
        }
        let mut process = Process::start(&format!("ActiveMQ {}", self.name), command)?;
        if self.jolokia.is_some() {
            // It speaks before the broker does.
            while !process.line(START_DEADLINE).await?.starts_with(AGENT_STARTED) {}
        }
        Server::from_process(process).await
    }

    fn arguments(&self) -> Vec<String> {
        let uri = format!("tcp://127.0.0.1:{}{}", self.port, self.connector_options);
        let mut arguments = options(&[("name", &self.name), ("uri", &uri)]);
        if self.stomp {
            arguments.extend(options(&[("uri", "stomp://127.0.0.1:0")]));
        }
        if let Some(tls) = &self.tls {
            arguments.extend(tls.arguments());
        }
        arguments.extend(self.more.iter().cloned());
        if let Store::Directory { path, shared } = &self.store {
            let path = path.display().to_string();
            let shared = shared.to_string();
            arguments.extend(options(&[
                ("persistent", "true"),
                ("data", &path),
                ("shared", &shared),
            ]));
        }
        if let Store::Database { url, locker } = &self.store {
            arguments.extend(options(&[("persistent", "true"), ("jdbc", url), ("locker", locker)]));
        }
        if let Some(queues) = &self.prioritized {
            arguments.extend(options(&[("prioritized", queues)]));
        }
        if let Some((user, password)) = &self.login {
            arguments.extend(options(&[("user", user), ("password", password)]));
        }
        arguments
    }
}

impl Default for ActiveMq {
    fn default() -> Self {
        Self::new()
    }
}

/// A master and a slave on one directory.
#[derive(Debug)]
pub struct Pair {
    /// The one that serves.
    pub master: Server,
    /// The one that waits.
    pub slave: Server,
    /// The master's address.
    pub master_url: String,
    /// The address that the slave will have.
    pub slave_url: String,
}

impl Pair {
    /// Starts a master and then a slave on fixed ports.
    ///
    /// # Errors
    /// When either does not come up as what it should be.
    pub async fn start(directory: &Path) -> Result<Self> {
        let (first, second) = (ports::free()?, ports::free()?);
        let broker = ActiveMq::new().shared_directory(directory);
        let master = broker.clone().name("master").port(first).start().await?;
        ensure!(master.is_ready(), "the first broker does not serve");
        let slave = broker.name("slave").port(second).start().await?;
        ensure!(!slave.is_ready(), "the second broker serves as well");
        let url = |port| format!("tcp://127.0.0.1:{port}");
        Ok(Self { master, slave, master_url: url(first), slave_url: url(second) })
    }

    /// `failover:(tcp://...,tcp://...)` over both, without options.
    #[must_use]
    pub fn failover_url(&self) -> String {
        format!("failover:({},{})", self.master_url, self.slave_url)
    }
}

fn options(pairs: &[(&str, &str)]) -> Vec<String> {
    pairs.iter().flat_map(|(name, value)| [format!("--{name}"), (*value).to_owned()]).collect()
}

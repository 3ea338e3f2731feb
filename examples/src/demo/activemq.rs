//! Two real ActiveMQ brokers on one KahaDB folder, from the Debian packages.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use tokio::process::Command;

/// A small Java program that starts an embedded broker.
const BROKER_MAIN: &str = include_str!("../../../tests/java/BrokerMain.java");

/// Where Debian puts jars.
const JAR_FOLDERS: [&str; 2] = ["/usr/share/java", "/usr/share/activemq/lib"];

/// Jars that a broker with KahaDB needs, without version and ending.
const JARS: [&str; 9] = [
    "activemq-broker",
    "activemq-client",
    "activemq-openwire-legacy",
    "activemq-kahadb-store",
    "activemq-protobuf",
    "hawtbuf",
    "geronimo-jms_1.1_spec",
    "geronimo-j2ee-management-1.1-spec",
    "slf4j-api",
];

/// How to start the brokers.
#[derive(Debug)]
pub struct Peers {
    class_path: String,
    source: PathBuf,
    data: PathBuf,
}

impl Peers {
    /// Finds the jars and lays the program out below `folder`.
    ///
    /// # Errors
    /// When the jars are missing.
    pub fn prepare(folder: &Path) -> anyhow::Result<Self> {
        let source = folder.join("BrokerMain.java");
        std::fs::write(&source, BROKER_MAIN).context("cannot write the Java program")?;
        Ok(Self { class_path: class_path()?, source, data: folder.join("kahadb") })
    }

    /// A broker on `port`.
    pub fn command(&self, port: u16) -> Command {
        let mut command = Command::new("java");
        command.args(["-XX:+UseSerialGC", "-cp", &self.class_path]).arg(&self.source);
        command.args(["--uri", &format!("tcp://127.0.0.1:{port}"), "--shared", "--data"]);
        command.arg(&self.data);
        command
    }
}

fn class_path() -> anyhow::Result<String> {
    let mut jars = Vec::new();
    for name in JARS {
        jars.push(find(name).with_context(|| {
            format!("{name}.jar is missing: install the Debian packages activemq and libactivemq-java, and Java 17")
        })?);
    }
    ensure!(!jars.is_empty(), "no jars");
    Ok(jars.iter().map(|jar| jar.display().to_string()).collect::<Vec<_>>().join(":"))
}

fn find(name: &str) -> Option<PathBuf> {
    JAR_FOLDERS
        .iter()
        .map(|folder| Path::new(folder).join(format!("{name}.jar")))
        .find(|jar| jar.exists())
}

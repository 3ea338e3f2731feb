//! Two real ActiveMQ brokers on one KahaDB folder, from the Debian packages.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, ensure};
use tokio::{process::Command, time::timeout};

/// A small Java program that starts an embedded broker.
const SOURCES: [(&str, &str); 4] = [
    ("BrokerMain.java", include_str!("../../../tests/java/relaismq/activemq/BrokerMain.java")),
    (
        "AnnouncingLocker.java",
        include_str!("../../../tests/java/relaismq/activemq/AnnouncingLocker.java"),
    ),
    ("EndOfInput.java", include_str!("../../../tests/java/relaismq/EndOfInput.java")),
    ("Options.java", include_str!("../../../tests/java/relaismq/Options.java")),
];

/// How long the compiler may take.
const COMPILING: Duration = Duration::from_secs(120);

/// Where Debian puts jars.
const JAR_FOLDER: &str = "/usr/share/java";

/// Jars that a broker with KahaDB needs.
const JARS: [&str; 11] = [
    "activemq-broker",
    "activemq-client",
    "activemq-jaas",
    "activemq-kahadb-store",
    "activemq-openwire-legacy",
    "activemq-protobuf",
    "geronimo-j2ee-management-1.1-spec",
    "geronimo-jms_1.1_spec",
    "geronimo-jta-1.2-spec",
    "hawtbuf",
    "slf4j-api",
];

/// How to start the brokers.
#[derive(Debug)]
pub struct Peers {
    class_path: String,
    data: PathBuf,
}

impl Peers {
    /// Finds the jars and compiles the program below `folder`.
    ///
    /// # Errors
    /// When Java or the jars are missing.
    pub async fn prepare(folder: &Path) -> anyhow::Result<Self> {
        let jars = jars()?;
        let classes = folder.join("classes");
        std::fs::create_dir_all(&classes).context("no folder for the Java program")?;
        let mut compiler = Command::new("javac");
        compiler.args(["-cp", &jars, "-d"]).arg(&classes);
        for (name, text) in SOURCES {
            let source = folder.join(name);
            std::fs::write(&source, text).context("cannot write the Java program")?;
            compiler.arg(source);
        }
        let compiling = timeout(COMPILING, compiler.kill_on_drop(true).status());
        let compiled = compiling
            .await
            .context("javac did not end in time")?
            .context("cannot start javac: install a JDK, version 17")?;
        ensure!(compiled.success(), "the Java program does not compile");
        let class_path = format!("{}:{jars}", classes.display());
        Ok(Self { class_path, data: folder.join("kahadb") })
    }

    /// A broker on `port`.
    pub fn command(&self, port: u16) -> Command {
        let mut command = Command::new("java");
        command.args(["-XX:+UseSerialGC", "-cp", &self.class_path, "relaismq.activemq.BrokerMain"]);
        command.args(["--uri", &format!("tcp://127.0.0.1:{port}"), "--persistent", "true"]);
        command.args(["--shared", "--data"]).arg(&self.data);
        command.stderr(std::process::Stdio::null());
        command
    }
}

fn jars() -> anyhow::Result<String> {
    let paths = JARS.map(|name| Path::new(JAR_FOLDER).join(format!("{name}.jar")));
    let missing: Vec<_> = paths.iter().filter(|path| !path.exists()).collect();
    ensure!(
        missing.is_empty(),
        "missing {missing:?}: install the Debian packages activemq and libactivemq-java, and Java 17"
    );
    Ok(paths.map(|path| path.display().to_string()).join(":"))
}

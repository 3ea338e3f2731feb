//! Two real ActiveMQ brokers on one KahaDB folder or one database, from the Debian packages.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, bail, ensure};
use tokio::{process::Command, time::timeout};

use super::stores::Place;

/// A small Java program that starts an embedded broker.
const SOURCES: [(&str, &str); 6] = [
    ("BrokerMain.java", include_str!("../../../tests/java/relaismq/activemq/BrokerMain.java")),
    (
        "AnnouncingLocker.java",
        include_str!("../../../tests/java/relaismq/activemq/AnnouncingLocker.java"),
    ),
    ("EndOfInput.java", include_str!("../../../tests/java/relaismq/EndOfInput.java")),
    ("Options.java", include_str!("../../../tests/java/relaismq/Options.java")),
    ("JdbcStore.java", include_str!("../../../tests/java/relaismq/jdbc/JdbcStore.java")),
    ("Pem.java", include_str!("../../../tests/java/relaismq/Pem.java")),
];

/// How long the compiler may take.
const COMPILING: Duration = Duration::from_secs(120);

/// Where Debian puts jars.
const JAR_FOLDER: &str = "/usr/share/java";

/// Jars that a broker with KahaDB or in a database needs.
const JARS: [&str; 17] = [
    "activemq-broker",
    "activemq-client",
    "activemq-jaas",
    "activemq-jdbc-store",
    "activemq-kahadb-store",
    "activemq-openwire-legacy",
    "activemq-protobuf",
    "commons-dbcp2",
    "commons-logging",
    "commons-pool2",
    "geronimo-j2ee-management-1.1-spec",
    "geronimo-jms_1.1_spec",
    "geronimo-jta-1.2-spec",
    "hawtbuf",
    "mariadb-java-client",
    "postgresql",
    "slf4j-api",
];

/// How to start the brokers.
#[derive(Debug)]
pub struct Peers {
    jars: String,
    folder: PathBuf,
}

impl Peers {
    /// Finds the jars; everything else will be below `folder`.
    ///
    /// # Errors
    /// When jars are missing.
    pub fn new(folder: &Path) -> anyhow::Result<Self> {
        Ok(Self { jars: jars()?, folder: folder.to_owned() })
    }

    fn classes(&self) -> PathBuf {
        self.folder.join("classes")
    }

    /// Compiles the program.
    ///
    /// # Errors
    /// When there is no Java.
    pub async fn compile(&self) -> anyhow::Result<()> {
        let classes = self.classes();
        std::fs::create_dir_all(&classes).context("no folder for the Java program")?;
        let mut compiler = Command::new("javac");
        compiler.args(["-cp", &self.jars, "-d"]).arg(&classes);
        for (name, text) in SOURCES {
            let source = self.folder.join(name);
            std::fs::write(&source, text).context("cannot write the Java program")?;
            compiler.arg(source);
        }
        let compiling = timeout(COMPILING, compiler.kill_on_drop(true).status());
        let compiled = compiling
            .await
            .context("javac did not end in time")?
            .context("cannot start javac: install a JDK, version 17")?;
        ensure!(compiled.success(), "the Java program does not compile");
        Ok(())
    }

    /// A broker on `port` that keeps messages there.
    ///
    /// # Errors
    /// When ActiveMQ has no such store.
    pub fn command(&self, port: u16, place: &Place) -> anyhow::Result<Command> {
        let mut command = Command::new("java");
        let class_path = format!("{}:{}", self.classes().display(), self.jars);
        command.args(["-XX:+UseSerialGC", "-cp", &class_path, "relaismq.activemq.BrokerMain"]);
        command.args(["--uri", &format!("tcp://127.0.0.1:{port}"), "--persistent", "true"]);
        match place {
            Place::Folder(folder) => command.args(["--shared", "--data"]).arg(folder),
            // With the locker and the times that ActiveMQ has when nothing is said.
            Place::Server(server) => {
                command.args(["--locker", "transaction", "--jdbc", &server.jdbc_url()])
            }
            _ => bail!("ActiveMQ's brokers share a folder (file), postgresql or mariadb"),
        };
        command.stderr(std::process::Stdio::null());
        Ok(command)
    }
}

fn jars() -> anyhow::Result<String> {
    let paths = JARS.map(|name| Path::new(JAR_FOLDER).join(format!("{name}.jar")));
    let missing: Vec<_> = paths.iter().filter(|path| !path.exists()).collect();
    ensure!(
        missing.is_empty(),
        "missing {missing:?}: install the Debian packages activemq, libactivemq-java, libcommons-dbcp2-java, \
         libmariadb-java and libpostgresql-jdbc-java, and Java 17"
    );
    Ok(paths.map(|path| path.display().to_string()).join(":"))
}
